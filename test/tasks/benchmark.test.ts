import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { BENCHMARK_WORK, benchmarkMachine, limitOf } from '../../src/engine/tasks/benchmark.ts';
import { BenchmarkDesk } from '../../src/engine/tasks/benchmark-desk.ts';

function scratch(test: { after(call: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-benchmark-'));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

describe('a benchmark of the machine', () => {
  it('says what more workers run into, and that a figure cannot be', () => {
    const points = (...speeds: readonly number[]) =>
      speeds.map((speedUp, i) => ({ workers: 2 ** i, perSecond: speedUp * 100, speedUp }));
    assert.match(limitOf('compute', points(1, 1.9, 1.9), 2), /^more than 2 .*: there are 2 cores$/);
    assert.match(limitOf('compute', points(1, 1, 1), 4), /something else keeps the 4 cores busy/);
    assert.match(limitOf('compute', points(1, 6.4, 3.4), 2), /^more than can be: .*measure again$/);
    assert.equal(limitOf('wait', points(1, 2.1, 4.2), 2), 'nothing up to 4 at once');
  });

  it('measures each kind of work with more and more workers, and says what limits it', async (test) => {
    const directory = scratch(test);
    const seen: string[] = [];
    const results = await benchmarkMachine({
      work: BENCHMARK_WORK,
      eachMs: 60,
      directory,
      clock: systemClock,
      onPoint: (work, { workers }) => void seen.push(`${work} ${workers}`),
    });
    assert.deepEqual(
      results.map(({ work }) => work),
      ['compute', 'wait', 'write'],
    );
    for (const { points, limit } of results) {
      assert.equal(points[0]?.speedUp, 1);
      assert.ok(points.every(({ perSecond }) => perSecond > 0));
      assert.match(limit, /at once/);
    }
    const waits = results[1]?.points ?? [];
    const [one] = waits;
    // Far less than the 256 times of an idle machine: this one may be busy.
    const most = Math.max(...waits.map(({ speedUp }) => speedUp));
    assert.ok(most > 4, `waiting costs no core: ${most}`);
    // A timer may be early by a fraction of a millisecond.
    assert.ok((one?.perSecond ?? 99) <= 55, `a wait of 20 ms takes 20 ms: ${one?.perSecond}`);
    assert.ok(seen.includes('wait 64'));
    assert.deepEqual(readdirSync(directory), [], 'nothing is left behind');
  });

  it('runs once at a time, can be looked at, and ends with the server', async (test) => {
    const desk = new BenchmarkDesk(systemClock, scratch(test));
    assert.equal(desk.status.state, 'none');
    const works = await desk.tryOut();
    assert.deepEqual(
      works.map(({ work }) => work),
      [...BENCHMARK_WORK],
    );
    desk.start(['wait'], 100);
    assert.throws(() => desk.start(['wait'], 10), { code: 'benchmark.running' });
    while (desk.status.points.length === 0) await systemClock.sleep(5);
    assert.equal(desk.status.state, 'running');
    await desk.close();
    assert.equal(desk.status.state, 'failed');
  });
});
