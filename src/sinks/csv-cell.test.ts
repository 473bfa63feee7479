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
});
