/** The data directory: who may open it, what keeps it from being opened, and what is said then. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { SluiceError } from '../../src/base/errors.ts';
import { openDatabase, prepareFiles } from '../../src/store/sqlite/connection.ts';
import { MIGRATIONS, migrate } from '../../src/store/sqlite/migrations.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { takeOwnerLock } from '../../src/store/sqlite/owner-lock.ts';
import { openThreadStore } from '../../src/store/thread/thread-store.ts';
import { completed, NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import { readLog } from '../conformance/store-log.ts';

const WRITER = fileURLToPath(new URL('../fixtures/store-writer.ts', import.meta.url));

describe('a data directory', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'sluice-directory-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  async function refused(promise: Promise<unknown>, code: string): Promise<SluiceError> {
    let caught: unknown;
    await assert.rejects(promise, (error: SluiceError) => {
      caught = error;
      assert.equal(error.code, code, error.message);
      return true;
    });
    return caught as SluiceError;
  }

  async function startWriter(kind: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, [WRITER, path, kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.stdout?.resume();
    return child;
  }

  for (const kind of ['process', 'thread']) {
    it(`has one owner (${kind}), named when another comes, gone when it is killed`, async () => {
      const child = await startWriter(kind);
      try {
        const error = await refused(openSqliteStore({ path, mode: 'owner' }), 'store.in_use');
        assert.equal(error.params.pid, child.pid);
        await refused(openThreadStore({ path, mode: 'owner' }), 'store.in_use');
        const reader = await openSqliteStore({ path, mode: 'reader' });
        assert.equal((await reader.jobs({ limit: 9 })).length, 1, 'reading goes on beside it');
        assert.ok((await reader.results('j_1', 0, 10)).length > 0);
        await reader.close();
      } finally {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      const store = await openSqliteStore({ path, mode: 'owner' });
      await store.close();
    });
  }

  it('has one owner within a process too', async () => {
    const store = await openThreadStore({ path, mode: 'owner' });
    const error = await refused(openSqliteStore({ path, mode: 'owner' }), 'store.in_use');
    assert.equal(error.params.pid, process.pid);
    assert.equal(error.message, `The data directory ${path} is in use by process ${process.pid}.`);
    await store.close();
    await (await openSqliteStore({ path, mode: 'owner' })).close();
  });

  it('belongs to its owner alone', async () => {
    const inner = join(path, 'made', 'here');
    const store = await openSqliteStore({ path: inner, mode: 'owner' });
    await store.createJob(spec('j_1'));
    assert.equal((await stat(inner)).mode & 0o777, 0o700);
    const files = await readdir(inner);
    assert.ok(files.includes('sluice.db') && files.includes('sluice.db-wal'), files.join());
    for (const file of files) {
      assert.equal((await stat(join(inner, file))).mode & 0o777, 0o600, file);
    }
    await store.close();
  });

  it('has the input of a job that brings it along, and nothing of one that was there', async () => {
    const store = await openThreadStore({ path, mode: 'owner' });
    const input = Buffer.from('{"n":1}\n');
    const place = (id: string) => ({ ...spec(id).input, path: join('inputs', id) });
    const of = (id: string) => ({ ...spec(id, { idempotencyKey: 'k' }), input: place(id) });
    await store.createJob(of('j_1'), { input, first: { rows: [task(0)], whole: true } });
    assert.deepEqual(await readFile(join(path, 'inputs', 'j_1')), input);
    assert.equal((await stat(join(path, 'inputs', 'j_1'))).mode & 0o777, 0o600);
    assert.equal((await store.createJob(of('j_2'), { input })).created, false);
    assert.deepEqual(await readdir(join(path, 'inputs')), ['j_1']);
    // Its place is taken by something else.
    await mkdir(join(path, 'inputs', 'j_3'));
    const other = { ...of('j_3'), idempotencyKey: undefined };
    await refused(store.createJob(other, { input }), 'store.unwritable');
    assert.equal(await store.job('j_3'), undefined, 'no job without its input');
    await store.close();
  });

  it('is read by a reader, which cannot write', async () => {
    await refused(openSqliteStore({ path, mode: 'reader' }), 'store.missing');
    const owner = await openSqliteStore({ path, mode: 'owner' });
    await owner.createJob(spec('j_1'));
    const reader = await openThreadStore({ path, mode: 'reader' });
    await owner.addRows('j_1', 0, [task(0)], NOW);
    assert.equal(await reader.rowCount('j_1'), 1, 'what the owner writes is seen at once');
    await refused(reader.addRows('j_1', 1, [task(1)], NOW), 'store.unwritable');
    await refused(reader.deleteJob('j_1'), 'store.unwritable');
    await owner.close();
    assert.equal(await reader.rowCount('j_1'), 1, 'after the owner has gone as well');
    await reader.close();
    const alone = await openSqliteStore({ path, mode: 'reader' });
    assert.equal(await alone.rowCount('j_1'), 1);
    await alone.close();
  });

  it('must be writable', async () => {
    const file = join(path, 'file');
    await writeFile(file, '');
    await refused(openSqliteStore({ path: file, mode: 'owner' }), 'store.unwritable');
    await refused(
      openThreadStore({ path: join(file, 'below'), mode: 'owner' }),
      'store.unwritable',
    );
    await refused(openSqliteStore({ path: '/proc/sluice', mode: 'owner' }), 'store.unwritable');
  });

  it('must be writable by this user', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may write everywhere');
    await chmod(path, 0o500);
    const error = await refused(openSqliteStore({ path, mode: 'owner' }), 'store.unwritable');
    assert.match(error.message, /EACCES/);
  });

  it('is refused where it comes from a newer version', async () => {
    await (await openSqliteStore({ path, mode: 'owner' })).close();
    const db = new Database(join(path, 'sluice.db'));
    db.pragma('user_version = 99');
    db.close();
    const error = await refused(openThreadStore({ path, mode: 'owner' }), 'store.newer');
    assert.deepEqual([error.params.found, error.params.known], [99, MIGRATIONS.length]);
    await refused(openSqliteStore({ path, mode: 'reader' }), 'store.newer');
    assert.equal(
      (await refused(openSqliteStore({ path, mode: 'owner' }), 'store.newer')).exitCode,
      4,
    );
  });

  it('is refused where the file is no database', async () => {
    await writeFile(join(path, 'sluice.db'), 'this is a text, however long it is. '.repeat(999));
    await refused(openSqliteStore({ path, mode: 'owner' }), 'store.corrupt');
    await refused(openThreadStore({ path, mode: 'reader' }), 'store.corrupt');
  });

  it('says when the database is damaged', async () => {
    const store = await openSqliteStore({ path, mode: 'owner' });
    await store.createJob(spec('j_1'));
    const rows = Array.from({ length: 5_000 }, (_, n) => task(n));
    await store.addRows('j_1', 0, rows, NOW);
    await store.close();
    await truncate(join(path, 'sluice.db'), 40_960);
    const opening = openSqliteStore({ path, mode: 'owner' });
    await refused(
      opening.then(async (again) => {
        try {
          await again.pending('j_1', 0, 9_999);
        } finally {
          await again.close();
        }
      }),
      'store.corrupt',
    );
  });

  it('is opened with leftovers of a job that was being deleted', async () => {
    const store = await openSqliteStore({ path, mode: 'owner' });
    await store.createJob(spec('j_1'));
    await store.addRows(
      'j_1',
      0,
      Array.from({ length: 25_000 }, (_, n) => task(n)),
      NOW,
    );
    await store.commit([step('j_1', 3, { records: ['1'], end: completed })]);
    const deleting = store.deleteJob('j_1');
    await store.close();
    await deleting;
    const db = new Database(join(path, 'sluice.db'));
    const left = () => db.prepare('SELECT count(*) FROM tasks').pluck().get() as number;
    assert.ok(left() > 0, 'closing cut the deletion short');
    db.close();
    const again = await openSqliteStore({ path, mode: 'owner' });
    assert.equal(await again.job('j_1'), undefined);
    await again.purgeLeftovers();
    await again.close();
    const after = new Database(join(path, 'sluice.db'));
    for (const table of ['tasks', 'aliases', 'outcomes', 'records', 'progress', 'cache', 'jobs']) {
      assert.equal(after.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 0, table);
    }
    assert.equal(after.prepare('SELECT count(*) FROM deleted_jobs').pluck().get(), 0);
    after.close();
  });

  it('is read as soon as another process has made it', async () => {
    prepareFiles(path);
    const lock = takeOwnerLock(path);
    const opening = openSqliteStore({ path, mode: 'reader' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const made = openDatabase(path, 'owner');
    migrate(made);
    const reader = await opening;
    assert.deepEqual(await reader.jobs({ limit: 9 }), []);
    await reader.close();
    made.close();
    lock.release();
  });

  it('is in use where it is not made in time', async () => {
    prepareFiles(path);
    const lock = takeOwnerLock(path);
    const error = await refused(openSqliteStore({ path, mode: 'reader' }), 'store.in_use');
    assert.equal(error.params.pid, process.pid);
    lock.release();
  });

  it('is brought up to date with all that is in it, by a reader too', async () => {
    const old = new Database(join(path, 'sluice.db'));
    migrate(old, MIGRATIONS.slice(0, 1));
    old
      .prepare('INSERT INTO jobs (id, tenant, spec, state, updated_ms) VALUES (?, ?, ?, ?, ?)')
      .run('j_1', 'acme', JSON.stringify(spec('j_1')), 'running', NOW);
    old.close();
    const reader = await openSqliteStore({ path, mode: 'reader' });
    const found = await reader.jobs({ collector: 'contacts', limit: 9 });
    assert.deepEqual(
      found.map((job) => job.id),
      ['j_1'],
    );
    assert.deepEqual(await reader.documents({ kind: 'key', limit: 9 }), []);
    await refused(reader.nextEpoch(), 'store.unwritable');
    const change = { op: 'put', kind: 'key', id: 'a', tenant: '', json: '1' } as const;
    await refused(reader.writeDocuments([change], NOW), 'store.unwritable');
    await reader.close();
    const owner = await openSqliteStore({ path, mode: 'owner' });
    assert.equal(await owner.nextEpoch(), 1);
    await owner.close();
  });

  it('finds records of before the log of records in it', async () => {
    const old = new Database(join(path, 'sluice.db'));
    migrate(old, MIGRATIONS.slice(0, 5));
    const job = 'INSERT INTO jobs (id, tenant, spec, state, updated_ms) VALUES (?, ?, ?, ?, ?)';
    for (const id of ['j_1', 'j_2']) {
      old.prepare(job).run(id, 'acme', JSON.stringify(spec(id)), 'running', NOW);
    }
    const end = old.prepare(
      'INSERT INTO outcomes (id, state, attempt_no, finished_ms, record) VALUES (?, 1, 1, 1, ?)',
    );
    const record = old.prepare('INSERT INTO records (task, idx, json) VALUES (?, ?, ?)');
    const first = 2 ** 32;
    for (let seq = 0; seq < 3_000; seq += 1) end.run(first + seq, `"e${seq}"`);
    for (let i = 0; i < 5; i += 1) record.run(first + 3_000, i * 2, `"r${i}"`);
    end.run(2 * first + 7, '"of the other"');
    old.close();
    const owner = await openSqliteStore({ path, mode: 'owner' });
    const { texts } = await readLog(owner, 'j_1', undefined, 700);
    assert.equal(texts.length, 3_005);
    assert.equal(new Set(texts).size, 3_005);
    assert.deepEqual((await readLog(owner, 'j_2')).texts, ['"of the other"']);
    await owner.close();
  });

  it('brings an older database up to date, each step whole or not at all', () => {
    const db = new Database(':memory:');
    const first = 'CREATE TABLE a (x)';
    migrate(db, [first]);
    const broken = [first, 'CREATE TABLE b (y); CREATE TABLE a (x)'];
    assert.throws(() => migrate(db, broken), /already exists/);
    const tables = () =>
      db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    assert.deepEqual([tables(), db.pragma('user_version', { simple: true })], [['a'], 1]);
    migrate(db, [first, 'CREATE TABLE b (y)']);
    assert.deepEqual([tables(), db.pragma('user_version', { simple: true })], [['a', 'b'], 2]);
    db.close();
  });
});
