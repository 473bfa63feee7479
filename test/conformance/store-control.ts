/** Cancelling, grouping failures, trying anew. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CommitEnd, Store } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

export function exerciseControl(store: () => Store): void {
  const discard = (message: string): CommitEnd => ({
    kind: 'discarded',
    durationMs: 1,
    failure: failure(message),
  });

  it('cancels what is open, the waiting included', async () => {
    await store().createJob(spec('j_1'));
    const rows = [0, 1, 2, 3, 4].map((n) => task(n, n === 4 ? { key: 'a' } : {}));
    await store().addRows('j_1', 0, [...rows, task(5, { key: 'a' })], NOW);
    await store().commit([
      step('j_1', 0, { end: completed }),
      step('j_1', 1, { end: discard('x') }),
      step('j_1', 2, { attemptNo: 3, end: { kind: 'waiting', atMs: NOW, failure: failure('y') } }),
      step('j_1', 3, { records: ['1'], cursor: '1' }),
    ]);
    const counters = await store().cancelOpen('j_1', NOW + 7);
    assert.deepEqual(
      [counters.completed, counters.discarded, counters.cancelled, counters.waiting],
      [1, 1, 3, 0],
    );
    assert.equal(counters.records, 1);
    const results = await store().results('j_1', 0, 9);
    assert.deepEqual(
      results.map((row) => row.state),
      ['completed', 'discarded', 'cancelled', 'cancelled', 'cancelled', 'cancelled'],
    );
    assert.deepEqual(
      [results[2]?.attemptNo, results[2]?.finishedMs, results[2]?.durationMs],
      [3, NOW + 7, undefined],
    );
    assert.deepEqual(await store().takeDue('j_1', NOW + 99, 9), []);
    assert.deepEqual(await store().pending('j_1', 0, 9), []);
    assert.deepEqual(await store().cancelOpen('j_1', NOW + 8), counters);
    assert.deepEqual((await store().commit([step('j_1', 3, { end: completed })])).stale, [0]);
  });

  it('groups failures by fingerprint, most frequent first', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows(
      'j_1',
      0,
      [0, 1, 2, 3].map((n) => task(n)),
      NOW,
    );
    await store().commit([
      step('j_1', 0, { nowMs: NOW + 5, end: discard('no answer from "a" in 5 s') }),
      step('j_1', 1, { nowMs: NOW + 2, end: discard('no answer from "b" in 7 s') }),
      step('j_1', 2, { nowMs: NOW + 3, end: discard('gone') }),
      step('j_1', 3, { end: { kind: 'waiting', atMs: NOW, failure: failure('gone') } }),
    ]);
    const groups = await store().failureGroups('j_1');
    assert.deepEqual(
      groups.map((group) => [group.count, group.sample.message, group.sampleSeq]),
      [
        [2, 'no answer from "a" in 5 s', 0],
        [1, 'gone', 2],
      ],
    );
    assert.deepEqual([groups[0]?.firstMs, groups[0]?.lastMs], [NOW + 2, NOW + 5]);
  });

  it('tries discarded tasks anew, all or of one fingerprint, from where they were', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows(
      'j_1',
      0,
      [0, 1, 2].map((n) => task(n)),
      NOW,
    );
    await store().addRows('j_1', 3, [{ kind: 'refused', failure: failure('bad row') }], NOW);
    await store().commit([
      step('j_1', 0, { attemptNo: 4, records: ['0', '1'], cursor: '1', end: discard('a') }),
      step('j_1', 1, { attemptNo: 4, end: discard('b') }),
      step('j_1', 2, { end: completed }),
    ]);
    const print = (await store().failureGroups('j_1')).find((g) => g.sample.message === 'a');
    assert.equal(await store().retryDiscarded('j_1', NOW + 9, print?.fingerprint), 1);
    assert.equal(await store().retryDiscarded('j_1', NOW + 9, 'no such'), 0);
    assert.equal(await store().retryDiscarded('j_1', NOW + 9, 'http.50'), 0);
    const counters = (await store().job('j_1'))?.counters;
    assert.deepEqual([counters?.discarded, counters?.waiting], [2, 1]);
    assert.equal(await store().nextDueMs('j_1'), NOW + 9);
    const [due] = await store().takeDue('j_1', NOW + 9, 9);
    assert.deepEqual(
      [due?.seq, due?.attemptNo, due?.cursor, due?.recordCount],
      [0, 0, '1', 2],
      'attempts start anew, pages do not',
    );
    assert.deepEqual(
      (await store().failureGroups('j_1')).map((g) => [g.sample.message, g.refused]),
      [
        ['b', 0],
        ['bad row', 1],
      ],
    );
    assert.equal(await store().retryDiscarded('j_1', NOW + 9), 1, 'not the refused row');
    const groups = await store().failureGroups('j_1');
    assert.deepEqual(
      groups.map((group) => [group.sample.message, group.count]),
      [['bad row', 1]],
    );
    await store().commit([
      step('j_1', 0, { recordsFrom: 2, records: ['2'], end: completed }),
      step('j_1', 1, { end: discard('b') }),
    ]);
    const end = (await store().job('j_1'))?.counters;
    assert.deepEqual([end?.completed, end?.discarded, end?.waiting], [2, 2, 0]);
    assert.deepEqual((await store().results('j_1', 0, 1))[0]?.records, ['0', '1', '2']);
  });

  it('tries anew all groups of one code', async () => {
    await store().createJob(spec('j_1'));
    const rows = [0, 1, 2].map((n) => task(n));
    await store().addRows('j_1', 0, rows, NOW);
    const other: CommitEnd = { kind: 'discarded', durationMs: 1, failure: failure('c', 'x.y') };
    await store().commit([
      step('j_1', 0, { end: discard('a') }),
      step('j_1', 1, { end: discard('b') }),
      step('j_1', 2, { end: other }),
    ]);
    assert.equal(await store().retryDiscarded('j_1', NOW + 9, 'http.503'), 2);
    const due = await store().takeDue('j_1', NOW + 9, 9);
    assert.deepEqual(due.map((each) => each.seq).sort(), [0, 1]);
  });

  it('answers duplicates as their first row, after it failed and was tried anew', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0, { key: 'a' }), task(1, { key: 'a' })], NOW);
    const second = async () => (await store().results('j_1', 1, 1))[0];
    await store().commit([step('j_1', 0, { end: discard('down') })]);
    assert.deepEqual(
      [(await second())?.state, (await second())?.failure?.message, (await second())?.duplicateOf],
      ['discarded', 'down', 0],
    );
    await store().retryDiscarded('j_1', NOW);
    assert.equal((await second())?.state, 'waiting');
    await store().takeDue('j_1', NOW, 1);
    assert.equal((await second())?.state, 'available');
    await store().commit([step('j_1', 0, { records: ['1'], end: completed })]);
    assert.deepEqual([(await second())?.state, (await second())?.records], ['completed', ['1']]);
    const counters = (await store().job('j_1'))?.counters;
    assert.deepEqual([counters?.tasks, counters?.completed, counters?.records], [1, 1, 1]);
  });
}
