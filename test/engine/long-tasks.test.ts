/** Tasks of many pages: what is behind them is not held against them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CollectContext, Collector } from '../../src/collectors/collector.ts';
import type { Page } from '../../src/model/task.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const reset = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });

/** Works through pages of numbers, from the cursor on or not, as `page` decides. */
function collector(
  pages: number,
  page: (n: number, ctx: CollectContext) => Promise<void>,
  from: (ctx: CollectContext) => number = (ctx) => (ctx.cursor as number | undefined) ?? 0,
): Collector {
  return {
    name: 'test',
    async *collect(_input, ctx): AsyncGenerator<Page> {
      for (let n = from(ctx); n < pages; n += 1) {
        await page(n, ctx);
        yield { records: [n], cursor: n + 1 };
      }
    },
  };
}

async function end(own: Collector, clock = new VirtualClock(), retries = 2) {
  const { engine, store } = setUp(own, 1, {}, clock);
  await engine.submit({ ...spec('j1', clock), retries });
  const job = await finished(engine, clock, 'j1');
  await engine.close();
  return { job, store };
}

describe('a task of many pages', () => {
  it('has its retries for each page', async () => {
    const failures = new Map<number, number>();
    const attempts: number[] = [];
    const { job } = await end(
      collector(10, async (n, ctx) => {
        if (!attempts.includes(ctx.attemptNo)) attempts.push(ctx.attemptNo);
        const count = failures.get(n) ?? 0;
        failures.set(n, count + 1);
        if (count < 2) throw reset();
      }),
    );
    assert.equal(job.counters.completed, 1);
    assert.equal(job.counters.records, 10);
    assert.equal(job.counters.failedAttempts, 20);
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  it('is given up at a page that fails each time, after the same number of attempts', async () => {
    let tries = 0;
    const { job, store } = await end(
      collector(10, async (n) => {
        if (n === 6) tries += 1;
        if (n === 6) throw reset();
      }),
    );
    assert.equal(job.counters.discarded, 1);
    assert.equal(tries, 3);
    assert.equal((await store.results('j1', 0, 1))[0]?.attemptNo, 3);
  });

  it('is given up also where it ignores its cursor and comes to the same page again', async () => {
    let tries = 0;
    const fails = async (n: number) => {
      if (n === 6) tries += 1;
      if (n === 6) throw reset();
    };
    const { job } = await end(collector(10, fails, () => 0));
    assert.equal(job.counters.discarded, 1);
    // The first of them went on from nothing.
    assert.equal(tries, 3);
  });

  it('has the time of an attempt for each page', async () => {
    const clock = new VirtualClock();
    const slow = collector(10, (_n, ctx) => clock.sleep(40_000, ctx.signal));
    const { job } = await end(slow, clock, 0);
    assert.deepEqual([job.counters.completed, job.counters.records], [1, 10]);
    const tooSlow = collector(10, (n, ctx) => clock.sleep(n === 5 ? 90_000 : 40_000, ctx.signal));
    const late = await end(tooSlow, clock, 0);
    assert.deepEqual([late.job.counters.discarded, late.job.counters.records], [1, 5]);
    assert.equal((await late.store.failureGroups('j1'))[0]?.sample.code, 'attempt.timeout');
  });
});
