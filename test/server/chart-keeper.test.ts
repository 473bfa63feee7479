/** Charts of jobs over a restart: what was there goes on, and nothing older than the chart stays. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Feed } from '../../src/engine/feed.ts';
import type { AttemptSeen, RequestSeen } from '../../src/engine/observer.ts';
import { type Job, type JobCounters, NO_COUNTERS } from '../../src/model/job.ts';
import { ChartKeeper } from '../../src/server/chart-keeper.ts';
import { History, STEP_MS, STEPS } from '../../src/server/history.ts';
import { JobMarks } from '../../src/server/job-marks.ts';
import { JobWindow } from '../../src/server/job-window.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const SEEN: AttemptSeen = {
  ...{ jobId: 'a', tenant: 'acme', collector: 'c', seq: 0, attemptNo: 1, outcome: 'complete' },
  ...{ failure: '', why: undefined, startedMs: 0, endedMs: 5, activeMs: 200, queuedMs: 1 },
  accounts: [],
};
const ASKED: RequestSeen = {
  ...{ jobId: 'a', tenant: 'acme', seq: 0, method: 'GET', host: 'one', status: 429 },
  ...{ throttled: true, startedMs: 0, endedMs: 1, waitedMs: 0 },
};

/** What a server keeps of charts, from its start to its end. */
async function open(clock: VirtualClock, store: MemoryStore, version: string, node?: string) {
  const feed = new Feed(clock, 1, () => {});
  const engine = { feed, lanes: () => [], explain: () => [], running: () => 0 };
  const limits = { onChange: () => {}, find: () => undefined };
  const log = { warn: assert.fail };
  const marks = new JobMarks({ limits, store, clock, log, version, node });
  await marks.ready;
  const window = new JobWindow(clock);
  const history = new History({ engine, clock, marks });
  const keeper = await ChartKeeper.open({ history, window, marks, store, clock, log, node });
  const tell = (counters: Partial<JobCounters>, id = 'a') => {
    const job = { id, tenant: 'acme', counters: { ...NO_COUNTERS, ...counters } };
    feed.append({ type: 'job.state', jobId: id, state: 'running', job: job as unknown as Job });
  };
  const close = async () => {
    history.close();
    await keeper.close();
  };
  const completed = () => history.ofJob('a').map((step) => step.completed);
  return { marks, window, history, keeper, tell, completed, close };
}

async function pass(clock: VirtualClock, ms: number): Promise<void> {
  const untilMs = clock.monoMs() + ms;
  clock.after(ms, () => {});
  await clock.run(() => clock.monoMs() >= untilMs);
}

describe('charts of jobs', () => {
  it('go on over a restart, with the new version between before and after', async () => {
    const [clock, store] = [new VirtualClock(), new MemoryStore()];
    const first = await open(clock, store, '1.0');
    first.tell({});
    first.tell({ completed: 10 });
    for (let i = 0; i < 4; i += 1) first.window.attemptEnded(SEEN);
    first.marks.requestEnded(ASKED);
    await first.close();
    await pass(clock, 2 * STEP_MS);
    const second = await open(clock, store, '2.0');
    // It has gone on meanwhile, in no step that is known; then here.
    second.tell({ completed: 15 });
    second.tell({ completed: 18 });
    second.window.attemptEnded(SEEN);
    assert.deepEqual(second.completed().slice(-3), [10, 0, 3]);
    assert.deepEqual(
      second.history
        .ofTenant('acme')
        .map(({ completed }) => completed)
        .slice(-3),
      [10, 0, 3],
    );
    const { run } = second.window.latency('a');
    assert.deepEqual(
      run.slice(-3).map((step) => step?.count),
      [4, undefined, 1],
    );
    assert.ok(Math.abs((run.at(-3)?.p50 ?? 0) - 200) < 50);
    assert.deepEqual(
      second.marks.of('a', 0, true).map(({ text }) => text),
      [
        'The server was started, version 1.0',
        'host one asked for patience',
        'The server was started, version 2.0 instead of 1.0',
      ],
    );
    await second.close();
  });

  it('are written while the server runs, each node its own, and not kept for ever', async () => {
    const [clock, store] = [new VirtualClock(), new MemoryStore()];
    const killed = await open(clock, store, '1.0', 'one');
    killed.tell({});
    killed.tell({ completed: 10 });
    await pass(clock, 61_000);
    const documents = async () => (await store.documents({ kind: 'job-chart', limit: 10 })).length;
    assert.equal(await documents(), 2, 'of the job, and of all');
    killed.history.close();
    const other = await open(clock, store, '1.0', 'two');
    assert.ok(other.completed().every((count) => count === 0));
    await other.close();
    const again = await open(clock, store, '1.0', 'one');
    assert.equal(
      again.completed().reduce((all, count) => all + count, 0),
      10,
    );
    await pass(clock, STEP_MS * STEPS + 61_000);
    assert.ok((await documents()) <= 1, 'nothing of the job');
    assert.ok(again.completed().every((count) => count === 0));
    await again.close();
  });

  it('are written of new jobs at once, however many there were', async () => {
    const [clock, store] = [new VirtualClock(), new MemoryStore()];
    const { tell, close } = await open(clock, store, '1.0');
    for (let minute = 0; minute < 3; minute += 1) {
      for (let i = 0; i < 1_000; i += 1) {
        tell({}, `j${minute}-${i}`);
        tell({ completed: 1 }, `j${minute}-${i}`);
      }
      await pass(clock, 60_000);
    }
    tell({});
    tell({ completed: 1 });
    await pass(clock, 61_000);
    assert.ok(await store.document('job-chart', 'alone a'));
    await close();
  });

  it('go with the node that they are of, where that does not come back', async () => {
    const [clock, store] = [new VirtualClock(), new MemoryStore()];
    const gone = await open(clock, store, '1.0', 'one');
    gone.tell({});
    gone.tell({ completed: 10 });
    await gone.close();
    await pass(clock, STEP_MS * STEPS + 61_000);
    const other = await open(clock, store, '1.0', 'two');
    assert.deepEqual(await store.documents({ kind: 'job-chart', limit: 10 }), []);
    await other.close();
  });
});
