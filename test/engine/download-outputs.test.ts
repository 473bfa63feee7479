import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type DownloadRequest, downloadToFile, writeDownload } from '../../src/engine/download.ts';
import { schemaKeys } from '../../src/engine/download-columns.ts';
import type { JobInput } from '../../src/model/job.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import type { RowResult } from '../../src/store/store.ts';
import {
  done,
  download,
  inputOf,
  type Known,
  NONE,
  scratch,
  storeOf,
} from '../fakes/download-fixture.ts';

/** A download where no schema says which keys the records have. */
async function unkeyed(
  input: JobInput,
  known: readonly Known[],
  wish: Partial<DownloadRequest> = {},
) {
  const output = new MemoryOutput();
  const job = { id: 'j', input, options: {} };
  const basics = { shape: 'row', format: 'csv', safeFormulas: 'off' } as const;
  await writeDownload({ ...basics, job, store: storeOf(known), ...wish }, output);
  return output.text();
}

describe('records alone', () => {
  const known: Known[] = [
    { state: 'completed', records: [{ email: 'a', n: 1 }, { email: '=b' }] },
    { state: 'available', records: [{ n: null, x: { y: 2 } }] },
  ];

  it('as JSON lines, JSON and CSV', async () => {
    const records = known.flatMap((row) => row.records ?? []);
    const jsonl = await download(NONE, known, { shape: 'record', format: 'jsonl' });
    assert.deepEqual(
      jsonl
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      records,
    );
    const json = await download(NONE, known, { shape: 'record', format: 'json' });
    assert.deepEqual(JSON.parse(json), records);
    const recordKeys = ['email', 'n', 'x'];
    const csv = await download(NONE, known, {
      shape: 'record',
      recordKeys,
      safeFormulas: 'results',
    });
    assert.equal(csv, 'email,n,x\na,1,\n\'=b,,\n,,"{""y"":2}"\n');
  });

  it('as CSV are in one column where they are no objects, or have no key', async () => {
    const bare: Known = { state: 'completed', records: ['s', 42, true, null, [1, 2], { a: 1 }] };
    const records = async (one: Known, more: Partial<DownloadRequest> = {}) =>
      unkeyed(NONE, [one], { shape: 'record', ...more });
    assert.equal(await records(bare), 'value,a\ns,\n42,\ntrue,\n,\n"[1,2]",\n,1\n');
    const empty: Known = { state: 'completed', records: [{}, {}] };
    assert.equal(await records(empty), 'value\n""\n""\n');
    assert.equal(await records({ state: 'completed' }, { format: 'tsv' }), 'value\n');
  });

  it('bring no NUL into CSV, where the bytes of the input stay as they are', async () => {
    const known: Known[] = [{ state: 'completed', records: [{ note: 'b\0c' }] }];
    const input = await inputOf('words\nsome words with a \0 among them\n');
    const rows = 'words,note,status,error\nsome words with a \0 among them,b\ufffdc,completed,\n';
    assert.equal(await unkeyed(input, known), rows);
    const jsonl = await unkeyed(NONE, known, { shape: 'record', format: 'jsonl' });
    assert.equal(jsonl, '{"note":"b\\u0000c"}\n');
  });

  it('are beside their rows where they are no objects', async () => {
    const known: Known[] = [{ state: 'completed', records: ['s', 42] }];
    const rows = 'a,value,status,error\n1,s; 42,completed,\n';
    assert.equal(await unkeyed(await inputOf('a\n1\n'), known), rows);
    const text = await inputOf('1\n', 'list.txt');
    assert.equal(await unkeyed(text, known), rows.replace('a,value', 'value,sluice_value'));
    const none = await unkeyed(await inputOf('a\n1\n'), [{ state: 'completed', records: [{}] }]);
    assert.equal(none, 'a,status,error\n1,completed,\n');
  });

  it('keys come from the schema where it has them', () => {
    assert.deepEqual(schemaKeys({ shape: { a: 1, b: 2 } }), ['a', 'b']);
    assert.deepEqual(schemaKeys({ options: [{ shape: { a: 1 } }, { shape: { b: 1, a: 1 } }] }), [
      'a',
      'b',
    ]);
    assert.equal(schemaKeys({ options: ['x'] }), undefined);
    assert.equal(schemaKeys(undefined), undefined);
  });
});

describe('formulas', () => {
  it('are made text in the results, and in all cells when asked', async () => {
    const input = await inputOf('a,site\n=1+1,x\n-5,"+49 30 1"\n');
    const known = [done('=cmd()'), done('+49 (30) 12-34')];
    assert.equal(
      await download(input, known, { safeFormulas: 'results' }),
      "a,site,email,status,error\n=1+1,x,'=cmd(),completed,\n" +
        '-5,"+49 30 1",+49 (30) 12-34,completed,\n',
    );
    assert.equal(
      await download(input, known, { safeFormulas: 'all' }),
      "a,site,email,status,error\n'=1+1,x,'=cmd(),completed,\n" +
        '-5,+49 30 1,+49 (30) 12-34,completed,\n',
    );
  });
});

describe('to a file', () => {
  const request = async (more: Partial<DownloadRequest> = {}): Promise<DownloadRequest> => ({
    job: { id: 'j', input: await inputOf('a,b\n1,2\n'), options: {} },
    store: storeOf([done('x')]),
    shape: 'row',
    format: 'csv',
    recordKeys: ['email'],
    safeFormulas: 'off',
    ...more,
  });

  it('is there whole or not at all', async () => {
    const own = await mkdtemp(join(scratch(), 'out-'));
    const path = join(own, 'out.csv');
    await writeFile(path, 'before');
    const failing = { ...storeOf([]), results: () => Promise.reject(new Error('gone')) };
    await assert.rejects(downloadToFile(await request({ store: failing }), path), /gone/);
    assert.deepEqual(await readdir(own), ['out.csv']);
    assert.equal(await readFile(path, 'utf8'), 'before');
    await downloadToFile(await request(), path);
    assert.match(await readFile(path, 'utf8'), /1,2,x,completed,\n$/);
    assert.deepEqual(await readdir(own), ['out.csv']);
  });

  it('follows a link and leaves devices alone', async () => {
    const own = await mkdtemp(join(scratch(), 'out-'));
    await writeFile(join(own, 'real.csv'), '');
    await symlink(join(own, 'real.csv'), join(own, 'link.csv'));
    await downloadToFile(await request(), join(own, 'link.csv'));
    assert.match(await readFile(join(own, 'real.csv'), 'utf8'), /completed/);
    await downloadToFile(await request(), '/dev/null');
    assert.equal(await readFile('/dev/null', 'utf8'), '');
  });

  it('says what is wrong with the place', async () => {
    for (const path of [scratch(), join(scratch(), 'none', 'out.csv'), join(scratch(), 'a\0b')]) {
      await assert.rejects(downloadToFile(await request(), path), (error) => {
        return error instanceof SluiceError && error.code === 'output.unwritable';
      });
    }
  });
});

describe('memory', () => {
  it('stays flat while many rows go through', async () => {
    const random = seededRandom(3);
    const row = () =>
      `${Math.floor(random.next() * 1e9)},https://www.firm.example/,"Town, ${'x'.repeat(30)}"\n`;
    const input = await inputOf(
      `id,website,town\n${Array.from({ length: 100_000 }, row).join('')}`,
    );
    const heaps: number[] = [];
    const store: DownloadRequest['store'] = {
      ...storeOf([]),
      async results(_jobId, fromSeq, limit) {
        if (fromSeq % 10_000 < 500) heaps.push(process.memoryUsage().heapUsed);
        const [result] = await storeOf([done('x@y.example')]).results('', 0, 1);
        const count = Math.max(0, Math.min(limit, 100_000 - fromSeq));
        return Array.from({ length: count }, (_, at) => ({
          ...(result as RowResult),
          seq: fromSeq + at,
        }));
      },
    };
    const path = join(scratch(), 'many.csv');
    const job = { id: 'j', input, options: {} };
    const counts = await downloadToFile(
      { job, store, shape: 'row', format: 'csv', recordKeys: ['email'], safeFormulas: 'results' },
      path,
    );
    assert.equal(counts.rows, 100_000);
    const growth = Math.max(...heaps) - Math.min(...heaps);
    assert.ok(growth < 64 * 2 ** 20, `heap grew by ${Math.round(growth / 2 ** 20)} MiB`);
  });
});
