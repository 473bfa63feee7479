/** The last minutes, as charts are told of them: bounded, by tenant, and of nobody else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Feed } from '../../src/engine/feed.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { type Job, type JobCounters, NO_COUNTERS } from '../../src/model/job.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import { History, LANE_STEPS, STEP_MS, STEPS } from '../../src/server/history.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

function jobOf(id: string, tenant: string): Job {
  return { id, tenant, counters: NO_COUNTERS } as unknown as Job;
}

function openHistory() {
  const clock = new VirtualClock();
  const feed = new Feed(clock, 1, () => {});
  const lane = (name: string) => ({
    lane: `host:${name}` as LaneKey,
    ...{ inUse: 2, waiting: 5, slots: 4, perSecond: undefined, blocked: undefined },
    ...{ wakeAtMs: undefined, memory: undefined },
  });
  const waits: Record<string, readonly string[]> = { a: ['one.example'], b: ['two.example'] };
  const engine = {
    feed,
    running: () => 1,
    lanes: () => [lane('one.example'), lane('two.example')],
    explain: (id: string) =>
      (waits[id] ?? []).map((name) => ({ ...lane(name), reason: 'concurrency' as const })),
  };
  const history = new History({ engine, clock });
  const tell = (event: EngineEvent) => feed.append(event);
  const begin = (id: string, tenant: string) =>
    tell({ type: 'job.state', jobId: id, state: 'running', job: jobOf(id, tenant) });
  const move = (jobId: string, counters: Partial<JobCounters>) =>
    tell({
      type: 'job.progress',
      jobId,
      counters: { ...NO_COUNTERS, ...counters },
      running: 1,
    });
  return { clock, history, begin, move };
}

/** Time goes by; something is looked at every step. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  const untilMs = clock.monoMs() + ms;
  await clock.run(() => clock.monoMs() >= untilMs);
}

describe('history', () => {
  it('counts what ended in each step, of each job, tenant and all', async () => {
    const { clock, history, begin, move } = openHistory();
    begin('a', 'acme');
    begin('b', 'other');
    move('a', { completed: 10, records: 20 });
    move('b', { completed: 1 });
    await pass(clock, STEP_MS);
    move('a', { completed: 15, records: 30, discarded: 2 });
    const last = (steps: ReturnType<History['ofJob']>) => steps.slice(-2);
    assert.deepEqual(
      last(history.ofJob('a')).map(({ completed, discarded, records }) => [
        completed,
        discarded,
        records,
      ]),
      [
        [10, 0, 20],
        [5, 2, 10],
      ],
    );
    assert.deepEqual(
      last(history.ofTenant('acme')).map(({ completed }) => completed),
      [10, 5],
    );
    assert.deepEqual(
      last(history.ofTenant(undefined)).map(({ completed }) => completed),
      [11, 5],
    );
    assert.equal(history.ofTenant('nobody').length, STEPS);
    history.close();
  });

  it('forgets what is older than its steps, and does not count rows that are tried again', async () => {
    const { clock, history, begin, move } = openHistory();
    begin('a', 'acme');
    move('a', { completed: 10, discarded: 4 });
    move('a', { completed: 10, discarded: 0 });
    assert.equal(history.ofJob('a').at(-1)?.discarded, 4);
    await pass(clock, STEP_MS * STEPS);
    assert.ok(history.ofJob('a').every(({ completed }) => completed === 0));
    move('a', { completed: 11 });
    assert.equal(history.ofJob('a').at(-1)?.completed, 1);
    history.close();
  });

  it('looks at the lanes a bounded number of times, and knows who waited where', async () => {
    const { clock, history, begin } = openHistory();
    begin('a', 'acme');
    begin('b', 'other');
    for (let i = 0; i < LANE_STEPS + 10; i += 1) await pass(clock, STEP_MS);
    const looks = history.lanes();
    assert.equal(looks.length, LANE_STEPS);
    assert.deepEqual(
      [...(looks[0]?.tenants.get('acme')?.waiting.keys() ?? [])],
      ['host:one.example'],
    );
    assert.deepEqual(
      [...(looks[0]?.tenants.get('other')?.waiting.keys() ?? [])],
      ['host:two.example'],
    );
    history.close();
  });
});
