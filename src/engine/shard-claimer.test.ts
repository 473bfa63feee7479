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
    fairPart: () => Number.POSITIVE_INFINITY,
    jobsHere: () => [],
    isFull: () => false,
    tenants: () => [],
    onIdle: () => {},
    onFailed: (error) => assert.fail(String(error)),
  });
  return { clock, claimer, times };
}

const apart = (times: readonly number[]) =>
  times.slice(1, 5).map((atMs, i) => Math.round(atMs - (times[i] as number)));

/** Claims are noted; what `has` says is there for them comes, and stays. */
function slowRig({
  seats = 4,
  part = Number.POSITIVE_INFINITY,
  idleSeats = (held: number) => Math.max(0, seats - held),
  has,
}: {
  seats?: number;
  part?: number;
  idleSeats?: (held: number) => number;
  has: (ask: ClaimAsk) => number;
}) {
  const clock = new VirtualClock();
  const asks: ClaimAsk[] = [];
  const full = new Set<string>();
  const claimer: ShardClaimer = new ShardClaimer({
    clock,
    seats,
    lookAhead: 5_000,
    jobs: () => undefined,
    claim: async (ask) => {
      asks.push(ask);
      const tasks = has(ask);
      return { shards: tasks === 0 ? [] : [shard(tasks)], slices: [] };
    },
    deliver: async (_, shards) => {
      for (const { tasks } of shards) claimer.onHeld(tasks.length);
      return true;
    },
    slicesHere: () => [],
    idleSeats: () => idleSeats(claimer.held),
    fairPart: () => part,
    jobsHere: () => ['j'],
    isFull: (jobId) => full.has(jobId),
    tenants: () => ['t'],
    onIdle: () => {},
    onFailed: (error) => assert.fail(String(error)),
  });
  return { clock, asks, full, claimer };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

it('claims more while half a task a seat still waits, and not before', async () => {
  const { asks, claimer } = slowRig({ has: ({ tasks }) => tasks });
  claimer.hint();
  await soon();
  assert.deepEqual(
    asks.map(({ tasks }) => tasks),
    [8],
  );
  claimer.onHeld(-2);
  await soon();
  assert.equal(asks.length, 1);
  claimer.onHeld(-1);
  await soon();
  assert.deepEqual(
    asks.map(({ tasks }) => tasks),
    [8, 3],
  );
  await claimer.stop();
});

it('claims at once when there is room, whatever a look for other tenants has brought', async () => {
  const { asks, claimer } = slowRig({ has: (ask) => (ask.notTenants.length > 0 ? 0 : ask.tasks) });
  claimer.hint();
  await soon();
  claimer.hint();
  await soon();
  assert.deepEqual(asks.at(-1)?.notTenants, ['t']);
  claimer.onHeld(-4);
  await soon();
  assert.deepEqual(asks.at(-1)?.notTenants, []);
  assert.equal(claimer.held, 8);
  await claimer.stop();
});

it('claims of a job that it passed over as full as soon as that is not full any more', async () => {
  const { asks, full, claimer } = slowRig({
    has: ({ notJobs, tasks }) => (notJobs.includes('j') ? 0 : tasks),
  });
  claimer.hint();
  await soon();
  full.add('j');
  claimer.onHeld(-6);
  await soon();
  assert.deepEqual(asks.at(-1)?.notJobs, ['j']);
  const before = asks.length;
  claimer.onHeld(-1);
  await soon();
  assert.equal(asks.length, before, 'nothing else is to be had');
  full.clear();
  claimer.onHeld(-1);
  await soon();
  assert.equal(claimer.held, 8);
  await claimer.stop();
});

/** Each shard has ten tasks of one lane with one slot; the node's part are fifteen. */
const ofOneLane = {
  part: 15,
  idleSeats: (held: number) => Math.max(0, 4 - Math.ceil(held / 10)),
  has: (ask: ClaimAsk) => (ask.notTenants.length > 0 ? 0 : 10),
};

it('fills idle seats beyond its part only with what others have left for a while', async () => {
  const { clock, claimer } = slowRig(ofOneLane);
  claimer.look();
  await soon();
  assert.equal(claimer.held, 20);
  await clock.run(() => clock.monoMs() >= 500);
  assert.equal(claimer.held, 30);
  await claimer.stop();
});

it('fills idle seats at once with what is new, and with what a node has left behind', async () => {
  for (const told of ['hint', 'freed'] as const) {
    const { claimer } = slowRig(ofOneLane);
    claimer.look();
    await soon();
    assert.equal(claimer.held, 20);
    claimer[told]();
    await soon();
    assert.equal(claimer.held, 40);
    await claimer.stop();
  }
});

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
