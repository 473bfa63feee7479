/**
 * `kill -9` in the middle of writing, again and again on one directory: what was acknowledged is
 * there whole, nothing is there by half, the counters are what the rows say, and the lock is free.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pick, randomInt, seededRandom } from '../../src/base/random.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { RowResult } from '../../src/store/store.ts';

const WRITER = fileURLToPath(new URL('../fixtures/store-writer.ts', import.meta.url));
const KILLS = 12;
const random = seededRandom(7);

describe('a killed owner of the store', () => {
  let path: string;
  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
  });
  after(() => rm(path, { recursive: true, force: true }));

  /** Runs the writer until it has said `lines` lines and some milliseconds more; then kills it. */
  async function runAndKill(lines: number, moreMs: number) {
    const kind = pick(random, ['thread', 'process']);
    const child = spawn(process.execPath, [WRITER, path, kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let killing = false;
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (killing || said.split('\n').length <= lines) return;
      killing = true;
      setTimeout(() => child.kill('SIGKILL'), moreMs);
    });
    const [, signal] = await once(child, 'close');
    assert.equal(signal, 'SIGKILL', 'the writer was killed, it did not fail');
    return said.split('\n').slice(0, -1);
  }

  it(`loses and halves nothing over ${KILLS} kills`, async () => {
    let rows = 0;
    const done = new Set<number>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const lines = await runAndKill(randomInt(random, 1, 12), randomInt(random, 0, 6));
      for (const line of lines) {
        const [what, value = ''] = line.split(' ');
        if (what === 'rows') rows = Math.max(rows, Number(value));
        else for (const seq of value.split(',').filter(Boolean)) done.add(Number(seq));
      }
      await check(rows, done);
    }
    assert.ok(done.size > 1_000, `only ${done.size} acknowledged: nothing was tested`);
  });

  async function check(rows: number, done: ReadonlySet<number>): Promise<void> {
    const store = await openSqliteStore({ path, mode: 'owner' });
    try {
      const stored = await store.rowCount('j_1');
      assert.ok(stored >= rows && stored % 200 === 0, `${stored} rows stored, ${rows} said`);
      const results = await store.results('j_1', 0, stored);
      assert.equal(results.length, stored);
      for (const row of results) checkRow(row, done);
      const tasks = results.filter((row) => row.duplicateOf === undefined);
      const of = (state: string) => tasks.filter((row) => row.state === state).length;
      const counters = (await store.job('j_1'))?.counters;
      const discarded = of('discarded');
      assert.deepEqual(counters, {
        tasks: tasks.length,
        completed: of('completed'),
        discarded,
        cancelled: 0,
        waiting: of('waiting'),
        duplicates: stored - tasks.length,
        records: tasks.reduce((sum, row) => sum + row.records.length, 0),
        failedAttempts:
          of('waiting') +
          tasks.filter((row) => row.seq % 11 !== 10 && row.state === 'discarded').length,
      });
      const groups = await store.failureGroups('j_1');
      assert.equal(
        groups.reduce((sum, group) => sum + group.count, 0),
        discarded,
      );
    } finally {
      await store.close();
    }
  }

  function checkRow(row: RowResult, done: ReadonlySet<number>): void {
    const first = row.duplicateOf ?? row.seq;
    if (first % 11 === 10) {
      assert.deepEqual([row.state, row.records], ['discarded', []]);
      return;
    }
    const expected = first % 5 === 4 ? 'waiting' : first % 5 === 3 ? 'discarded' : 'completed';
    if (row.state === 'available') {
      assert.ok(!done.has(row.seq), `row ${row.seq} was acknowledged and is lost`);
      assert.deepEqual(row.records, [], `row ${row.seq} is there by half`);
    } else {
      assert.equal(row.state, expected);
      assert.deepEqual(row.records, [`${first}`, `"${'x'.repeat(200)}"`]);
    }
  }
});
