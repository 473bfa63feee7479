/** What is kept of attempts that did not get through, and that nothing is kept of the others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { defaultLaneLimits } from '../../src/engine/lane-book.ts';
import { FailureError } from '../../src/model/failure.ts';
import { hostLane } from '../../src/model/lane.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

function fails(times: number, failure: ConstructorParameters<typeof FailureError>[0]): Collector {
  let calls = 0;
  return {
    name: 'test',
    async collect(_input, ctx) {
      await ctx.sleep(20);
      calls += 1;
      if (calls <= times) throw new FailureError(failure);
      return { records: [ctx.seq] };
    },
  };
}

const DOWN = { class: 'transient', code: 'http.503', message: 'Down.', status: 503 } as const;

describe('the attempts of a task', () => {
  it('are kept where some failed, the one that got through with them', async () => {
    const clock = new VirtualClock();
    const { engine, store } = setUp(fails(2, DOWN), 1, { nodeName: 'first' }, clock);
    const startMs = clock.wallMs();
    await engine.submit(spec('j1', clock));
    assert.equal((await finished(engine, clock, 'j1')).counters.completed, 1);
    const kept = await store.attempts('j1', 0);
    assert.deepEqual(
      kept.map(({ no, end, node, failure }) => [no, end, node, failure?.code]),
      [
        [1, 'retry', 'first', 'http.503'],
        [2, 'retry', 'first', 'http.503'],
        [3, 'completed', 'first', undefined],
      ],
    );
    const [first, second, last] = kept;
    assert.deepEqual(first?.failure, DOWN);
    assert.equal(first?.startedMs, startMs);
    assert.equal(first?.tookMs, 20);
    assert.equal(first?.waitedMs, 20, 'it slept without a place');
    assert.ok((second?.startedMs ?? 0) >= (first?.againMs ?? Number.POSITIVE_INFINITY));
    assert.equal(last?.againMs, undefined);
    await engine.close();
  });

  it('are not kept of a task that got through at once', async () => {
    const clock = new VirtualClock();
    const { engine, store } = setUp(fails(0, DOWN), 3, {}, clock);
    const told: unknown[] = [];
    const { commit } = store;
    store.commit = (batch) => {
      told.push(...batch.flatMap(({ attempt }) => attempt ?? []));
      return commit.call(store, batch);
    };
    await engine.submit(spec('j1', clock));
    assert.equal((await finished(engine, clock, 'j1')).counters.completed, 3);
    assert.deepEqual(told, []);
    assert.deepEqual(await store.attempts('j1', 0), []);
    await engine.close();
  });

  it('say what was given up, and for what it waited', async () => {
    const clock = new VirtualClock();
    const fetcher = new ScriptedFetcher(clock, () => ({ status: 404, delayMs: 1_000 }));
    const collector: Collector = {
      name: 'test',
      async collect(_input, ctx) {
        await ctx.fetch('http://a.test/');
      },
    };
    const limits = { ...LIMITS, lane: defaultLaneLimits({ concurrency: 1, rate: 'none' }) };
    const { engine, store } = setUp(collector, 3, { fetcher, limits }, clock);
    await engine.submit(spec('j1', clock));
    assert.equal((await finished(engine, clock, 'j1')).counters.discarded, 3);
    const each = await Promise.all([0, 1, 2].map((seq) => store.attempts('j1', seq)));
    assert.deepEqual(
      each.map((kept) => kept.map(({ end, failure, tookMs }) => [end, failure?.status, tookMs])),
      [[['discarded', 404, 1_000]], [['discarded', 404, 2_000]], [['discarded', 404, 3_000]]],
    );
    assert.deepEqual(
      each.map(([kept]) => kept?.waits),
      [
        undefined,
        [{ lane: hostLane('a.test'), ms: 1_000 }],
        [{ lane: hostLane('a.test'), ms: 2_000 }],
      ],
    );
    await engine.close();
  });
});
