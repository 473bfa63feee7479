import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SluiceError } from '../base/errors.ts';
import { columnNeeded, findColumn } from './column-names.ts';

const COLUMNS = ['name', 'site'];

describe('errors about columns', () => {
  it('say how one is named on the command line and by HTTP', () => {
    const both = /--column NAME, or `column=NAME` by HTTP/;
    assert.throws(
      () => findColumn(COLUMNS, 'telephone', 'a.csv'),
      (error: SluiceError) => both.test(error.hint),
    );
    for (const candidates of [[], COLUMNS]) {
      const guess = { column: undefined, candidates };
      assert.match(columnNeeded(COLUMNS, guess, 'websites', 'a.csv').hint, both);
    }
  });
});
