/** Planning: rows by place, refusals, duplicates by key, chunks that may be repeated. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { failure, NOW, spec, task } from './store-fixtures.ts';

export function exercisePlan(store: () => Store): void {
  const refused = failure('no URL: "x"', 'input.url_invalid');

  it('numbers rows by their place and counts tasks, refusals and duplicates', async () => {
    await store().createJob(spec('j_1'));
    const counters = await store().addRows(
      'j_1',
      0,
      [
        task(0, { key: 'a' }),
        { kind: 'refused', failure: refused },
        task(2, { key: 'a' }),
        task(3, { key: 'b' }),
      ],
      NOW,
    );
    assert.deepEqual(
      [counters.tasks, counters.discarded, counters.duplicates, counters.failedAttempts],
      [3, 1, 1, 0],
    );
    assert.equal(await store().rowCount('j_1'), 4);
    await store().addRows('j_1', 4, [task(4, { key: 'b' }), task(5), task(6)], NOW + 1);
    const results = await store().results('j_1', 0, 99);
    assert.deepEqual(
      results.map((row) => [row.seq, row.state, row.duplicateOf]),
      [
        [0, 'available', undefined],
        [1, 'discarded', undefined],
        [2, 'available', 0],
        [3, 'available', undefined],
        [4, 'available', 3],
        [5, 'available', undefined],
        [6, 'available', undefined],
      ],
    );
    assert.deepEqual(results[1]?.failure, refused);
    assert.deepEqual([results[1]?.attemptNo, results[1]?.finishedMs], [0, NOW]);
    assert.deepEqual(
      (await store().pending('j_1', 0, 99)).map((pending) => pending.seq),
      [0, 3, 5, 6],
    );
    assert.equal((await store().job('j_1'))?.updatedMs, NOW + 1);
  });

  it('stores a job with its first rows, as if they had been added behind it', async () => {
    const lane = 'host:a.example';
    const first = { rows: [task(0), task(1, { lane })], whole: false };
    const { job, created } = await store().createJob(spec('j_1', { idempotencyKey: 'k' }), {
      first,
    });
    assert.deepEqual([created, job.planned, job.counters.tasks], [true, false, 2]);
    assert.deepEqual(await store().job('j_1'), job);
    await store().createJob(spec('j_2'));
    await store().addRows('j_2', 0, first.rows, spec('j_2').createdMs);
    const other = (await store().job('j_2')) as typeof job;
    assert.deepEqual(job, { ...other, id: 'j_1', idempotencyKey: 'k' });
    const pending = await store().pending('j_1', 0, 9);
    assert.deepEqual(
      pending.map((each) => ({ ...each, jobId: 'j_2' })),
      await store().pending('j_2', 0, 9),
    );
    assert.equal((await store().pendingInLane('j_1', lane, 0, 9)).length, 1);
    const more = await store().addRows('j_1', 2, [task(2)], NOW);
    assert.equal(more.tasks, 3);
    const whole = await store().createJob(spec('j_3'), {
      first: { ...first, whole: true },
    });
    assert.deepEqual([whole.job.planned, whole.job.counters.tasks], [true, 2]);
    assert.equal((await store().addRows('j_3', 2, [task(2)], NOW)).tasks, 2, 'its plan is final');
    const again = await store().createJob(spec('j_4', { idempotencyKey: 'k' }), { first });
    assert.deepEqual([again.job.id, again.created], ['j_1', false]);
    assert.equal(again.job.counters.tasks, 3);
    assert.equal(await store().job('j_4'), undefined);
  });

  it('does nothing for rows that do not follow on, so planning again is harmless', async () => {
    await store().createJob(spec('j_1'));
    const rows = [task(0), task(1), task(2)];
    const counters = await store().addRows('j_1', 0, rows, NOW);
    for (const firstSeq of [0, 1, 2, 4, -1]) {
      assert.deepEqual(await store().addRows('j_1', firstSeq, rows, NOW + 9), counters);
    }
    assert.deepEqual(await store().addRows('j_1', 3, [], NOW + 9), counters);
    assert.equal(await store().rowCount('j_1'), 3);
    assert.equal((await store().job('j_1'))?.updatedMs, NOW);
  });

  it('takes no more rows once the plan is final', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0)], NOW);
    const job = await store().finishPlan('j_1', NOW + 5);
    assert.deepEqual([job.planned, job.updatedMs, job.counters.tasks], [true, NOW + 5, 1]);
    assert.equal((await store().addRows('j_1', 1, [task(1)], NOW)).tasks, 1);
    assert.equal((await store().job('j_1'))?.planned, true);
  });

  it('knows keys of one job alone, whatever their text', async () => {
    await store().createJob(spec('j_1'));
    await store().createJob(spec('j_2'));
    const keys = ['', 'a', 'A', 'ä', 'a\u0000b', 'a\u0000c', '漢字', '🙂', 'x'.repeat(5_000)];
    const rows = keys.map((key, n) => task(n, { key }));
    assert.equal((await store().addRows('j_1', 0, rows, NOW)).duplicates, 0);
    assert.equal((await store().addRows('j_2', 0, rows, NOW)).duplicates, 0);
    const again = await store().addRows('j_1', keys.length, rows, NOW);
    assert.equal(again.duplicates, keys.length);
    const results = await store().results('j_1', keys.length, 99);
    assert.deepEqual(
      results.map((row) => row.duplicateOf),
      keys.map((_, n) => n),
    );
  });

  it('finds keys over many thousand rows', async () => {
    await store().createJob(spec('j_1'));
    const count = 40_000;
    for (let from = 0; from < count; from += 10_000) {
      const rows = Array.from({ length: 10_000 }, (_, i) =>
        task(from + i, { key: `k${(from + i) % 25_000}`, lane: `host:h${(from + i) % 7}` }),
      );
      await store().addRows('j_1', from, rows, NOW);
    }
    const counters = (await store().job('j_1'))?.counters;
    assert.deepEqual([counters?.tasks, counters?.duplicates], [25_000, 15_000]);
    const [row] = await store().results('j_1', 39_999, 1);
    assert.equal(row?.duplicateOf, 14_999);
    const inLane = await store().pendingInLane('j_1', 'host:h3', 16_000, 9_999);
    assert.deepEqual(
      inLane.map((found) => found.seq),
      Array.from({ length: 25_000 }, (_, n) => n).filter((n) => n >= 16_000 && n % 7 === 3),
    );
  });
}
