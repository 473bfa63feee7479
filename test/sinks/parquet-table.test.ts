import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { Cell, TableColumn } from '../../src/model/table.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import { ParquetTable } from '../../src/sinks/parquet-table.ts';

const COLUMNS: readonly TableColumn[] = [
  { name: 'Name, „full“', type: 'text' },
  { name: 'nested', type: 'json' },
  { name: 'whole', type: 'integer' },
  { name: 'part', type: 'number' },
  { name: 'yes', type: 'boolean' },
  { name: 'at', type: 'time' },
];

async function parquet(columns: readonly TableColumn[], rows: Iterable<readonly Cell[]>) {
  const output = new MemoryOutput();
  const table = new ParquetTable(columns, output);
  for (const row of rows) {
    table.add(row);
    if (table.full) await table.flush();
  }
  await table.finish();
  const bytes = output.bytes();
  assert.equal(table.bytes, bytes.length);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

describe('a Parquet file', () => {
  it('has the values as they were, with their types, and nothing for what is unknown', async () => {
    const big = Number.MAX_SAFE_INTEGER;
    const file = await parquet(COLUMNS, [
      ['Ünï ✓ 𝄞', '{"a":[1,null]}', big, -1.5, true, '2026-01-02T03:04:05.678Z'],
      ['', '[]', -big, 1e300, false, '2026-01-02T04:04:05+01:00'],
      [undefined, undefined, undefined, undefined, undefined, undefined],
    ]);
    const rows = await parquetReadObjects({ file });
    assert.deepEqual(rows, [
      {
        'Name, „full“': 'Ünï ✓ 𝄞',
        nested: '{"a":[1,null]}',
        whole: BigInt(big),
        part: -1.5,
        yes: true,
        at: new Date('2026-01-02T03:04:05.678Z'),
      },
      {
        'Name, „full“': '',
        nested: '[]',
        whole: BigInt(-big),
        part: 1e300,
        yes: false,
        at: new Date('2026-01-02T03:04:05Z'),
      },
      { 'Name, „full“': null, nested: null, whole: null, part: null, yes: null, at: null },
    ]);
    const types = parquetSchema(parquetMetadata(file)).children.map(({ element }) => element);
    assert.deepEqual(
      types.map(({ type, converted_type: converted }) => `${type} ${converted ?? ''}`.trim()),
      [
        'BYTE_ARRAY UTF8',
        'BYTE_ARRAY UTF8',
        'INT64',
        'DOUBLE',
        'BOOLEAN',
        'INT64 TIMESTAMP_MILLIS',
      ],
    );
  });

  it('is written group by group', async () => {
    const count = 12_345;
    function* rows(): Generator<readonly Cell[]> {
      for (let n = 0; n < count; n += 1) yield [`name ${n % 7}`, n];
    }
    const columns = [COLUMNS[0], COLUMNS[2]] as TableColumn[];
    const file = await parquet(columns, rows());
    assert.equal(parquetMetadata(file).row_groups.length, 3);
    const read = await parquetReadObjects({ file });
    assert.equal(read.length, count);
    for (const [n, row] of read.entries()) assert.equal(row.whole, BigInt(n));
  });

  it('may have no rows', async () => {
    const file = await parquet(COLUMNS, []);
    assert.deepEqual(await parquetReadObjects({ file }), []);
    assert.equal(parquetSchema(parquetMetadata(file)).children.length, COLUMNS.length);
  });
});
