import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { parquetReadObjects } from 'hyparquet';
import { z } from 'zod';
import { type DownloadRequest, downloadToFile, writeDownload } from '../../src/engine/download.ts';
import { schemaColumns } from '../../src/engine/record-columns.ts';
import type { Output } from '../../src/sinks/output.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import {
  done,
  FAILED,
  inputOf,
  type Known,
  NONE,
  scratch,
  storeOf,
} from '../fakes/download-fixture.ts';

const RECORD = z.object({
  name: z.string(),
  n: z.int().nullable(),
  yes: z.boolean(),
  more: z.array(z.int()),
});
const KNOWN: readonly Known[] = [
  {
    state: 'completed',
    records: [
      { name: 'a', n: 1, yes: true, more: [1, 2] },
      { name: 'Ü', n: null, yes: false, more: [] },
    ],
  },
  FAILED,
  { state: 'completed', records: [{ name: 'c', n: -3, yes: true, more: [3] }] },
];

type Wish = Partial<DownloadRequest> & Pick<DownloadRequest, 'format'>;

function request(known: readonly Known[], wish: Wish): DownloadRequest {
  return {
    job: { id: 'j', input: NONE, options: {} },
    store: storeOf(known),
    shape: 'record',
    safeFormulas: 'off',
    ...wish,
  };
}

async function parquetRows(known: readonly Known[], wish: Omit<Wish, 'format'>) {
  const output = new MemoryOutput();
  const counts = await writeDownload(request(known, { ...wish, format: 'parquet' }), output);
  const bytes = output.bytes();
  assert.equal(counts.bytes, bytes.length);
  const file = new Uint8Array(bytes).buffer;
  return { rows: await parquetReadObjects({ file }), counts };
}

/** The first sheet, which is the first of the archive's entries. */
async function sheetText(known: readonly Known[]): Promise<string> {
  const output = new MemoryOutput();
  await writeDownload(request(known, { format: 'xlsx' }), output);
  const zip = output.bytes();
  return inflateRawSync(zip.subarray(30 + zip.readUInt16LE(26))).toString();
}

async function sqliteRows(known: readonly Known[], wish: Omit<Wish, 'format'>) {
  const path = join(scratch(), `table-${Math.floor(performance.now() * 1_000)}.sqlite`);
  const counts = await downloadToFile(request(known, { ...wish, format: 'sqlite' }), path);
  const sqlite = new Sqlite(path, { readonly: true });
  try {
    const rows = sqlite.prepare('SELECT * FROM records').all();
    const columns = sqlite.prepare("SELECT name, type FROM pragma_table_info('records')").all();
    assert.equal(sqlite.pragma('integrity_check', { simple: true }), 'ok');
    return { rows, columns, counts };
  } finally {
    sqlite.close();
  }
}

describe('records as a table', () => {
  const columns = schemaColumns(RECORD);
  assert.ok(columns);

  it('in Parquet', async () => {
    const { rows, counts } = await parquetRows(KNOWN, { columns });
    assert.deepEqual(rows, [
      { name: 'a', n: 1n, yes: true, more: '[1,2]' },
      { name: 'Ü', n: null, yes: false, more: '[]' },
      { name: 'c', n: -3n, yes: true, more: '[3]' },
    ]);
    assert.equal(counts.records, 3);
  });

  it('in SQLite', async () => {
    const { rows, columns: made, counts } = await sqliteRows(KNOWN, { columns });
    assert.deepEqual(rows, [
      { name: 'a', n: 1, yes: 1, more: '[1,2]' },
      { name: 'Ü', n: null, yes: 0, more: '[]' },
      { name: 'c', n: -3, yes: 1, more: '[3]' },
    ]);
    assert.deepEqual(made, [
      { name: 'name', type: 'TEXT' },
      { name: 'n', type: 'INTEGER' },
      { name: 'yes', type: 'INTEGER' },
      { name: 'more', type: 'TEXT' },
    ]);
    assert.equal(counts.records, 3);
  });

  it('by what the records have, where no schema says it', async () => {
    const known: Known[] = [
      { state: 'completed', records: [{ a: 1 }, { a: 1.5, A: 'x' }, { b: { c: 1 } }] },
    ];
    assert.deepEqual((await parquetRows(known, {})).rows, [
      { a: 1, A: null, b: null },
      { a: 1.5, A: 'x', b: null },
      { a: null, A: null, b: '{"c":1}' },
    ]);
    // SQLite has no two columns whose names differ by case alone.
    assert.deepEqual((await sqliteRows(known, {})).rows[1], { a: 1.5, A_2: 'x', b: null });
  });

  it('that are no objects, in a column of their own', async () => {
    const bare: Known[] = [
      { state: 'completed', records: ['s', 42] },
      { state: 'completed', records: [true, null, { a: 1 }] },
    ];
    const rows = [
      { value: 's', a: null },
      { value: '42', a: null },
      { value: 'true', a: null },
      { value: null, a: null },
    ];
    assert.deepEqual((await parquetRows(bare, {})).rows, [...rows, { value: null, a: 1n }]);
    assert.deepEqual((await sqliteRows(bare, {})).rows, [...rows, { value: null, a: 1 }]);
    const lists: Known[] = [{ state: 'completed', records: [[1, 2], 'x'] }];
    assert.deepEqual((await parquetRows(lists, {})).rows, [{ value: '[1,2]' }, { value: '"x"' }]);
    const numbers: Known[] = [{ state: 'completed', records: [1, 2] }];
    const sheet = await sheetText(numbers);
    assert.match(sheet, />value<.*<c r="A2"><v>1<\/v><\/c>.*<c r="A3"><v>2<\/v><\/c>/);
  });

  it('without any key, in a spare column', async () => {
    const empty: Known[] = [{ state: 'completed', records: [{}, {}] }];
    const rows = [{ value: null }, { value: null }];
    assert.deepEqual((await parquetRows(empty, {})).rows, rows);
    assert.deepEqual((await sqliteRows(empty, {})).rows, rows);
    assert.match(await sheetText(empty), />value<.*<c r="A2"\/>.*<c r="A3"\/>/);
  });

  it('without a record', async () => {
    assert.deepEqual((await parquetRows([], {})).rows, []);
    assert.deepEqual((await sqliteRows([], {})).columns, [{ name: 'value', type: 'TEXT' }]);
    assert.deepEqual((await sqliteRows([FAILED], { columns })).rows, []);
  });

  it('refuses a value that its column cannot hold, and leaves no file', async () => {
    const wrong: Known[] = [{ state: 'completed', records: [{ name: 'a', n: 'many' }] }];
    for (const format of ['parquet', 'sqlite'] as const) {
      const path = join(scratch(), `misfit.${format}`);
      await assert.rejects(downloadToFile(request(wrong, { format, columns }), path), {
        code: 'output.misfit',
        message: /"many" in column n/,
      });
      assert.deepEqual(
        readdirSync(scratch()).filter((name) => name.includes('misfit')),
        [],
      );
    }
  });

  it('removes its temporary files, also where the reader leaves', async (t) => {
    const own = mkdtempSync(join(tmpdir(), 'sluice-tmp-'));
    const before = process.env.TMPDIR;
    process.env.TMPDIR = own;
    t.after(async () => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await rm(own, { recursive: true });
    });
    const gone: Output = {
      write: () => Promise.reject(new Error('the reader is gone')),
      finish: async () => {},
      discard: async () => {},
    };
    await writeDownload(request(KNOWN, { format: 'sqlite', columns }), new MemoryOutput());
    await assert.rejects(writeDownload(request(KNOWN, { format: 'sqlite', columns }), gone));
    assert.deepEqual(readdirSync(own), []);
  });
});

describe('rows as a table', () => {
  const rows = [
    { Site: 'a.example', Note: 'x', email: 'a@a; b@a', status: 'completed', error: null },
    {
      Site: 'b.example',
      Note: null,
      email: null,
      status: 'failed',
      error: 'http.404: Not there, "at all".',
    },
    { Site: 'c.example', Note: '=1', email: null, status: 'pending', error: null },
  ];
  const known = [done('a@a', 'b@a'), FAILED];
  const wish = { shape: 'row', recordKeys: ['email'] } as const;

  it('have the cells of the input, the results, status and error', async () => {
    const input = await inputOf('Site;Note\na.example;x\n\nb.example\nc.example;=1\n');
    const job = { id: 'j', input, options: {} };
    const parquet = await parquetRows(known, { ...wish, job });
    assert.deepEqual(parquet.rows, rows);
    assert.deepEqual(parquet.counts.rows, 3);
    assert.deepEqual((await sqliteRows(known, { ...wish, job })).rows, rows);
  });

  it('of JSON lines have a column a key', async () => {
    const lines = [
      { Site: 'a.example', Note: 'x' },
      { Site: 'b.example' },
      { Site: 'c.example', Note: '=1' },
    ];
    const input = await inputOf(
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      'x.jsonl',
    );
    const job = { id: 'j', input, options: {} };
    assert.deepEqual((await parquetRows(known, { ...wish, job })).rows, rows);
  });

  it('pad short rows, name cells beyond the columns, and tell equal names apart', async () => {
    const input = await inputOf('email,status\nx\ny,z,more\n');
    const job = { id: 'j', input, options: {} };
    const {
      rows: [short, long],
    } = await parquetRows([done('e')], { ...wish, job });
    assert.deepEqual(short, {
      email: 'x',
      status: null,
      column_3: null,
      sluice_email: 'e',
      sluice_status: 'completed',
      error: null,
    });
    assert.equal(long?.column_3, 'more');
  });
});
