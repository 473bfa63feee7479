/** A lane that allows many at once has them, whatever its tasks take. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const ROWS = 1_000;
const MINUTE_MS = 60_000;

for (const [slots, takesMs] of [
  [10, 20],
  [20, 2_000],
  [100, 100],
  [100, 10_000],
  [500, 40_000],
] as const) {
  it(`keeps ${slots} slots busy with tasks of ${takesMs} ms`, async () => {
    const clock = new VirtualClock();
    let running = 0;
    let most = 0;
    const collector: Collector = {
      name: 'test',
      lanes: () => ['api:wide'],
      limits: () => ({ concurrency: slots, rate: 'none', breaker: false }),
      async collect(_input, { signal }) {
        running += 1;
        most = Math.max(most, running);
        await clock.sleep(takesMs, signal);
        running -= 1;
        return { records: [] };
      },
    };
    const limits = { ...LIMITS, nodeSlots: 1_000, jobSlots: 0 };
    const { engine } = setUp(collector, ROWS, { limits }, clock);
    const fromMs = clock.monoMs();
    await engine.submit(spec('j1', clock));
    const job = await finished(engine, clock, 'j1', 60 * MINUTE_MS);
    assert.equal(job.counters.completed, ROWS);
    assert.equal(most, slots);
    const wallMs = clock.monoMs() - fromMs;
    const idealMs = (ROWS / slots) * takesMs;
    assert.ok(wallMs <= idealMs * 1.01, `${wallMs} ms, at best ${idealMs}`);
    await engine.close();
  });
}
