/** Jobs: created once, listed, moved by the lifecycle, deleted whole. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { completed, failure, NOW, rejects, spec, step, task } from './store-fixtures.ts';

export function exerciseJobs(store: () => Store): void {
  it('creates a job once by id and by idempotency key', async () => {
    const first = await store().createJob(spec('j_1', { idempotencyKey: 'k' }));
    assert.equal(first.created, true);
    assert.deepEqual(first.job, {
      ...spec('j_1', { idempotencyKey: 'k' }),
      state: 'running',
      planned: false,
      counters: {
        tasks: 0,
        completed: 0,
        discarded: 0,
        cancelled: 0,
        waiting: 0,
        duplicates: 0,
        records: 0,
        failedAttempts: 0,
      },
      updatedMs: NOW,
      finishedMs: undefined,
      activeMs: 0,
      failure: undefined,
    });
    const again = await store().createJob(spec('j_2', { idempotencyKey: 'k', weight: 9 }));
    assert.deepEqual(again, { job: first.job, created: false });
    assert.equal(await store().job('j_2'), undefined);
    const other = await store().createJob(spec('j_2', { idempotencyKey: 'k', tenant: 'b' }));
    assert.equal(other.created, true);
    assert.equal((await store().createJob(spec('j_3'))).created, true);
    assert.equal((await store().createJob(spec('j_4'))).created, true, 'no key, no twin');
    assert.equal((await store().createJob(spec('j_4'))).created, false, 'the same id');
    assert.deepEqual(await store().job('j_1'), first.job);
    const named = { idempotencyKey: 'k', limit: 9 };
    const ids = (jobs: readonly { readonly id: string }[]) => jobs.map(({ id }) => id);
    assert.deepEqual(ids(await store().jobs(named)), ['j_2', 'j_1']);
    assert.deepEqual(ids(await store().jobs({ ...named, tenant: 'b' })), ['j_2']);
    assert.deepEqual(ids(await store().jobs({ ...named, tenant: 'c' })), []);
  });

  it('lists jobs newest first, filtered, page by page', async () => {
    for (const id of ['j_2', 'j_1', 'j_4', 'j_3']) {
      const collector = id === 'j_1' ? '/srv/own "ä".ts' : 'contacts';
      await store().createJob(spec(id, { tenant: id === 'j_3' ? 'b' : 'a', collector }));
    }
    await store().moveJob('j_2', 'pause', { nowMs: NOW });
    const ids = async (filter: Parameters<Store['jobs']>[0]) =>
      (await store().jobs(filter)).map((job) => job.id);
    assert.deepEqual(await ids({ limit: 3 }), ['j_4', 'j_3', 'j_2']);
    assert.deepEqual(await ids({ limit: 3, before: 'j_2' }), ['j_1']);
    assert.deepEqual(await ids({ limit: 3, ids: ['j_1', 'j_3', 'none'] }), ['j_3', 'j_1']);
    assert.deepEqual(await ids({ limit: 3, ids: [] }), []);
    assert.deepEqual(await ids({ limit: 9, tenant: 'a' }), ['j_4', 'j_2', 'j_1']);
    assert.deepEqual(await ids({ limit: 9, states: ['paused', 'failed'] }), ['j_2']);
    assert.deepEqual(await ids({ limit: 9, states: [] }), []);
    const contacts = { limit: 9, collector: 'contacts' };
    assert.deepEqual(await ids(contacts), ['j_4', 'j_3', 'j_2']);
    assert.deepEqual(await ids({ ...contacts, tenant: 'a', before: 'j_4' }), ['j_2']);
    assert.deepEqual(await ids({ limit: 9, collector: '/srv/own "ä".ts' }), ['j_1']);
    assert.deepEqual(await ids({ limit: 9, collector: 'none' }), []);
    assert.deepEqual(await ids({ limit: 0 }), []);
  });

  it('completes no job with open tasks', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0)], NOW);
    await store().finishPlan('j_1', NOW);
    await rejects(store().moveJob('j_1', 'complete', { nowMs: NOW + 1 }), 'job.conflict');
    assert.equal((await store().job('j_1'))?.state, 'running');
    const end = { kind: 'completed', durationMs: 1 } as const;
    const commit = { jobId: 'j_1', seq: 0, attemptNo: 1, records: [], recordsFrom: 0 };
    await store().commit([{ ...commit, end, nowMs: NOW + 2 }]);
    const job = await store().moveJob('j_1', 'complete', { nowMs: NOW + 3 });
    assert.equal(job.state, 'completed');
  });

  it('moves a job by the lifecycle table', async () => {
    await store().createJob(spec('j_1'));
    await store().moveJob('j_1', 'pause', { nowMs: NOW + 1, activeMs: 10 });
    await rejects(store().moveJob('j_1', 'complete', { nowMs: NOW + 2 }), 'job.conflict');
    await store().moveJob('j_1', 'resume', { nowMs: NOW + 3 });
    const why = failure('no disk');
    const failed = await store().moveJob('j_1', 'fail', {
      nowMs: NOW + 4,
      activeMs: 5.5,
      failure: why,
    });
    assert.deepEqual(
      [failed.state, failed.updatedMs, failed.finishedMs, failed.activeMs, failed.failure],
      ['failed', NOW + 4, NOW + 4, 15.5, why],
    );
    const running = await store().moveJob('j_1', 'resume', { nowMs: NOW + 5 });
    assert.deepEqual(
      [running.state, running.finishedMs, running.failure],
      ['running', undefined, undefined],
    );
    assert.deepEqual(await store().job('j_1'), running);
    await rejects(store().moveJob('j_9', 'pause', { nowMs: NOW }), 'job.not_found');
    await assert.rejects(
      store()
        .moveJob('j_1', 'cancel', { nowMs: NOW })
        .then(async () => {
          await store().moveJob('j_1', 'pause', { nowMs: NOW });
        }),
      /Job j_1 is cancelled and cannot be paused/,
    );
  });

  it('adds up how long jobs have run, whatever their state', async () => {
    for (const id of ['j_1', 'j_2', 'j_3']) await store().createJob(spec(id));
    await store().addActive([
      ['j_2', 2.5],
      ['j_9', 7],
      ['j_1', 4],
    ]);
    const before = await store().job('j_1');
    assert.equal(before?.updatedMs, NOW, 'nothing else has changed');
    await store().moveJob('j_1', 'pause', { nowMs: NOW + 1, activeMs: 3 });
    await store().addActive([['j_1', 0.5]]);
    await store().addActive([]);
    const paused = await store().job('j_1');
    assert.deepEqual([paused?.state, paused?.updatedMs], ['paused', NOW + 1]);
    const jobs = await store().jobs({ limit: 9 });
    const times = jobs.map(({ id, activeMs }) => [id, activeMs]);
    assert.deepEqual(times, [
      ['j_3', 0],
      ['j_2', 2.5],
      ['j_1', 7.5],
    ]);
    for (const { id, activeMs } of jobs) assert.equal((await store().job(id))?.activeMs, activeMs);
  });

  it('says that there is no such job', async () => {
    await rejects(store().addRows('j_9', 0, [task(0)], NOW), 'job.not_found');
    await rejects(store().rowCount('j_9'), 'job.not_found');
    await rejects(store().finishPlan('j_9', NOW), 'job.not_found');
    await rejects(store().pending('j_9', 0, 1), 'job.not_found');
    await rejects(store().pendingInLane('j_9', 'host:a', 0, 1), 'job.not_found');
    await rejects(store().takeDue('j_9', NOW, 1), 'job.not_found');
    await rejects(store().nextDueMs('j_9'), 'job.not_found');
    await rejects(store().cancelOpen('j_9', NOW), 'job.not_found');
    await rejects(store().retryDiscarded('j_9', NOW), 'job.not_found');
    await rejects(store().results('j_9', 0, 1), 'job.not_found');
    await rejects(store().records('j_9', undefined, 1), 'job.not_found');
    await rejects(store().failureGroups('j_9'), 'job.not_found');
    await rejects(store().tasks('j_9', { after: -1, limit: 1 }), 'job.not_found');
    await rejects(store().firstOpen('j_9', 0), 'job.not_found');
    await rejects(store().deleteJob('j_9'), 'job.not_found');
  });

  it('deletes a job and all that belongs to it, and nothing else', async () => {
    for (const id of ['j_1', 'j_2', 'j_3']) {
      await store().createJob(spec(id, id === 'j_2' ? { idempotencyKey: 'k' } : {}));
      await store().addRows(id, 0, [task(0, { key: 'a' }), task(1, { key: 'a' }), task(2)], NOW);
      const cache = { key: `c_${id}`, untilMs: NOW + 100 };
      await store().commit([
        step(id, 0, { records: ['1'], end: { kind: 'completed', durationMs: 1, cache } }),
        step(id, 2, { end: { kind: 'waiting', atMs: NOW, failure: failure('x') } }),
      ]);
    }
    await store().deleteJob('j_2');
    assert.equal(await store().job('j_2'), undefined);
    assert.equal((await store().cached(['c_j_2'], NOW)).size, 0);
    const late = await store().commit([step('j_2', 0, { end: completed })]);
    assert.deepEqual(late.stale, [0], 'a late commit of a deleted job is stale');
    assert.equal(late.counters.size, 0);
    for (const id of ['j_1', 'j_3']) {
      assert.equal((await store().results(id, 0, 9)).length, 3);
      assert.equal((await store().records(id, undefined, 9)).length, 1);
      assert.equal((await store().cached([`c_${id}`], NOW)).size, 1);
    }
    const fresh = await store().createJob(spec('j_2', { idempotencyKey: 'k' }));
    assert.equal(fresh.created, true);
    assert.equal(await store().rowCount('j_2'), 0);
    assert.deepEqual(await store().results('j_2', 0, 9), []);
  });
}
