/** The intake over the memory store: every task handed out once, within bounds, in any order of events. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { Intake } from '../../src/engine/intake.ts';
import type { IntakeOptions } from '../../src/engine/task-intake.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import type { Task } from '../../src/model/task.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Commit } from '../../src/store/store.ts';
import { spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

async function lab(
  lanes: readonly (LaneKey | '')[],
  heldMax: number,
  input = '{}',
  stored = lanes.length,
) {
  const clock = new VirtualClock();
  const store = new MemoryStore();
  await store.createJob(spec('j', clock));
  const rows = lanes.map((lane) => ({ kind: 'task', input, lane }) as const);
  await store.addRows('j', 0, rows.slice(0, stored), clock.wallMs());
  const given: Task[] = [];
  const open = () => {
    const options: IntakeOptions = {
      waiting: 1,
      jobId: 'j',
      store,
      clock,
      heldMax: () => heldMax,
      slotsOf: () => 2,
      onTasks: (tasks) => {
        given.push(...tasks);
      },
      onFailed: (error) => {
        throw error;
      },
    };
    return new Intake(options, 10);
  };
  const commit = (task: Task, end: Commit['end']) =>
    store.commit([
      {
        jobId: 'j',
        seq: task.seq,
        attemptNo: task.attemptNo + 1,
        records: [],
        recordsFrom: 0,
        ...(end ? { end } : {}),
        nowMs: clock.wallMs(),
      },
    ]);
  return { clock, store, rows, given, open, commit };
}

const complete = { kind: 'completed', durationMs: 1 } as const;
const waitFor = (atMs: number) =>
  ({
    kind: 'waiting',
    atMs,
    failure: { class: 'transient', code: 'x', message: 'x' },
  }) as const;
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('intake', () => {
  it('holds fewer of large tasks, and hands them all out although few are read at once', async () => {
    const large = JSON.stringify('x'.repeat(100_000));
    for (const lane of ['', 'host:a'] as const) {
      const { store, given, open, commit } = await lab(new Array(60).fill(lane), 260, large);
      const { pending, pendingInLane } = store;
      store.pending = async (...args) => (await pending.apply(store, args)).slice(0, 3);
      store.pendingInLane = async (...args) => (await pendingInLane.apply(store, args)).slice(0, 3);
      const intake = open();
      intake.rowsKnown(60);
      for (let ended = 0; ended < 60; ended += 1) {
        while (given.length <= ended) await settle();
        assert.ok(given.length - ended <= 25, `${given.length - ended} in memory`);
        const task = given[ended] as Task;
        await commit(task, complete);
        intake.release(task);
      }
      assert.equal(new Set(given.map(({ seq }) => seq)).size, 60);
      assert.equal(intake.held, 0);
      await intake.stop();
    }
  });

  it('holds a bounded part of a long list', async () => {
    const { given, open, commit } = await lab(new Array(5_000).fill(''), 100);
    const intake = open();
    intake.rowsKnown(5_000);
    await settle();
    assert.equal(given.length, 100);
    for (let at = 0; at < given.length; at += 1) {
      const task = given[at] as Task;
      await commit(task, complete);
      intake.release(task);
      await settle();
      assert.ok(intake.held <= 100);
    }
    assert.deepEqual(
      given.map(({ seq }) => seq),
      Array.from({ length: 5_000 }, (_, i) => i),
    );
  });

  it('looks past a long slow lane', async () => {
    const slow = new Array<LaneKey>(2_000).fill('host:slow');
    const others = Array.from({ length: 50 }, (_, i): LaneKey => `host:h${i}`);
    const { given, open } = await lab([...slow, ...others], 200);
    open().rowsKnown(2_050);
    await settle();
    assert.equal(given.filter(({ lane }) => lane === 'host:slow').length, 8);
    assert.equal(given.length, 58);
  });

  it('gives a due task once, although the store shows it as pending until its next step', async () => {
    const { clock, store, given, open, commit } = await lab(
      new Array<LaneKey>(30).fill('host:a'),
      100,
    );
    const [task] = await store.pending('j', 20, 1);
    await commit(task as Task, waitFor(clock.wallMs()));
    const intake = open();
    intake.dueAt(clock.wallMs());
    intake.rowsKnown(30);
    await clock.run(() => false, 1_000);
    // Everything but the due task ends, so the lane is refilled past it.
    for (let at = 0; at < given.length; at += 1) {
      const next = given[at] as Task;
      if (next.seq === 20) continue;
      await commit(next, complete);
      intake.release(next);
      await clock.run(() => false, 1_000);
    }
    assert.deepEqual(
      given.map(({ seq }) => seq).sort((a, b) => a - b),
      Array.from({ length: 30 }, (_, i) => i),
    );
  });

  it('hands on fresh rows without reading them back, while they are taken quickly', async () => {
    const { clock, store, rows, given, open, commit } = await lab(
      new Array(9_000).fill(''),
      2_000,
      '{}',
      0,
    );
    let reads = 0;
    const { pending } = store;
    store.pending = async (...args) => {
      reads += 1;
      return pending.apply(store, args);
    };
    const intake = open();
    let planned = 0;
    const plan = async () => {
      for (let seq = 0; seq < 9_000; seq += 500) {
        await store.addRows('j', seq, rows.slice(seq, seq + 500), clock.wallMs());
        const startedMs = clock.monoMs();
        await intake.planned(seq, rows.slice(seq, seq + 500));
        assert.ok(clock.monoMs() - startedMs <= 100, 'the planner waits no longer');
        planned = seq + 500;
      }
    };
    const plans = plan();
    for (let at = 0; at < 3_000; at += 1) {
      while (given.length <= at) await settle();
      assert.ok(planned - given.length <= 1_500, 'the planner is not far ahead');
      await commit(given[at] as Task, complete);
      intake.release(given[at] as Task);
    }
    assert.equal(reads, 0);
    // Nothing ends any more: the plan goes on all the same, and what it left behind is read.
    await clock.run(() => planned === 9_000, 2_000);
    await plans;
    for (let at = 3_000; at < 9_000; at += 1) {
      while (given.length <= at) await settle();
      await commit(given[at] as Task, complete);
      intake.release(given[at] as Task);
    }
    assert.ok(reads > 0);
    assert.deepEqual(
      given.map(({ seq }) => seq),
      Array.from({ length: 9_000 }, (_, i) => i),
    );
  });

  it('gives every task once, whatever happens in between', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = seededRandom(seed);
      const count = 1 + Math.floor(random.next() * 200);
      const stored = Math.floor(random.next() * count);
      const lanes = Array.from({ length: count }, (): LaneKey | '' =>
        random.next() < 0.2 ? '' : `host:${Math.floor(random.next() * random.next() * 12)}`,
      );
      const { clock, store, rows, given, open, commit } = await lab(lanes, 40, '{}', stored);
      let intake = open();
      intake.rowsKnown(stored);
      const plan = async () => {
        for (let seq = stored; seq < count; ) {
          const chunk = rows.slice(seq, seq + 1 + Math.floor(random.next() * 40));
          await store.addRows('j', seq, chunk, clock.wallMs());
          if (random.next() < 0.2) intake.rowsKnown(seq + chunk.length);
          else await intake.planned(seq, chunk);
          seq += chunk.length;
        }
      };
      const plans = plan();
      const active: Task[] = [];
      let taken = 0;
      for (let steps = 0; steps < 20 * count; steps += 1) {
        await clock.run(() => false, clock.monoMs() + 200);
        active.push(...given.slice(taken));
        taken = given.length;
        const seqs = active.map(({ seq }) => seq);
        assert.equal(new Set(seqs).size, seqs.length, `seed ${seed}: a task is held twice`);
        const [task] = active.splice(Math.floor(random.next() * active.length), 1);
        if (!task) {
          const job = await store.job('j');
          if (job?.counters.completed === count) break;
          clock.after(500, () => {});
          continue;
        }
        if (random.next() < 0.02) {
          await intake.stop();
          active.length = 0;
          intake = open();
          intake.rowsKnown(count);
          continue;
        }
        const atMs = clock.wallMs() + Math.floor(random.next() * 300);
        const again = random.next() < 0.3;
        await commit(task, again ? waitFor(atMs) : complete);
        if (again) intake.dueAt(atMs);
        intake.release(task);
      }
      await plans;
      const job = await store.job('j');
      assert.equal(job?.counters.completed, count, `seed ${seed}: tasks are left`);
    }
  });
});
