import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvLine } from '../../src/sinks/csv-cell.ts';

describe('what is written as CSV', () => {
  it('reads back as the same cells in every style', () => {
    const unit = fc.constantFrom('a', ',', ';', '\t', '|', '"', "'", '\n', '\r', ' ', 'é', '日');
    const cells = fc.array(fc.string({ unit, maxLength: 8 }), { minLength: 1, maxLength: 5 });
    const styles = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      quote: fc.constantFrom('"', "'"),
      lineEnd: fc.constantFrom('\n', '\r\n'),
    });
    const property = fc.property(fc.array(cells, { maxLength: 5 }), styles, (rows, style) => {
      const text = rows.map((row) => csvLine(row, style)).join('');
      const { delimiter, quote, lineEnd } = style;
      const options = { delimiter, quote, escape: quote, record_delimiter: lineEnd };
      assert.deepEqual(parse(text, { ...options, relax_column_count: true }), rows);
    });
    fc.assert(property, { numRuns: 300, seed: 5 });
  });
});
