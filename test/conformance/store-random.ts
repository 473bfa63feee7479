/**
 * Random sequences of operations on a store and on the model, compared after every step; counters
 * are checked against the states that they count.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Job } from '../../src/model/job.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type {
  Commit,
  CommitEnd,
  KeepChange,
  PlannedRow,
  Store,
  TaskPage,
  TaskQuery,
} from '../../src/store/store.ts';
import { failure, NOW, type StoreHome, spec } from './store-fixtures.ts';
import { readLog } from './store-log.ts';

type Operation =
  | { readonly kind: 'add'; readonly job: number; readonly skew: number; rows: PlannedRow[] }
  | { readonly kind: 'commit'; readonly batch: readonly RandomCommit[] }
  | { readonly kind: 'due'; readonly job: number; readonly limit: number }
  | { readonly kind: 'cancel'; readonly job: number }
  | { readonly kind: 'retry'; readonly job: number; readonly group: number }
  | { readonly kind: 'finish' | 'delete'; readonly job: number }
  | { readonly kind: 'reopen' };

interface RandomCommit extends Omit<Commit, 'jobId' | 'recordsFrom' | 'nowMs' | 'records'> {
  readonly job: number;
  /** Records before `recordsFrom` that are written once more. */
  readonly overlap: number;
  readonly recordCount: number;
}

const JOBS = ['j_a', 'j_b'];
const job = fc.constantFrom(0, 0, 0, 1);
const why = fc
  .constantFrom('reset by peer', 'no answer in 5 s', 'no answer in 7 s', 'status 500')
  .map((message) => failure(message));

const row: fc.Arbitrary<PlannedRow> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        lane: fc.constantFrom('' as const, 'host:a' as const, 'host:b' as const),
        key: fc.option(fc.constantFrom('k1', 'k2', 'k3', 'k4'), { nil: undefined }),
        n: fc.nat(9),
      })
      .map(({ lane, key, n }) => ({
        kind: 'task' as const,
        input: JSON.stringify({ n }),
        lane,
        ...(key === undefined ? {} : { key }),
      })),
  },
  { weight: 1, arbitrary: why.map((failed) => ({ kind: 'refused' as const, failure: failed })) },
);

const end: fc.Arbitrary<CommitEnd | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({
    kind: fc.constant('completed' as const),
    durationMs: fc.nat(50),
    cache: fc.constantFrom('c1', 'c2').map((key) => ({ key, untilMs: NOW + 40 })),
  }),
  fc.record({ kind: fc.constant('discarded' as const), durationMs: fc.nat(50), failure: why }),
  fc.record({ kind: fc.constantFrom('discarded' as const, 'cancelled'), durationMs: fc.nat(9) }),
  fc.record({
    kind: fc.constant('waiting' as const),
    atMs: fc.nat(60).map((ms) => NOW + ms),
    failure: why,
  }),
  fc.record({
    kind: fc.constant('waiting' as const),
    atMs: fc.nat(60).map((ms) => NOW + ms),
    failure: why,
    throttledMs: fc.nat(9),
  }),
);

const keep: fc.Arbitrary<KeepChange> = fc
  .record({
    collection: fc.constantFrom('a', 'a', 'b'),
    key: fc.constantFrom('1', '2', '3', '4', '5'),
    op: fc.constantFrom('first' as const, 'first' as const, 'put' as const, 'remove' as const),
    json: fc.constantFrom('1', '2'),
    record: fc.option(fc.nat(2), { nil: undefined }),
  })
  .map(({ op, json, record, ...name }) => ({
    ...name,
    ...(record === undefined ? {} : { record }),
    ...(op === 'remove' ? { op } : { op, json }),
  }));

const commit: fc.Arbitrary<RandomCommit> = fc
  .record({
    job,
    seq: fc.nat(24),
    attemptNo: fc.integer({ min: 1, max: 4 }),
    recordCount: fc.nat(3),
    overlap: fc.constantFrom(0, 0, 0, 1, 2),
    cursor: fc.option(fc.nat(9).map(String), { nil: undefined }),
    end,
    keeps: fc.option(fc.array(keep, { maxLength: 5 }), { nil: undefined }),
    attempt: fc.option(
      fc.nat(9).map((n) => `{"tookMs":${n}}`),
      { nil: undefined },
    ),
  })
  .map(({ cursor, end: ending, keeps, attempt, ...rest }) => ({
    ...rest,
    ...(cursor === undefined ? {} : { cursor }),
    ...(ending === undefined ? {} : { end: ending }),
    ...(keeps === undefined ? {} : { keeps }),
    ...(attempt === undefined ? {} : { attempt }),
  }));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      job,
      skew: fc.constantFrom(0, 0, 0, 0, -1, 1),
      rows: fc.array(row, { maxLength: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      batch: fc.array(commit, { maxLength: 8 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('due' as const), job, limit: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), job }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('retry' as const), job, group: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('finish' as const, 'delete' as const), job }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

/** Does one operation; returns what it answered, for comparison. */
async function apply(store: Store, op: Operation, nowMs: number): Promise<unknown> {
  if (op.kind === 'reopen') return undefined;
  if (op.kind === 'commit') return store.commit(await concrete(store, op.batch, nowMs));
  const id = JOBS[op.job] as string;
  switch (op.kind) {
    case 'add':
      return store.addRows(id, (await store.rowCount(id)) + op.skew, op.rows, nowMs);
    case 'due':
      return store.takeDue(id, nowMs, op.limit);
    case 'cancel':
      return store.cancelOpen(id, nowMs);
    case 'retry': {
      const groups = await store.failureGroups(id);
      return store.retryDiscarded(id, nowMs, groups[op.group]?.fingerprint);
    }
    case 'finish':
      return store.finishPlan(id, nowMs);
    case 'delete':
      await store.deleteJob(id);
      return store.createJob(spec(id, { createdMs: nowMs }));
  }
}

/** Numbers records as an attempt would: on from what is stored, now and then a little before. */
async function concrete(store: Store, batch: readonly RandomCommit[], nowMs: number) {
  const commits: Commit[] = [];
  for (const { job: at, overlap, recordCount, ...rest } of batch) {
    const jobId = JOBS[at] as string;
    const [found] = await store.pending(jobId, rest.seq, 1);
    const stored = found?.seq === rest.seq ? found.recordCount : 0;
    const recordsFrom = Math.max(0, stored - overlap);
    const records = Array.from({ length: recordCount }, (_, i) => `"${nowMs}.${i}"`);
    commits.push({ ...rest, jobId, recordsFrom, records, nowMs });
  }
  return commits;
}

/** One query a step, all of them in turn: each call to a thread takes its time. */
async function taskPages(store: Store, id: string, nowMs: number) {
  const group = (await store.failureGroups(id))[0]?.fingerprint;
  const queries: Omit<TaskQuery, 'after'>[] = [
    { limit: 4 },
    { limit: 3, states: ['available'] },
    { limit: 2, states: ['waiting'] },
    { limit: 3, states: ['completed'] },
    { limit: 3, states: ['discarded'] },
    { limit: 3, states: ['cancelled'] },
    { limit: 2, states: ['discarded', 'available', 'completed'] },
    { limit: 2, ...(group === undefined ? {} : { fingerprint: group }) },
  ];
  const query = queries[nowMs % queries.length] as (typeof queries)[number];
  const pages = [];
  for (let after: number | undefined = -1; after !== undefined; ) {
    const page: TaskPage = await store.tasks(id, { ...query, after });
    pages.push(page);
    after = page.next;
  }
  return pages;
}

async function everything(store: Store, nowMs: number) {
  const jobs = await store.jobs({ limit: 9 });
  // Newest first.
  const alone = await Promise.all(JOBS.toReversed().map((id) => store.job(id)));
  assert.deepEqual(
    alone.filter((found) => found !== undefined),
    jobs,
  );
  // All at once: a thread answers many calls quicker than one after the other.
  const perJob = await Promise.all(
    jobs.map(async ({ id }) => {
      const [
        rowCount,
        results,
        records,
        logged,
        pending,
        inLane,
        nextDueMs,
        groups,
        tasks,
        ...firstOpen
      ] = await Promise.all([
        store.rowCount(id),
        store.results(id, 0, 999),
        store.records(id, undefined, 999),
        readLog(store, id, undefined, 7),
        store.pending(id, 0, 999),
        store.pendingInLane(id, 'host:a', 2, 5),
        store.nextDueMs(id),
        store.failureGroups(id),
        taskPages(store, id, nowMs),
        store.firstOpen(id, 0),
        store.firstOpen(id, 7),
      ]);
      const attempts = await Promise.all(results.map(({ seq }) => store.attempts(id, seq)));
      return {
        rowCount,
        results,
        records,
        logged: logged.texts,
        pending,
        inLane,
        nextDueMs,
        groups,
        tasks,
        firstOpen,
        attempts,
      };
    }),
  );
  const kept = { tenant: 'acme', limit: 99 };
  const [cached, a, b, since, collections] = await Promise.all([
    store.cached(['c1', 'c2'], nowMs),
    store.entries({ ...kept, collection: 'a' }),
    store.entries({ ...kept, collection: 'b' }),
    store.entries({ ...kept, collection: 'a', changedSinceMs: nowMs - 5 }),
    store.collections('acme'),
  ]);
  return { jobs, perJob, cached: [...cached], entries: { a, b, since, collections } };
}

/** Counters are what the rows say, whatever happened before. */
function assertCounted(all: Awaited<ReturnType<typeof everything>>): void {
  const { a, b, collections } = all.entries;
  const sizes = [a, b].map(({ length }, i) => ({ name: 'ab'[i], entries: length }));
  assert.deepEqual(
    collections,
    sizes.filter(({ entries }) => entries > 0),
  );
  all.jobs.forEach((entry: Job, at) => {
    const rows = all.perJob[at]?.results ?? [];
    const tasks = rows.filter((result) => result.duplicateOf === undefined);
    const of = (state: string) => tasks.filter((result) => result.state === state).length;
    const { failedAttempts, ...counters } = entry.counters;
    assert.deepEqual(counters, {
      tasks: tasks.length,
      completed: of('completed'),
      discarded: of('discarded'),
      cancelled: of('cancelled'),
      waiting: of('waiting'),
      duplicates: rows.length - tasks.length,
      records: tasks.reduce((sum, result) => sum + result.records.length, 0),
    });
    assert.equal(of('available'), all.perJob[at]?.pending.length);
    const texts = all.perJob[at]?.records.map(({ json }) => json);
    assert.deepEqual(all.perJob[at]?.logged.toSorted(), texts?.toSorted());
    const grouped = all.perJob[at]?.groups.reduce((sum, group) => sum + group.count, 0);
    assert.equal(grouped, entry.counters.discarded);
    assert.ok(failedAttempts >= 0);
  });
}

/** What the last run has kept. */
async function forget(store: Store): Promise<void> {
  const keeps: KeepChange[] = [];
  for (const collection of ['a', 'b']) {
    for (const { key } of await store.entries({ tenant: 'acme', collection, limit: 99 })) {
      keeps.push({ collection, key, op: 'remove' });
    }
  }
  if (keeps.length === 0) return;
  const id = 'j_forget';
  await store.createJob(spec(id));
  await store.addRows(id, 0, [{ kind: 'task', input: '1', lane: '' }], NOW);
  const commits = { jobId: id, seq: 0, attemptNo: 1, records: [], recordsFrom: 0, nowMs: NOW };
  await store.commit([{ ...commits, keeps }]);
  await store.deleteJob(id);
}

export function exerciseStoreAtRandom(
  home: () => StoreHome,
  current: () => Store,
  onReopened: (store: Store) => void,
): void {
  it('agrees with the model over random operations', async () => {
    let over = false;
    let last: Promise<void> | undefined;
    const check = async (operations: readonly Operation[]) => {
      const model = new MemoryStore();
      await forget(current());
      for (const id of JOBS) {
        if (await current().job(id)) await current().deleteJob(id);
        await current().createJob(spec(id));
        await model.createJob(spec(id));
      }
      let nowMs = NOW;
      for (const op of operations) {
        if (over) return;
        nowMs += 3;
        if (op.kind === 'reopen' && home().durable) {
          await current().close();
          onReopened(await home().open());
        }
        const expected = await apply(model, op, nowMs);
        assert.deepEqual(await apply(current(), op, nowMs), expected);
        const all = await everything(current(), nowMs);
        assertCounted(all);
        assert.deepEqual(all, await everything(model, nowMs));
      }
    };
    const lists = fc.array(operation, { minLength: 5, maxLength: 25 });
    const property = fc.asyncProperty(lists, (operations) => {
      last = check(operations);
      return last;
    });
    await fc.assert(property, {
      seed: 20_250_101,
      numRuns: 40,
      interruptAfterTimeLimit: 20_000,
    });
    // A run that was interrupted goes on: it must not open the store again once it is removed.
    over = true;
    await last;
  });
}
