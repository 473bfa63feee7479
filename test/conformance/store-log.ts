/** Records in the order of their commits: each once, none behind a reader, the same twice. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CommitEnd, Store } from '../../src/store/store.ts';
import { completed, failure, NOW, rejects, spec, step, task } from './store-fixtures.ts';

/** All from a position on, in pages of `limit`. */
export async function readLog(store: Store, jobId: string, after?: string, limit = 3) {
  const texts: string[] = [];
  for (let at = after; ; ) {
    const { records, next } = await store.loggedRecords(jobId, { limit, ...(at && { after: at }) });
    if (records.length === 0) return { texts, next };
    texts.push(...records.map(({ json }) => json));
    at = next;
  }
}

export function exerciseLog(store: () => Store): void {
  it('gives records in the order of their commits, whatever their rows', async () => {
    await store().createJob(spec('j_1'));
    await store().createJob(spec('j_2'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2), task(3)], NOW);
    await store().addRows('j_2', 0, [task(0)], NOW);
    const nothing = await readLog(store(), 'j_1');
    assert.deepEqual(nothing.texts, []);
    await store().commit([
      step('j_1', 3, { records: ['"a"'], end: completed }),
      step('j_2', 0, { records: ['"other"'], end: completed }),
      step('j_1', 1, { records: ['"b"', '"c"'], cursor: '1' }),
    ]);
    const first = await readLog(store(), 'j_1', nothing.next);
    assert.deepEqual(first.texts, ['"a"', '"b"', '"c"']);
    const { records } = await store().loggedRecords('j_1', { limit: 9 });
    assert.deepEqual([...new Set(records.map(({ atMs }) => atMs))], [NOW + 1], 'as of the commit');
    await store().commit([
      step('j_1', 0, { records: ['"d"', '"e"'], end: completed }),
      step('j_1', 1, { records: ['"f"'], recordsFrom: 2, end: completed }),
    ]);
    assert.deepEqual((await readLog(store(), 'j_1', first.next)).texts, ['"d"', '"e"', '"f"']);
    assert.deepEqual((await readLog(store(), 'j_1', undefined, 1)).texts.length, 6);
    await rejects(store().loggedRecords('j_9', { limit: 1 }), 'job.not_found');
  });

  it('gives the same between two positions, whatever came later', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2)], NOW);
    const page = (seq: number, records: readonly string[], recordsFrom = 0) =>
      step('j_1', seq, { records, recordsFrom, cursor: '1' });
    await store().commit([page(1, ['1', '2', '3', '4']), page(0, ['5'])]);
    const start = await store().loggedRecords('j_1', { limit: 2 });
    const more = await store().loggedRecords('j_1', { after: start.next, limit: 2 });
    await store().commit([page(2, ['6']), page(0, ['7'], 1)]);
    const again = await store().loggedRecords('j_1', {
      after: start.next,
      upTo: more.next,
      limit: 100,
    });
    assert.deepEqual(again, more);
    assert.deepEqual(
      again.records.map(({ json }) => json),
      ['3', '4'],
    );
    const none = { after: more.next, upTo: more.next, limit: 100 };
    assert.deepEqual((await store().loggedRecords('j_1', none)).records, []);
    assert.deepEqual((await readLog(store(), 'j_1', more.next)).texts, ['5', '6', '7']);
  });

  it('gives no record that was dropped, came twice, or late', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1)], NOW);
    const keep = { collection: 'leads', op: 'first' as const, json: '1' };
    await store().commit([
      step('j_1', 0, {
        records: ['"new"', '"known"', '"third"'],
        keeps: [
          { ...keep, key: 'a', record: 0 },
          { ...keep, key: 'a', record: 1 },
        ],
        cursor: '1',
      }),
    ]);
    const discarded: CommitEnd = { kind: 'discarded', durationMs: 1, failure: failure('down') };
    await store().commit([
      step('j_1', 0, { records: ['"again"', '"fourth"'], recordsFrom: 2, end: discarded }),
      step('j_1', 1, { records: ['"x"'], end: completed }),
      step('j_1', 1, { records: ['"late"'], recordsFrom: 1 }),
    ]);
    const before = await readLog(store(), 'j_1');
    assert.deepEqual(before.texts, ['"new"', '"third"', '"fourth"', '"x"']);
    // Rows that failed are tried anew: what they bring comes behind.
    assert.equal(await store().retryDiscarded('j_1', NOW), 1);
    await store().commit([
      step('j_1', 0, { records: ['"fourth"', '"fifth"'], recordsFrom: 3, end: completed }),
    ]);
    assert.deepEqual((await readLog(store(), 'j_1', before.next)).texts, ['"fifth"']);
    const { records } = (await store().job('j_1'))?.counters ?? {};
    assert.equal((await readLog(store(), 'j_1')).texts.length, records);
  });

  it('gives large records in several answers', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1)], NOW);
    const large = Array.from({ length: 6 }, (_, n) => JSON.stringify(`${n}`.repeat(2 ** 20)));
    await store().commit([
      step('j_1', 1, { records: large, end: completed }),
      step('j_1', 0, { records: ['"small"'], end: completed }),
    ]);
    const { records } = await store().loggedRecords('j_1', { limit: 100 });
    assert.ok(records.length > 0 && records.length < 6);
    assert.deepEqual((await readLog(store(), 'j_1', undefined, 100)).texts, [...large, '"small"']);
  });
}
