/** The statement of docs/deliver.md that makes one Parquet file of many does so. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TableColumn } from '../../src/model/table.ts';
import type { DeliveryBatch } from '../../src/sinks/delivery-sink.ts';
import { duckdbKinds } from '../../src/sinks/duckdb/duckdb-kinds.ts';

const DOCUMENT = new URL('../../docs/deliver.md', import.meta.url);

test('files whose columns differ become one, as documented', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-compaction-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const kinds = duckdbKinds({ cwd: folder, openS3: () => assert.fail() });
  const kind = kinds.find(({ schemes }) => schemes.includes('parquet:'));
  const sink = await kind?.open('parquet:lake');
  const write = (no: number, columns: readonly TableColumn[], cells: DeliveryBatch['rows'][0][]) =>
    sink?.write(
      { id: `b-${no}`, jobId: 'j_1', table: 'contacts', columns, rows: cells },
      new AbortController().signal,
    );
  const row = (no: number, ...values: DeliveryBatch['rows'][0]['values'][number][]) => {
    return { id: `j_1.${no}.0`, values };
  };
  await write(0, [{ name: 'count', type: 'integer' }], [row(0, 1), row(1, 2)]);
  const wider = [
    { name: 'count', type: 'text' },
    { name: 'places', type: 'json' },
  ] as const;
  await write(1, wider, [row(2, 'many', '["x"]'), row(3, undefined, undefined)]);
  await sink?.close();
  const document = readFileSync(DOCUMENT, 'utf8');
  const [, sql = ''] = /```sql\n(COPY [^`]*)```/.exec(document) ?? [];
  assert.match(sql, /'lake\/contacts\/\*\.parquet'/);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    await connection.run(sql.replaceAll(/'(lake|contacts)/g, `'${folder}/$1`));
    const all = await connection.runAndReadAll(
      `SELECT sluice_id, count, places FROM '${folder}/contacts.parquet' ORDER BY sluice_id`,
    );
    assert.deepEqual(all.getRows(), [
      ['j_1.0.0', '1', null],
      ['j_1.1.0', '2', null],
      ['j_1.2.0', 'many', '["x"]'],
      ['j_1.3.0', null, null],
    ]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});
