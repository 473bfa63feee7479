/** Files that collectors keep and tables that records become, as users meet them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Sqlite from 'better-sqlite3';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { parquetReadObjects } from 'hyparquet';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { jsonLines, type Running, scratch, sluice, start } from './sluice-process.ts';

const KEEPS = `
import { defineCollector } from 'sluice';
import { z } from 'zod';

export const collector = defineCollector({
  name: 'keeps',
  input: z.object({ word: z.string() }),
  record: z.object({ word: z.string(), length: z.int(), files: z.array(z.unknown()) }),
  defaults: { output: 'record' },
  async collect({ word }, ctx) {
    const bytes = new TextEncoder().encode(word.toUpperCase());
    const file = await ctx.files.put({ bytes, contentType: 'text/plain', extension: 'txt' });
    return { records: [{ word, length: word.length, files: [{ ...file, type: 'text/plain' }] }] };
  },
});
`;
const WORDS = ['one', 'two', 'three', 'One'];

const postgres = usePostgres({ settings: { fsync: 'off' } });
const directory = scratch();
const cwd = directory.path;

before(() => {
  mkdirSync(join(cwd, 'own'));
  writeFileSync(join(cwd, 'own', 'keeps.ts'), KEEPS);
  writeFileSync(join(cwd, 'words.csv'), `word\n${WORDS.join('\n')}\n`);
});
after(() => directory[Symbol.dispose]());

type Env = Readonly<Record<string, string>>;
const read = (file: string) => readFileSync(join(cwd, file));

async function done(args: readonly string[], env: Env = {}) {
  const ended = await sluice(args, { cwd, env });
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

async function wordsInParquet(file: Buffer): Promise<string[]> {
  const rows = await parquetReadObjects({ file: new Uint8Array(file).buffer });
  for (const row of rows) {
    assert.equal(row.length, BigInt(String(row.word).length));
    assert.equal((JSON.parse(row.files as string) as unknown[]).length, 1);
  }
  return rows.map(({ word }) => word as string);
}

function wordsInSqlite(file: string): unknown[] {
  const sqlite = new Sqlite(join(cwd, file), { readonly: true });
  try {
    return sqlite.prepare('SELECT word FROM records').pluck().all();
  } finally {
    sqlite.close();
  }
}

function checkManifest(text: string, bytesOf: (path: string) => Buffer): void {
  const lines = jsonLines(text);
  assert.deepEqual(
    lines.map(({ row, record, field, type }) => [row, record, field, type]),
    WORDS.map((_, row) => [row, 0, 'files', 'text/plain']),
  );
  for (const [at, { digest, path, size }] of lines.entries()) {
    const bytes = bytesOf(path as string);
    assert.equal(bytes.toString(), WORDS[at]?.toUpperCase());
    assert.equal(bytes.length, size);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), digest);
  }
  assert.equal(lines[0]?.path, lines[3]?.path, 'equal bytes are kept once');
}

describe('files and tables, alone', () => {
  it('are there at the end of a run, and from its job later', async () => {
    const ended = await done([
      'run',
      './own/keeps.ts',
      'words.csv',
      '--out',
      'run.parquet',
      '--data',
      'd',
    ]);
    assert.deepEqual(await wordsInParquet(read('run.parquet')), WORDS);
    const [jobId = ''] = /\bj_\w+/.exec(ended.stderr) ?? [];
    await done(['jobs', 'download', jobId, '-o', 'later.db', '--data', 'd']);
    assert.deepEqual(wordsInSqlite('later.db'), WORDS);

    const { stdout } = await done(['files', 'manifest', jobId, '--data', 'd']);
    checkManifest(stdout, (path) => read(join('d', 'files', path)));
    await done(['files', 'manifest', jobId, '--data', 'd', '-o', 'manifest.jsonl']);
    assert.equal(read('manifest.jsonl').toString(), stdout);
    const none = await sluice(['files', 'manifest', 'j_none', '--data', 'd'], { cwd });
    assert.equal(none.code, 4);
  });

  it('go into a Postgres, each record once', async () => {
    const url = await postgres.databaseUrl();
    const to = ['--to', `${url}?table=words`];
    const ended = await done(['run', './own/keeps.ts', 'words.csv', ...to, '--data', 'pg']);
    assert.match(ended.stderr, /Results: 127\.0\.0\.1:\d+\/test_1 table words/);
    assert.doesNotMatch(ended.stderr, /p%40ss/);
    const [jobId = ''] = /\bj_\w+/.exec(ended.stderr) ?? [];
    await done(['jobs', 'download', jobId, ...to, '--data', 'pg']);
    const rows = await postgres.query(url, 'SELECT word, length FROM words ORDER BY sluice_row');
    assert.deepEqual(
      rows,
      WORDS.map((word) => ({ word, length: String(word.length) })),
    );
  });
});

describe('files in a bucket', () => {
  let s3: FauxqsServer;
  before(async () => {
    s3 = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
    s3.createBucket('kept');
  });
  after(() => s3.stop());

  const env = (to: string): Env => ({
    SLUICE_FILES_TO: to,
    SLUICE_FILES_ENDPOINT: `http://127.0.0.1:${s3.port}`,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });

  it('are where the settings say', async () => {
    const run = ['run', './own/keeps.ts', 'words.csv', '-o', 'run.jsonl', '--data', 's3'];
    await done(run, env('s3://kept/here'));
    const [record] = jsonLines(read('run.jsonl').toString());
    assert.ok(record);
    const [file] = record.files as { path: string }[];
    const found = await fetch(`http://127.0.0.1:${s3.port}/kept/here/${file?.path}`);
    assert.equal(await found.text(), 'ONE');
    assert.equal(found.headers.get('content-type'), 'text/plain');
  });

  it('pause the job where there is no bucket, and go on when there is one', async () => {
    const run = ['run', './own/keeps.ts', 'words.csv', '--data', 's3-none'];
    const ended = await sluice(run, { cwd, env: env('s3://not-yet') });
    assert.match(ended.stderr, /404 NoSuchBucket/);
    const [jobId = ''] = /\bj_\w+/.exec(ended.stderr) ?? [];
    s3.createBucket('not-yet');
    const resume = ['jobs', 'resume', jobId, '-o', 'resumed.parquet', '--data', 's3-none'];
    await done(resume, env('s3://not-yet'));
    assert.deepEqual(await wordsInParquet(read('resumed.parquet')), WORDS);
  });
});

describe('files and tables, from a server', () => {
  let server: Running;
  let url: string;
  let env: Env;
  let jobId: string;

  before(async () => {
    const args = [
      'serve',
      '--port',
      '0',
      '--json',
      '--data',
      'served',
      '--collector',
      'own/keeps.ts',
    ];
    server = start(args, { cwd, env: { SLUICE_FILES_DIR: join(cwd, 'elsewhere') } });
    const told = JSON.parse((await server.said(/\{"type":"serving".*\}/))[0]);
    url = told.url;
    env = { SLUICE_SERVER: url, SLUICE_TOKEN: told.firstKey };
    const ended = await done(['run', 'keeps', 'words.csv', '-o', 'there.sqlite'], env);
    [jobId = ''] = /\bj_\w+/.exec(ended.stderr) ?? [];
  });
  after(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
  });

  async function answer(path: string) {
    const headers = { authorization: `Bearer ${env.SLUICE_TOKEN}` };
    const got = await fetch(`${url}/v1/jobs/${jobId}/${path}`, { headers });
    assert.equal(got.status, 200);
    return { type: got.headers.get('content-type'), body: Buffer.from(await got.arrayBuffer()) };
  }

  it('by the commands', async () => {
    assert.deepEqual(wordsInSqlite('there.sqlite'), WORDS);
    await done(['jobs', 'download', jobId, '-o', 'there.parquet'], env);
    assert.deepEqual(await wordsInParquet(read('there.parquet')), WORDS);
    const { stdout } = await done(['files', 'manifest', jobId], env);
    checkManifest(stdout, (path) => read(join('elsewhere', path)));
    const database = await postgres.databaseUrl();
    await done(['jobs', 'download', jobId, '--to', `${database}?table=w&key=word`], env);
    const rows = await postgres.query(database, 'SELECT word FROM w ORDER BY length, word');
    assert.equal(rows.length, WORDS.length);
  });

  it('by the API', async () => {
    const parquet = await answer('download?format=parquet');
    assert.equal(parquet.type, 'application/vnd.apache.parquet');
    assert.deepEqual(await wordsInParquet(parquet.body), WORDS);
    const sqlite = await answer('download?format=sqlite');
    assert.equal(sqlite.type, 'application/vnd.sqlite3');
    writeFileSync(join(cwd, 'api.sqlite'), sqlite.body);
    assert.deepEqual(wordsInSqlite('api.sqlite'), WORDS);
    const rows = await answer('download?format=parquet&shape=row');
    const [row] = await parquetReadObjects({ file: new Uint8Array(rows.body).buffer });
    assert.equal(row?.status, 'completed');
    assert.equal(row?.word, 'one');
    const sheet = await answer('download?format=xlsx');
    assert.match(sheet.type ?? '', /spreadsheetml/);
    assert.equal(sheet.body.toString('latin1', 0, 4), 'PK\x03\x04');
    const manifest = await answer('files');
    assert.equal(manifest.type, 'application/x-ndjson');
    checkManifest(manifest.body.toString(), (path) => read(join('elsewhere', path)));
  });
});
