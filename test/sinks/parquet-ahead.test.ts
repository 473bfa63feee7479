/** Parquet files of parts of a file of records, made ready while the part before is on its way. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DeliverySink, FileBatch } from '../../src/sinks/delivery-sink.ts';
import { duckdbKinds } from '../../src/sinks/duckdb/duckdb-kinds.ts';

const ONLY_ONE = availableParallelism() === 1 && 'nothing is made ready with one processor';
const SIGNAL = new AbortController().signal;

let folder: string;
let sinks: DeliverySink[];
/** The only kind that is asked here: of folders. */
let kind: ReturnType<typeof duckdbKinds>[number];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-ahead-'));
  sinks = [];
  const kinds = duckdbKinds({ cwd: folder, openS3: () => assert.fail() });
  kind = kinds.find(({ schemes }) => schemes.includes('parquet:')) as typeof kind;
});
afterEach(async () => {
  await Promise.all(sinks.map((sink) => sink.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function open(lake = 'lake'): Promise<DeliverySink> {
  const sink = await kind.open(`parquet:${lake}`);
  sinks.push(sink);
  return sink;
}

/** A part with 100 records behind those of the parts before. */
function part(no: number): FileBatch {
  const path = join(folder, `${no}.tsv`);
  const from = no * 100;
  const lines = Array.from({ length: 100 }, (_, i) => `${from + i}\tvalue ${from + i}\n`);
  writeFileSync(path, lines.join(''));
  const fields = [{ property: 'value', cell: 0, as: 'text' }] as const;
  const shape = { cells: 1, fields, lineBytes: 20, breaks: false };
  const file = { ...shape, path, from, to: from + 100, idStart: 'j_1.0.', idFirst: 0 };
  const columns = [{ name: 'value', type: 'text' }] as const;
  return { id: `batch-${no}`, jobId: 'j_1', table: 'calls', columns, file };
}

async function values(): Promise<readonly unknown[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const all = await connection.runAndReadAll(
      `SELECT sluice_id, value FROM '${folder}/lake/calls/*.parquet'
       ORDER BY split_part(sluice_id, '.', 3)::INTEGER`,
    );
    return all.getRows().map(([id, value]) => `${id} ${value}`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const wanted = (count: number) => Array.from({ length: count }, (_, i) => `j_1.0.${i} value ${i}`);
const inLake = () => readdirSync(join(folder, 'lake', 'calls')).sort();

describe('a Parquet file that is made ready', () => {
  it('is what would have been written, and shows only then', async () => {
    const sink = await open();
    const [first, second, third] = [part(0), part(1), part(2)];
    const written = sink.writeFile?.(first, SIGNAL);
    sink.prepareFile?.(second);
    await written;
    assert.deepEqual(
      inLake().filter((name) => name.endsWith('.parquet')),
      ['batch-0.parquet'],
    );
    const next = sink.writeFile?.(second, SIGNAL);
    sink.prepareFile?.(third);
    await next;
    await sink.writeFile?.(third, SIGNAL);
    assert.deepEqual(inLake(), ['batch-0.parquet', 'batch-1.parquet', 'batch-2.parquet']);
    assert.deepEqual(await values(), wanted(300));
  });

  it('is made while others wait', { skip: ONLY_ONE }, async () => {
    const sink = await open();
    const batch = part(0);
    sink.prepareFile?.(batch);
    const ahead = await waitForPart();
    assert.equal(ahead, '.batch-0.part');
    await sink.writeFile?.(batch, SIGNAL);
    assert.deepEqual(await values(), wanted(100));
  });

  it('is not taken for another one, and not left behind', { skip: ONLY_ONE }, async () => {
    const sink = await open();
    sink.prepareFile?.({ ...part(0), columns: [{ name: 'other', type: 'text' }] });
    await waitForPart();
    await sink.writeFile?.(part(0), SIGNAL);
    assert.deepEqual(inLake(), ['batch-0.parquet']);
    sink.prepareFile?.(part(1));
    await sink.close();
    assert.deepEqual(inLake(), ['batch-0.parquet']);
    assert.deepEqual(await values(), wanted(100));
  });

  it('tells what is wrong with it when it is sent', async () => {
    const sink = await open();
    const short = part(0);
    const lost = { ...short, file: { ...short.file, to: 101 } };
    sink.prepareFile?.(lost);
    const code = (error: { code?: string }) => error.code === 'files.lost';
    await assert.rejects(async () => sink.writeFile?.(lost, SIGNAL), code);
    await sink.writeFile?.(short, SIGNAL);
    assert.deepEqual(await values(), wanted(100));
  });

  it('is the only one of all destinations', { skip: ONLY_ONE }, async () => {
    const [one, other] = [await open(), await open('elsewhere')];
    one.prepareFile?.(part(0));
    other.prepareFile?.(part(0));
    await waitForPart();
    assert.equal(readdirSync(folder).includes('elsewhere'), false);
    await one.close();
    other.prepareFile?.(part(0));
    await other.close();
    assert.deepEqual(readdirSync(join(folder, 'elsewhere', 'calls')), []);
  });
});

/** The name of what is being made ready. */
async function waitForPart(): Promise<string> {
  for (;;) {
    const names = existsSync(join(folder, 'lake', 'calls')) ? inLake() : [];
    const ahead = names.find((name) => name.endsWith('.part'));
    if (ahead !== undefined) return ahead;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
