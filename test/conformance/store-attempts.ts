/** What is kept of the attempts of tasks that did not get through at once. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ATTEMPTS_KEPT, type AttemptRecord } from '../../src/model/attempt-record.ts';
import type { CommitEnd, Store } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

const waiting: CommitEnd = { kind: 'waiting', atMs: NOW + 5, failure: failure('slow') };
const discarded: CommitEnd = { kind: 'discarded', durationMs: 1, failure: failure('down') };

const record = (tookMs: number, more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  startedMs: NOW,
  tookMs,
  waitedMs: 0.5,
  end: 'retry',
  failure: { class: 'transient', code: 'http.503', message: 'It is «slow»: \u0000 \ud800.' },
  waits: [{ lane: 'host:a', ms: 3 }],
  ...more,
});
const told = (tookMs: number, more?: Partial<AttemptRecord>) => ({
  attempt: JSON.stringify(record(tookMs, more)),
});

export function exerciseAttempts(store: () => Store): void {
  const attempts = (seq: number, jobId = 'j_1') => store().attempts(jobId, seq);

  async function jobs(): Promise<void> {
    for (const id of ['j_0', 'j_1', 'j_2']) {
      await store().createJob(spec(id));
      await store().addRows(
        id,
        0,
        [0, 1, 2, 3, 4].map((n) => task(n)),
        NOW,
      );
    }
  }

  it('keeps the attempts that commits tell of, in order, of each task its own', async () => {
    await jobs();
    await store().commit([
      step('j_1', 0, { end: waiting, ...told(1) }),
      step('j_1', 1, { end: discarded, ...told(2, { end: 'discarded' }) }),
      step('j_2', 0, { end: waiting, ...told(3) }),
      step('j_1', 2, { end: completed, records: ['1'] }),
    ]);
    await store().commit([step('j_1', 0, { end: waiting, ...told(4) })]);
    const [due] = await store().takeDue('j_1', NOW + 9, 1);
    assert.equal(due?.seq, 0);
    await store().commit([step('j_1', 0, { end: completed, ...told(5, { end: 'completed' }) })]);
    assert.deepEqual(await attempts(0), [
      { no: 1, ...record(1) },
      { no: 2, ...record(4) },
      { no: 3, ...record(5, { end: 'completed' }) },
    ]);
    assert.deepEqual(await attempts(1), [{ no: 1, ...record(2, { end: 'discarded' }) }]);
    assert.deepEqual(await attempts(2), [], 'it got through at once');
    assert.deepEqual(await attempts(4), []);
    assert.deepEqual(await attempts(99), []);
    assert.deepEqual(await attempts(0, 'j_2'), [{ no: 1, ...record(3) }]);
    assert.deepEqual(await attempts(0, 'j_0'), []);
    await assert.rejects(attempts(0, 'j_9'), (error: { code?: string }) => {
      return error.code === 'job.not_found';
    });
  });

  it('keeps the last ones, and goes on numbering', async () => {
    await jobs();
    const count = ATTEMPTS_KEPT + 3;
    for (let n = 1; n <= count; n += 1) {
      await store().commit([step('j_1', 3, { end: waiting, ...told(n) })]);
    }
    const nos = async () => (await attempts(3)).map(({ no, tookMs }) => [no, tookMs]);
    const last = Array.from({ length: ATTEMPTS_KEPT }, (_, i) => [i + 4, i + 4]);
    assert.deepEqual(await nos(), last);
    // Several of one task in one batch, too.
    await store().commit([
      step('j_1', 3, { end: waiting, ...told(count + 1) }),
      step('j_1', 4, { end: waiting, ...told(1) }),
      step('j_1', 3, { end: discarded, ...told(count + 2) }),
    ]);
    assert.deepEqual((await nos()).slice(-2), [
      [count + 1, count + 1],
      [count + 2, count + 2],
    ]);
    assert.equal((await nos()).length, ATTEMPTS_KEPT);
  });

  it('tells those of a job by when they began, the last one first, page by page', async () => {
    await jobs();
    const begun = (startedMs: number) => told(1, { startedMs });
    await store().commit([
      step('j_1', 3, { end: waiting, ...begun(NOW + 2.5) }),
      step('j_1', 0, { end: waiting, ...begun(NOW + 9) }),
      step('j_2', 0, { end: waiting, ...begun(NOW + 5) }),
      step('j_1', 1, { end: discarded, ...begun(NOW + 2.5) }),
      step('j_1', 3, { end: discarded, ...begun(NOW + 10) }),
    ]);
    const all = await store().jobAttempts('j_1', { limit: 10 });
    const place = ({ seq, no, startedMs }: (typeof all)[number]) => [seq, no, startedMs - NOW];
    const expected = [
      [3, 2, 10],
      [0, 1, 9],
      [3, 1, 2.5],
      [1, 1, 2.5],
    ];
    assert.deepEqual(all.map(place), expected);
    const { seq: _, ...first } = all[0] as (typeof all)[number];
    assert.deepEqual(first, (await attempts(3))[1]);
    const paged = [];
    for (let after: (typeof all)[number] | undefined; ; ) {
      const query = after === undefined ? { limit: 1 } : { after, limit: 1 };
      const [one] = await store().jobAttempts('j_1', query);
      if (one === undefined) break;
      paged.push(place(one));
      after = one;
    }
    assert.deepEqual(paged, expected);
    assert.deepEqual(await store().jobAttempts('j_0', { limit: 10 }), []);
    await assert.rejects(store().jobAttempts('j_9', { limit: 1 }), (error: { code?: string }) => {
      return error.code === 'job.not_found';
    });
  });

  it('keeps nothing of a commit that came too late', async () => {
    await jobs();
    await store().commit([step('j_1', 0, { end: discarded, ...told(1) })]);
    const { stale } = await store().commit([
      step('j_1', 0, { end: waiting, ...told(2) }),
      step('j_1', 1, { end: completed, ...told(3, { end: 'completed' }) }),
      step('j_1', 1, { end: completed, ...told(4, { end: 'completed' }) }),
    ]);
    assert.deepEqual(stale, [0, 2]);
    assert.deepEqual(
      (await attempts(0)).map(({ tookMs }) => tookMs),
      [1],
    );
    assert.deepEqual(
      (await attempts(1)).map(({ tookMs }) => tookMs),
      [3],
    );
  });

  it('keeps them where the task is tried anew, not where its job is deleted', async () => {
    await jobs();
    await store().commit([step('j_1', 0, { end: discarded, ...told(1) })]);
    assert.equal(await store().retryDiscarded('j_1', NOW), 1);
    await store().takeDue('j_1', NOW + 1, 10);
    await store().commit([step('j_1', 0, { end: discarded, ...told(2) })]);
    assert.deepEqual(
      (await attempts(0)).map(({ no, tookMs }) => [no, tookMs]),
      [
        [1, 1],
        [2, 2],
      ],
    );
    await store().deleteJob('j_1');
    await assert.rejects(attempts(0));
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0)], NOW);
    assert.deepEqual(await attempts(0), []);
  });
}
