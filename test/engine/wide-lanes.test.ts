/** Where many may run at once they do, whatever their tasks take: of one lane, or of none. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const HOUR_MS = 3_600_000;

async function work(slots: number, takesMs: number, laned: boolean, nodeSlots: number) {
  const clock = new VirtualClock();
  let running = 0;
  let most = 0;
  const collector: Collector = {
    name: 'test',
    lanes: () => (laned ? ['api:wide'] : []),
    limits: () => ({ concurrency: slots, rate: 'none', breaker: false }),
    async collect(_input, { signal }) {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(takesMs, signal);
      running -= 1;
      return { records: [] };
    },
  };
  const rows = 10 * slots;
  const limits = { ...LIMITS, nodeSlots, jobSlots: 0, lookAhead: 2 * nodeSlots };
  const { engine } = setUp(collector, rows, { limits }, clock);
  const fromMs = clock.monoMs();
  await engine.submit(spec('j1', clock));
  const job = await finished(engine, clock, 'j1', HOUR_MS);
  assert.equal(job.counters.completed, rows);
  assert.equal(most, slots);
  const wallMs = clock.monoMs() - fromMs;
  assert.ok(wallMs <= 10 * takesMs * 1.01, `${wallMs} ms, at best ${10 * takesMs}`);
  await engine.close();
}

for (const [slots, takesMs] of [
  [10, 20],
  [20, 2_000],
  [100, 100],
  [100, 10_000],
  [500, 40_000],
] as const) {
  it(`keeps ${slots} slots of a lane busy with tasks of ${takesMs} ms`, () =>
    work(slots, takesMs, true, 1_000));
}

it('keeps all slots of the process busy where no lane is passed', () =>
  work(3_000, 10_000, false, 3_000));

it('finds the slots of a lane that answers slowly', async () => {
  const clock = new VirtualClock();
  const takesMs = 20_000;
  const collector: Collector = {
    name: 'test',
    lanes: () => ['api:slow'],
    async collect(_input, { signal }) {
      await clock.sleep(takesMs, signal);
      return { records: [] };
    },
  };
  const limits = { ...LIMITS, nodeSlots: 1_000, jobSlots: 0 };
  const { engine } = setUp(collector, 1_000, { limits }, clock);
  await engine.submit(spec('j1', clock));
  await finished(engine, clock, 'j1', HOUR_MS);
  // Twice as many each time: 1, 2, 4, …
  assert.ok(clock.monoMs() <= 13 * takesMs, `${clock.monoMs() / takesMs} times what one takes`);
  await engine.close();
});
