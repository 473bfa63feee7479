import assert from 'node:assert/strict';
import { it } from 'node:test';
import { VirtualClock } from '../../test/fakes/virtual-clock.ts';
import type { ClaimAsk, ClaimedShard } from '../store/cluster-store.ts';
import { ShardClaimer } from './shard-claimer.ts';

const shard = (tasks: number) => ({ jobId: 'j', tasks: Array(tasks).fill({}) }) as never;

/** Each claim brings so many tasks, or as many as were wanted; all of them end at once. */
function rig(tasks: number | 'all') {
  const clock = new VirtualClock();
  const times: number[] = [];
  const claimer = new ShardClaimer({
    clock,
    seats: 500,
    lookAhead: 5_000,
    jobs: () => undefined,
    claim: async (ask: ClaimAsk) => {
      times.push(clock.monoMs());
      return {
        shards: times.length > 5 ? [] : [shard(tasks === 'all' ? ask.tasks : tasks)],
        slices: [],
      };
    },
    deliver: async (_, shards: readonly ClaimedShard[]) => {
      for (const { tasks: of } of shards) {
        claimer.onHeld(of.length);
        claimer.onHeld(-of.length);
      }
      return true;
    },
    slicesHere: () => [],
    idleSeats: () => 500,
    fullJobs: () => [],
    tenants: () => [],
    onIdle: () => {},
    onFailed: (error) => assert.fail(String(error)),
  });
  return { clock, claimer, times };
}

const apart = (times: readonly number[]) =>
  times.slice(1, 5).map((atMs, i) => Math.round(atMs - (times[i] as number)));

it('claims a flood at intervals', async () => {
  const { clock, claimer, times } = rig(400);
  claimer.hint();
  await clock.run(() => times.length > 5);
  assert.deepEqual(apart(times), [20, 20, 20, 20]);
  await claimer.stop();
});

it('claims few tasks, and all that were wanted, one after the other', async () => {
  for (const tasks of [1, 99, 'all'] as const) {
    const { clock, claimer, times } = rig(tasks);
    claimer.hint();
    await clock.run(() => times.length > 5);
    assert.deepEqual(apart(times), [0, 0, 0, 0]);
    await claimer.stop();
  }
});
