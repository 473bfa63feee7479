/** No space left: nothing half-written, and the store goes on once there is room again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import type { SluiceError } from '../../src/base/errors.ts';
import { Connection, openDatabase, prepareFiles } from '../../src/store/sqlite/connection.ts';
import { migrate } from '../../src/store/sqlite/migrations.ts';
import { storeError } from '../../src/store/sqlite/sqlite-error.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { completed, NOW, spec, step, task } from '../conformance/store-fixtures.ts';

describe('a full disk', () => {
  let path: string;
  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'sluice-full-'));
  });
  after(() => rm(path, { recursive: true, force: true }));

  it('rejects with store.full, keeps what was committed and goes on afterwards', async () => {
    prepareFiles(path);
    const db = openDatabase(path, 'owner');
    migrate(db);
    const connection = new Connection(db, path);
    const parts = { clock: systemClock, onClosed: () => {} };
    const store = new SqliteStore({ connection, ...parts });
    await store.createJob(spec('j_1'));
    await store.addRows(
      'j_1',
      0,
      Array.from({ length: 100 }, (_, n) => task(n)),
      NOW,
    );
    await store.commit([step('j_1', 0, { records: ['1'], end: completed })]);
    const job = await store.job('j_1');

    // SQLite's own limit gives the very error that a full disk gives.
    const pages = db.pragma('page_count', { simple: true }) as number;
    db.pragma(`max_page_count = ${pages + 2}`);
    const full = (error: SluiceError) => error.code === 'store.full' && error.exitCode === 1;
    const large = Array.from({ length: 99 }, (_, i) =>
      step('j_1', i + 1, { records: [`"${'x'.repeat(1_000)}"`], end: completed }),
    );
    await assert.rejects(store.commit(large), full);
    const rows = Array.from({ length: 2_000 }, (_, n) => task(n, { key: `k${n}` }));
    await assert.rejects(store.addRows('j_1', 100, rows, NOW), full);
    assert.deepEqual(await store.job('j_1'), job);
    assert.equal((await store.pending('j_1', 0, 999)).length, 99);
    assert.equal((await store.records('j_1', undefined, 999)).length, 1);

    db.pragma('max_page_count = 1000000');
    const { stale, counters } = await store.commit(large);
    assert.deepEqual([stale, counters.get('j_1')?.completed], [[], 100]);
    const added = await store.addRows('j_1', 100, rows, NOW);
    assert.deepEqual([added.tasks, added.duplicates], [2_100, 0], 'no key was remembered wrongly');
    await store.close();
  });

  it('is told apart from other trouble', () => {
    const codes: [string, string | undefined][] = [
      ['SQLITE_FULL', 'store.full'],
      ['ENOSPC', 'store.full'],
      ['SQLITE_IOERR_FSYNC', 'store.io'],
      ['EIO', 'store.io'],
      ['SQLITE_READONLY_DBMOVED', 'store.unwritable'],
      ['SQLITE_CANTOPEN', 'store.unwritable'],
      ['EROFS', 'store.unwritable'],
      ['SQLITE_CORRUPT_INDEX', 'store.corrupt'],
      ['SQLITE_NOTADB', 'store.corrupt'],
      ['SQLITE_BUSY_SNAPSHOT', 'store.in_use'],
      ['SQLITE_CONSTRAINT_UNIQUE', undefined],
      ['ERR_INVALID_ARG_TYPE', undefined],
    ];
    for (const [code, expected] of codes) {
      const error = Object.assign(new Error('as it is'), { code });
      const told = storeError(error, '/d');
      assert.equal(
        expected === undefined ? told === error : (told as SluiceError).code,
        expected ?? true,
        code,
      );
    }
  });
});
