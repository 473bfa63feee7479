import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cell, TableColumn } from '../../model/table.ts';
import { RowMaker } from './row-maker.ts';

function made(records: readonly unknown[], schema: readonly TableColumn[] = []) {
  const maker = new RowMaker([]);
  maker.begin(schema);
  for (const record of records) maker.add(JSON.stringify(record));
  const rows: readonly (readonly Cell[])[] = maker.take();
  const columns = maker.columns.map(({ name, type }) => `${name}:${type}`);
  return { columns, rows };
}

describe('rows of records', () => {
  it('have a cell for each column, whatever came when', () => {
    const { columns, rows } = made([{ a: 1 }, { b: 'x', a: null }, { c: [1], a: 2 }, 7]);
    assert.deepEqual(columns, ['a:integer', 'b:text', 'c:json', 'value:integer']);
    assert.deepEqual(rows, [
      [1, undefined, undefined, undefined],
      [undefined, 'x', undefined, undefined],
      [2, undefined, '[1]', undefined],
      [undefined, undefined, undefined, 7],
    ]);
  });

  it('of no objects are in the column that files have for them', () => {
    const { columns, rows } = made(['a', [1], null, { value: true }]);
    assert.deepEqual(columns, ['value:json']);
    assert.deepEqual(rows, [['"a"'], ['[1]'], [undefined], ['true']]);
  });

  it('widen their columns by what comes, the rows before included', () => {
    const { columns, rows } = made([
      { n: 1, t: 1, j: 'a"b', k: true },
      { n: 1.5, t: 'x', j: { k: 1 }, k: 2 },
      { n: 1e300, t: true, j: 3, k: 'y' },
    ]);
    assert.deepEqual(columns, ['n:number', 't:text', 'j:json', 'k:text']);
    assert.deepEqual(rows, [
      [1, '1', '"a\\"b"', 'true'],
      [1.5, 'x', '{"k":1}', '2'],
      [1e300, 'true', '3', 'y'],
    ]);
  });

  it('hold moments in one form, until there is something else', () => {
    const schema = [{ name: 'at', type: 'time' } as const];
    const moments = [{ at: '2026-01-02T03:04:05Z' }, { at: '2026-01-02' }];
    assert.deepEqual(made(moments, schema).rows, [
      ['2026-01-02T03:04:05Z'],
      ['2026-01-02T00:00:00.000Z'],
    ]);
    const { columns, rows } = made([...moments, { at: 'soon' }], schema);
    assert.deepEqual(columns, ['at:text']);
    assert.deepEqual(rows[2], ['soon']);
  });

  it('have names that differ for every destination', () => {
    const long = 'x'.repeat(100);
    const { columns } = made([
      { Name: 1, name: 2, sluice_id: 3, '': 4, [long]: 5, [`${long}y`]: 6 },
    ]);
    const names = columns.map((column) => column.split(':')[0]?.toLowerCase() ?? '');
    assert.equal(new Set([...names, 'sluice_id']).size, 7);
    assert.ok(names.every((name) => name.length > 0 && name.length <= 63));
  });

  it('put what is beyond the last column into one', () => {
    const wide = Object.fromEntries(Array.from({ length: 520 }, (_, n) => [`k${n}`, n]));
    const { columns, rows } = made([wide]);
    assert.equal(columns.length, 501);
    assert.equal(columns.at(-1), 'sluice_rest:json');
    assert.deepEqual(Object.keys(JSON.parse(String(rows[0]?.[500]))).length, 20);
  });

  it('go on from the columns of before', () => {
    const first = new RowMaker([]);
    first.add('{"a":1}');
    const second = new RowMaker(first.columns);
    second.add('{"b":1,"a":"x"}');
    assert.deepEqual(second.take(), [['x', 1]]);
    assert.deepEqual(
      second.columns.map(({ name, type }) => `${name}:${type}`),
      ['a:text', 'b:integer'],
    );
  });
});
