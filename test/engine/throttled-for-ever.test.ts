/** A host that says "later" for ever: its rows wait for hours, not for ever. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { hostLane } from '../../src/model/lane.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const HOUR_MS = 3_600_000;
const MAX_MS = HOUR_MS;
const LATER = { status: 429, headers: { 'retry-after': '60' }, delayMs: 50 };

/** Rows that each fetch some pages of one host, whose answers `served` decides by time and path. */
function lab(rows: number, pages: number, served: (nowMs: number, path: string) => boolean) {
  const clock = new VirtualClock();
  const fetcher = new ScriptedFetcher(clock, ({ url }) =>
    served(clock.monoMs(), url.pathname) ? { delayMs: 50 } : LATER,
  );
  const collector: Collector = {
    name: 'test',
    lanes: () => [hostLane('a.test')],
    async *collect(_input, ctx) {
      for (let n = (ctx.cursor as number | undefined) ?? 0; n < pages; n += 1) {
        await ctx.fetch(`http://a.test/${ctx.seq}/${n}`);
        yield { records: [n], cursor: n + 1 };
      }
    },
  };
  const limits = { ...LIMITS, throttledMaxMs: MAX_MS };
  const { engine, store } = setUp(collector, rows, { fetcher, limits }, clock);
  const endsMs: number[] = [];
  engine.feed.subscribe((event) => {
    if (event.type === 'task.failed' && event.final) endsMs.push(clock.monoMs());
  });
  const run = async () => {
    await engine.submit(spec('j1', clock));
    return finished(engine, clock, 'j1', 30 * 24 * HOUR_MS);
  };
  return { clock, engine, store, endsMs, run };
}

describe('a host that answers 429 for ever', () => {
  it('has its rows set aside after the time for it, and none before', async () => {
    const { run, endsMs, store, engine } = lab(5, 1, () => false);
    const job = await run();
    assert.equal(job.counters.discarded, 5);
    const [group] = await store.failureGroups('j1');
    assert.deepEqual([group?.count, group?.sample.code], [5, 'attempt.throttled']);
    assert.ok(Math.min(...endsMs) >= MAX_MS, `after ${Math.min(...endsMs) / HOUR_MS} h`);
    assert.ok(Math.max(...endsMs) < 2 * MAX_MS, `after ${Math.max(...endsMs) / HOUR_MS} h`);
    await engine.close();
  });

  it('is waited for as long as it may still answer', async () => {
    const { run, engine } = lab(5, 1, (nowMs) => nowMs > 0.6 * HOUR_MS);
    const job = await run();
    assert.equal(job.counters.completed, 5);
    await engine.close();
  });

  it('is waited for anew after each page', async () => {
    const { run, engine, clock } = lab(1, 4, (nowMs, path) => {
      return nowMs > (Number(path.split('/')[2]) + 1) * 0.6 * HOUR_MS;
    });
    const job = await run();
    assert.equal(job.counters.completed, 1);
    assert.ok(clock.monoMs() > 2 * MAX_MS);
    await engine.close();
  });

  it('is not held against rows while their job was paused', async () => {
    const { run, engine, clock, store } = lab(1, 1, (nowMs) => nowMs > 5 * HOUR_MS);
    const running = run();
    await clock.run(() => false, 0.4 * HOUR_MS);
    await engine.pause('j1');
    await running;
    clock.after(4 * HOUR_MS, () => {});
    await clock.run(() => clock.monoMs() > 4.4 * HOUR_MS);
    await engine.resume('j1');
    const job = await finished(engine, clock, 'j1');
    assert.equal(job.counters.completed, 1, JSON.stringify(await store.failureGroups('j1')));
    await engine.close();
  });

  it('is held against rows over pauses, by the time that their job ran', async () => {
    const { run, engine, clock, endsMs } = lab(1, 1, () => false);
    const running = run();
    await clock.run(() => false, 0.5 * HOUR_MS);
    await engine.pause('j1');
    await running;
    await engine.resume('j1');
    await finished(engine, clock, 'j1');
    assert.ok((endsMs[0] ?? 0) >= MAX_MS);
    assert.ok((endsMs[0] ?? 0) < MAX_MS + 0.4 * HOUR_MS, `after ${(endsMs[0] ?? 0) / HOUR_MS} h`);
    await engine.close();
  });
});
