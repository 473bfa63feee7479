/** What must be true of a simulated cluster at its end, and of what was told meanwhile. */
import assert from 'node:assert/strict';
import type { Feed } from '../../src/engine/feed.ts';
import { type Job, openTasks } from '../../src/model/job.ts';
import { isFinalJobState } from '../../src/model/lifecycle.ts';
import type { World } from './cluster-simulate.ts';

/** Follows what each node tells of the states of jobs. */
export class StateWatch {
  readonly broken: string[] = [];
  readonly #lastOf = new Map<string, ReadonlyMap<string, string>>();

  /**
   * An end is told once, until the job runs again. A cancel may be told as soon as it is seen, and
   * again by who asked for it when all tasks have ended.
   */
  follow(node: string, feed: Feed, watchAll: boolean): void {
    const last = new Map<string, string>();
    if (watchAll) this.#lastOf.set(node, last);
    feed.subscribe((event) => {
      if (event.type !== 'job.state') return;
      const { jobId, state } = event;
      if (isFinalJobState(state) && state !== 'cancelled' && last.get(jobId) === state) {
        this.broken.push(`${node} told twice that ${jobId} is ${state}`);
      }
      last.set(jobId, state);
    });
  }

  /** Who told that a job runs has told by now what became of it. */
  atEnd(node: string, jobs: readonly Job[]): void {
    const last = this.#lastOf.get(node);
    for (const { id, state } of jobs) {
      const told = last?.get(id);
      // A job that rests is not looked at: where the notice is lost, who watches hears later.
      if (told === undefined || told === state || told === 'paused') continue;
      this.broken.push(`${node} told last that ${id} is ${told}, not ${state}`);
    }
  }
}

/** Each row has its result once, with the records that an undisturbed run gives. */
export async function checkJobs(world: World): Promise<number> {
  let tasks = 0;
  for (const { id, rows } of world.jobs) {
    const where = `seed ${world.seed}, ${id}`;
    const job = (await world.cluster.store.job(id)) as Job;
    const results = await world.cluster.store.results(id, 0, 10_000);
    const counted = { completed: 0, discarded: 0, cancelled: 0, records: 0 };
    if (job.state === 'completed') assert.equal(results.length, rows.length, `${where}: rows`);
    for (const { seq, state, records } of results) {
      const row = rows[seq] as (typeof rows)[number];
      const wanted = Array.from({ length: row.pages * 2 }, (_, n) =>
        JSON.stringify(`${id}/${seq}/${n >> 1}/${n % 2}`),
      );
      const known = state === 'completed' ? wanted : wanted.slice(0, records.length);
      assert.deepEqual(records, known, `${where}: row ${seq} has each record once, in order`);
      assert.ok(state in counted, `${where}: row ${seq} is ${state}`);
      if (state === 'cancelled') assert.equal(job.state, 'cancelled', where);
      counted[state as 'completed'] += 1;
      counted.records += records.length;
    }
    const { completed, discarded, cancelled, records, waiting } = job.counters;
    const told = { completed, discarded, cancelled, records };
    assert.deepEqual(told, counted, `${where}: counters equal the sums`);
    assert.equal(openTasks(job.counters), 0, `${where}: open tasks`);
    assert.equal(waiting, 0, `${where}: waiting tasks`);
    tasks += results.length;
  }
  return tasks;
}

/** Nothing is held by anybody, here or in the store, and when all have left no timer is. */
export async function checkLeftovers(world: World): Promise<void> {
  const { cluster, nodes, clock, seed } = world;
  const where = `seed ${seed}`;
  for (const node of await cluster.nodes()) {
    const { name, shards, slices, leads } = node;
    const held = { name, shards, slices, leads };
    assert.deepEqual(held, { name, shards: 0, slices: 0, leads: 0 }, `${where}: held`);
  }
  assert.deepEqual(cluster.held(), { capSeats: 0, loans: 0, freeShards: 0 }, where);
  for (const { engine, machine } of nodes.up()) {
    for (const lane of engine?.lanes(1_000) ?? []) {
      assert.equal(lane.inUse, 0, `${where}: ${machine.name} uses ${lane.lane}`);
      assert.equal(lane.waiting, 0, `${where}: ${machine.name} waits for ${lane.lane}`);
    }
    assert.equal(engine?.membership?.held ?? 0, 0, `${where}: ${machine.name} has tasks`);
    assert.equal(engine?.jobsRunning, 0, `${where}: ${machine.name} has runs`);
  }
  const up = [...nodes.up()];
  let closed = 0;
  for (const { engine } of up) {
    void engine?.close().then(() => {
      closed += 1;
    });
  }
  const all = await clock.run(() => closed === up.length, clock.monoMs() + 60_000);
  assert.ok(all, `${where}: a node does not close`);
  assert.deepEqual(await cluster.nodes(), [], `${where}: nodes are left`);
  for (const { machine } of nodes.alive()) {
    assert.equal(machine.timers, 0, `${where}: ${machine.name} has timers left`);
  }
}
