/** The hot path: one outcome a task, records numbered, counters in step. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CommitEnd, Store } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

export function exerciseCommit(store: () => Store): void {
  it('writes ends, records and counters together', async () => {
    await store().createJob(spec('j_1'));
    await store().createJob(spec('j_2'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2), task(3)], NOW);
    await store().addRows('j_2', 0, [task(0)], NOW);
    const why = failure('gone', 'http.404');
    const { counters, stale } = await store().commit([
      step('j_1', 0, { records: ['{"a":1}', '{"a":2}'], end: completed }),
      step('j_2', 0, { records: ['3'] }),
      step('j_1', 1, { end: { kind: 'discarded', durationMs: 3, failure: why } }),
      step('j_1', 2, { end: { kind: 'cancelled', durationMs: 0 } }),
    ]);
    assert.deepEqual(stale, []);
    assert.deepEqual([...counters.keys()].sort(), ['j_1', 'j_2']);
    assert.deepEqual(counters.get('j_1'), {
      tasks: 4,
      completed: 1,
      discarded: 1,
      cancelled: 1,
      waiting: 0,
      duplicates: 0,
      records: 2,
      failedAttempts: 1,
    });
    assert.equal(counters.get('j_2')?.records, 1);
    assert.deepEqual((await store().job('j_1'))?.counters, counters.get('j_1'));
    assert.deepEqual(
      (await store().results('j_1', 0, 2)).map((row) => row),
      [
        {
          seq: 0,
          state: 'completed',
          attemptNo: 1,
          failure: undefined,
          records: ['{"a":1}', '{"a":2}'],
          duplicateOf: undefined,
          finishedMs: NOW + 1,
          durationMs: 12.5,
        },
        {
          seq: 1,
          state: 'discarded',
          attemptNo: 1,
          failure: why,
          records: [],
          duplicateOf: undefined,
          finishedMs: NOW + 1,
          durationMs: 3,
        },
      ],
    );
    assert.deepEqual(await store().commit([]), { counters: new Map(), stale: [] });
  });

  it('changes nothing for a task that has an outcome, or is none', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0, { key: 'a' }), task(1, { key: 'a' }), task(2)], NOW);
    await store().commit([step('j_1', 0, { records: ['1'], end: completed })]);
    const before = await store().job('j_1');
    const discard: CommitEnd = { kind: 'discarded', durationMs: 1, failure: failure('x') };
    const late = { records: ['late', 'later'], recordsFrom: 1, cursor: '9', nowMs: NOW + 9 };
    const { stale, counters } = await store().commit([
      step('j_1', 0, { ...late, end: completed }),
      step('j_1', 0, { ...late, end: discard }),
      step('j_1', 0, { ...late, end: { kind: 'waiting', atMs: NOW, failure: failure('x') } }),
      step('j_1', 0, late),
      step('j_1', 1, { ...late, end: completed }),
      step('j_1', 1, late),
      step('j_1', 3, { ...late, end: discard }),
      step('j_9', 0, late),
    ]);
    assert.deepEqual(stale, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(counters.get('j_1'), before?.counters);
    assert.deepEqual(await store().job('j_1'), before);
    assert.equal((await store().records('j_1', undefined, 9)).length, 1);
    assert.deepEqual(await store().failureGroups('j_1'), []);
    const twice = await store().commit([
      step('j_1', 2, { records: ['1'], end: completed }),
      step('j_1', 2, { records: ['1'], end: completed }),
    ]);
    assert.deepEqual(twice.stale, [1], 'the second in one batch as well');
    assert.equal(twice.counters.get('j_1')?.completed, 2);
  });

  it('takes the steps of one task in one batch one after the other', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2)], NOW);
    const waiting: CommitEnd = { kind: 'waiting', atMs: NOW, failure: failure('x') };
    const { stale, counters } = await store().commit([
      step('j_1', 0, { records: ['0'], end: completed }),
      step('j_1', 0, { records: ['1'], recordsFrom: 1 }),
      step('j_1', 1, { records: ['0'] }),
      step('j_1', 1, { records: ['1'], recordsFrom: 1, end: completed }),
      step('j_1', 2, { end: waiting }),
      step('j_1', 2, { end: completed }),
    ]);
    assert.deepEqual(stale, [1]);
    const { completed: ended, waiting: waits, records } = counters.get('j_1') ?? {};
    assert.deepEqual([ended, waits, records], [3, 0, 3]);
    assert.deepEqual(await store().takeDue('j_1', NOW + 9, 9), []);
  });

  it('keeps the first of two records with one number', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0)], NOW);
    await store().commit([step('j_1', 0, { records: ['"a"', '"b"'], cursor: '1' })]);
    const { counters } = await store().commit([
      step('j_1', 0, { records: ['"B"', '"c"'], recordsFrom: 1, cursor: '2' }),
    ]);
    assert.equal(counters.get('j_1')?.records, 3);
    const [pending] = await store().pending('j_1', 0, 1);
    assert.deepEqual([pending?.recordCount, pending?.cursor], [3, '2']);
    assert.deepEqual((await store().results('j_1', 0, 1))[0]?.records, ['"a"', '"b"', '"c"']);
  });

  it('resumes from the last cursor after pages, waits and new attempts', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0)], NOW);
    await store().commit([step('j_1', 0, { records: ['0', '1'], cursor: '{"page":1}' })]);
    await store().commit([
      step('j_1', 0, {
        records: ['2'],
        recordsFrom: 2,
        end: { kind: 'waiting', atMs: NOW + 5, failure: failure('x') },
      }),
    ]);
    const [due] = await store().takeDue('j_1', NOW + 5, 9);
    assert.deepEqual([due?.cursor, due?.recordCount], ['{"page":1}', 2], 'as of the cursor');
    await store().commit([
      step('j_1', 0, { attemptNo: 2, recordsFrom: 2, records: ['2 again', '3'], end: completed }),
    ]);
    const [row] = await store().results('j_1', 0, 1);
    assert.deepEqual(row?.records, ['0', '1', '2', '3']);
    assert.deepEqual([row?.state, row?.attemptNo], ['completed', 2]);
    assert.equal((await store().job('j_1'))?.counters.waiting, 0);
  });

  it('ends a waiting task, and leaves it waiting after a late page', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2)], NOW);
    const waiting: CommitEnd = { kind: 'waiting', atMs: NOW + 5, failure: failure('x') };
    await store().commit([0, 1, 2].map((seq) => step('j_1', seq, { end: waiting })));
    await store().commit([step('j_1', 2, { end: { ...waiting, atMs: NOW + 8 } })]);
    const { counters } = await store().commit([
      step('j_1', 0, { end: completed }),
      step('j_1', 1, { records: ['1'] }),
    ]);
    assert.deepEqual([counters.get('j_1')?.waiting, counters.get('j_1')?.completed], [2, 1]);
    const due = await store().takeDue('j_1', NOW + 9, 9);
    assert.deepEqual(
      due.map((found) => found.seq),
      [1, 2],
    );
  });

  it('takes records of every size and script', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0)], NOW);
    const records = ['""', '"ä漢🙂"', `"${'x'.repeat(1_000_000)}"`, '"\\u0000"', '[]'];
    await store().commit([step('j_1', 0, { records, end: completed })]);
    assert.deepEqual((await store().results('j_1', 0, 1))[0]?.records, records);
  });
}
