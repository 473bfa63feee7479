import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMA_STYLE, csvCell, csvLine } from './csv-cell.ts';

describe('csvCell and csvLine', () => {
  it('quotes only what needs it', () => {
    assert.equal(csvLine(['a', 'b c', "d'e", '', 'f;g'], COMMA_STYLE), "a,b c,d'e,,f;g\n");
    assert.equal(csvLine([''], COMMA_STYLE), '""\n');
  });

  it('without quotes, what would end a cell becomes a space', () => {
    const style = { delimiter: '\t', quote: '', lineEnd: '\n' };
    assert.equal(csvCell('a\tb\r\nc"d', style), 'a b c"d');
  });

  it('writes no NUL, and other control characters as they are', () => {
    const cells = ['a\0b', '\0', 'x\0,\0', 'bell \x07 tab \t esc \x1b'];
    const line = 'a\ufffdb,\ufffd,"x\ufffd,\ufffd",bell \x07 tab \t esc \x1b\n';
    assert.equal(csvLine(cells, COMMA_STYLE), line);
    assert.equal(csvLine(['\0'], COMMA_STYLE), '\ufffd\n');
    assert.equal(csvCell('a\0\tb', { delimiter: '\t', quote: '', lineEnd: '\n' }), 'a\ufffd b');
  });
});
