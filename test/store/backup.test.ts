/** A backup: whole, of one moment, and no hindrance to the commits beside it. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { SluiceError } from '../../src/base/errors.ts';
import { backUp } from '../../src/cli/commands/db.ts';
import type { Invocation } from '../../src/cli/program.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { RECORD_FILES } from '../../src/store/record-files/record-file-folder.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { openThreadStore } from '../../src/store/thread/thread-store.ts';
import {
  completed,
  failure,
  NOW,
  rejects,
  spec,
  step,
  task,
} from '../conformance/store-fixtures.ts';

const STORES = { sqlite: openSqliteStore, thread: openThreadStore };
const CHUNK = 100;

describe('a backup', () => {
  let home: string;
  let path: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'sluice-backup-'));
    path = join(home, 'data');
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** Puts a copy where a store can be opened on it. */
  async function restore(copy: string): Promise<Store> {
    const restored = join(home, 'restored');
    await mkdir(restored);
    await rename(copy, join(restored, 'sluice.db'));
    return openSqliteStore({ path: restored, mode: 'owner' });
  }

  async function addAndCommit(store: Store, from: number): Promise<void> {
    const rows = Array.from({ length: CHUNK }, (_, i) => task(from + i));
    await store.addRows('j_1', from, rows, NOW);
    await store.commit(
      rows.slice(1).map((_, i) => {
        const seq = from + i;
        const records = [`"${'x'.repeat(300)}"`];
        if (i % 7 !== 3) return step('j_1', seq, { records, end: completed });
        const kind = i % 2 === 0 ? 'discarded' : 'cancelled';
        return step('j_1', seq, { end: { kind, durationMs: 1, failure: failure('x') } });
      }),
    );
  }

  async function assertWhole(store: Store): Promise<number> {
    const job = await store.job('j_1');
    const rowCount = await store.rowCount('j_1');
    const states = (await store.results('j_1', 0, rowCount)).map((row) => row.state);
    const of = (state: string) => states.filter((each) => each === state).length;
    const { completed: done, discarded, cancelled, tasks, records } = job?.counters ?? {};
    assert.deepEqual(
      [done, discarded, cancelled, tasks],
      [of('completed'), of('discarded'), of('cancelled'), rowCount],
    );
    assert.equal(records, (await store.records('j_1', undefined, rowCount)).length);
    return rowCount;
  }

  for (const [name, openStore] of Object.entries(STORES)) {
    it(`is of one moment while commits go on (${name})`, async () => {
      const store = await openStore({ path, mode: 'owner' });
      await store.createJob(spec('j_1'));
      await store.writeDocuments([{ op: 'put', kind: 'k', id: 'a', tenant: '', json: '1' }], NOW);
      const epoch = await store.nextEpoch();
      let rows = 0;
      for (; rows < 2_000; rows += CHUNK) await addAndCommit(store, rows);
      const copy = join(home, 'copy.db');
      let busy = true;
      const backingUp = store.backup(copy).finally(() => {
        busy = false;
      });
      let beside = 0;
      for (; busy; rows += CHUNK, beside += 1) {
        await addAndCommit(store, rows);
        // A store in this thread answers without letting anything else pass.
        await setImmediate();
      }
      await backingUp;
      assert.ok(beside > 1, `${beside} commits went on beside it`);
      assert.equal((await stat(copy)).mode & 0o777, 0o600);
      assert.equal(await assertWhole(store), rows);
      await store.close();
      assert.deepEqual((await readdir(home)).sort(), ['copy.db', 'data']);

      const restored = await restore(copy);
      const kept = await assertWhole(restored);
      assert.ok(kept >= 2_000 && kept <= rows, `${kept} of ${rows} rows`);
      assert.equal((await restored.document('k', 'a'))?.json, '1');
      assert.ok((await restored.nextEpoch()) > epoch);
      await addAndCommit(restored, kept);
      await restored.close();
    });
  }

  it('is made by a reader beside the owner, and waited for when closing', async () => {
    const owner = await openSqliteStore({ path, mode: 'owner' });
    await owner.createJob(spec('j_1'));
    await addAndCommit(owner, 0);
    const copy = join(home, 'copy.db');
    const reader = await openThreadStore({ path, mode: 'reader' });
    let made = false;
    const backingUp = reader.backup(copy).then(() => {
      made = true;
    });
    await reader.close();
    assert.ok(made, 'closing waits');
    await backingUp;
    await owner.close();
    const restored = await restore(copy);
    assert.equal(await assertWhole(restored), CHUNK);
    await restored.close();
  });

  it('never writes over a file, and leaves nothing behind where it fails', async () => {
    const store = await openThreadStore({ path, mode: 'owner' });
    await store.createJob(spec('j_1'));
    const taken = join(home, 'taken.db');
    await writeFile(taken, 'mine');
    await rejects(store.backup(taken), 'store.backup_exists');
    await rejects(store.backup(join(path, 'sluice.db')), 'store.backup_exists');
    await rejects(store.backup(home), 'store.backup_exists');
    assert.equal((await stat(taken)).size, 4);
    const copy = join(home, 'copy.db');
    const both = await Promise.allSettled([store.backup(copy), store.backup(copy)]);
    const ends = both.map((end) => (end.status === 'rejected' ? end.reason.code : 'made'));
    assert.deepEqual(ends.sort(), ['made', 'store.backup_exists']);
    await rejects(store.backup(join(home, 'no', 'copy.db')), 'store.backup_failed');
    await rejects(store.backup(join(taken, 'copy.db')), 'store.backup_failed');
    await rejects(store.backup('/proc/copy.db'), 'store.backup_failed');
    await store.close();
    assert.deepEqual((await readdir(home)).sort(), ['copy.db', 'data', 'taken.db']);
  });

  it('leaves nothing behind where it breaks off', async () => {
    const store = await openSqliteStore({ path, mode: 'owner' });
    await store.createJob(spec('j_1'));
    for (let rows = 0; rows < 1_000; rows += CHUNK) await addAndCommit(store, rows);
    await store.close();
    const file = await open(join(path, 'sluice.db'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(40_960, 0xff), 0, 40_960, Math.floor(size / 2));
    await file.close();
    const damaged = await openSqliteStore({ path, mode: 'owner' });
    await assert.rejects(damaged.backup(join(home, 'copy.db')), (error: SluiceError) => {
      assert.equal(error.code, 'store.backup_failed');
      assert.match(error.message, /copy\.db cannot be written: database disk image is malformed/);
      return true;
    });
    await damaged.close();
    assert.deepEqual(await readdir(home), ['data']);
  });

  it('is not for a store in memory', async () => {
    await rejects(new MemoryStore().backup(), 'store.backup_unsupported');
  });

  it('has all files of records but those of jobs that are removed meanwhile', async () => {
    const [files, target] = [join(path, RECORD_FILES), join(home, 'copy')];
    const jobs = Array.from({ length: 100 }, (_, i) => `j_${i}`);
    for (const job of jobs) {
      await mkdir(join(files, job), { recursive: true });
      await Promise.all(['a.tsv', 'b.tsv'].map((name) => writeFile(join(files, job, name), job)));
    }
    const store = {
      backup: (to: string) => writeFile(to, ''),
      close: async () => {},
    } as unknown as Store;
    const backup = backUp(
      {
        io: { cwd: home },
        flags: { quiet: true },
        resolved: { settings: { databaseUrl: '' } },
        workbench: async () => ({ dataDir: path, openReader: async () => store }),
      } as unknown as Invocation,
      [target],
    );
    let over = false;
    const end = () => {
      over = true;
    };
    backup.then(end, end);
    const copied = async () => (await readdir(join(target, RECORD_FILES)).catch(() => [])).length;
    while (!over && (await copied()) < 3) await setImmediate();
    const removed = jobs.filter((_, i) => i % 2 === 0);
    for (const job of removed) rmSync(join(files, job), { recursive: true });
    assert.equal(await backup, 0);
    for (const job of jobs.filter((each) => !removed.includes(each))) {
      assert.deepEqual(await readdir(join(target, RECORD_FILES, job)), ['a.tsv', 'b.tsv'], job);
    }
  });
});
