/** Schedules on top of the engine: its jobs, its feed, its cancelling. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { CATCH_UP_MS, Schedules } from '../../src/engine/schedules.ts';
import type { OverlapPolicy } from '../../src/model/schedule.ts';
import { LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { draft, TENANT } from '../fakes/schedule-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const MINUTE = 60_000;

/** Ten rows of a quarter of an hour, two at a time: a job of 75 minutes, each hour. */
async function fourHours(overlap: OverlapPolicy): Promise<readonly (string | undefined)[][]> {
  const clock = new VirtualClock();
  const collector: Collector = {
    name: 'test',
    async collect(_input, ctx) {
      await clock.sleep(15 * MINUTE, ctx.signal);
      return { records: [] };
    },
  };
  const { engine, store } = setUp(
    collector,
    10,
    {
      limits: { ...LIMITS, nodeSlots: 2, jobSlots: 2, attemptTimeoutMs: 60 * MINUTE },
    },
    clock,
  );
  let jobs = 0;
  const schedules = new Schedules({
    store,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    submit: async (order, tenant, idempotencyKey) => {
      jobs += 1;
      const wanted = { ...spec(`j${jobs}`, clock, order.collector), tenant, idempotencyKey };
      return (await engine.submit(wanted)).job;
    },
    cancel: (jobId) => engine.cancel(jobId),
    feed: engine.feed,
    catchUpMs: CATCH_UP_MS,
  });
  await schedules.open();
  const { schedule } = await schedules.create(TENANT, draft({ overlap }));
  await clock.run(() => false, 4 * 60 * MINUTE + MINUTE);
  const history = await schedules.history(TENANT, schedule.id);
  await schedules.close();
  await engine.close();
  return history.toReversed().map(({ outcome, jobId, jobState }) => [outcome, jobId, jobState]);
}

describe('schedules on the engine', () => {
  const cases: readonly [OverlapPolicy, readonly (readonly (string | undefined)[])[]][] = [
    [
      'skip',
      [
        ['started', 'j1', 'completed'],
        ['skipped', undefined, undefined],
        ['started', 'j2', 'running'],
        ['skipped', undefined, undefined],
      ],
    ],
    [
      'queue',
      [
        ['started', 'j1', 'completed'],
        ['started', 'j2', 'completed'],
        ['started', 'j3', 'running'],
        ['queued', undefined, undefined],
      ],
    ],
    [
      'replace',
      [
        ['started', 'j1', 'cancelled'],
        ['started', 'j2', 'cancelled'],
        ['started', 'j3', 'cancelled'],
        ['started', 'j4', 'running'],
      ],
    ],
  ];
  for (const [overlap, expected] of cases) {
    it(`start jobs of 75 minutes every hour: ${overlap}`, async () => {
      assert.deepEqual(await fourHours(overlap), expected);
    });
  }
});
