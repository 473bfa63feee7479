/** Rows by what has become of them, and how far all of them have ended. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CommitEnd, Store, TaskQuery } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

const discard = (message: string): CommitEnd => ({
  kind: 'discarded',
  durationMs: 1,
  failure: failure(message),
});
const waiting: CommitEnd = { kind: 'waiting', atMs: NOW + 5, failure: failure('slow') };

export function exerciseTasks(store: () => Store): void {
  /** All pages of three, as row numbers. */
  const seqs = async (query: Omit<TaskQuery, 'after' | 'limit'>, after = -1) => {
    const found: number[] = [];
    for (let next: number | undefined = after; next !== undefined; ) {
      const page = await store().tasks('j_1', { ...query, after: next, limit: 3 });
      assert.ok(page.rows.length <= 3);
      found.push(...page.rows.map((row) => row.seq));
      next = page.next;
    }
    return found;
  };

  async function mixedJob(): Promise<void> {
    for (const id of ['j_0', 'j_1', 'j_2']) {
      await store().createJob(spec(id));
      const rows = Array.from({ length: 20 }, (_, n) => task(n, n % 9 === 1 ? { key: 'k' } : {}));
      await store().addRows(id, 0, rows, NOW);
      await store().addRows(id, 20, [{ kind: 'refused', failure: failure('down') }], NOW);
      await store().commit([
        ...[0, 4, 8].map((seq) => step(id, seq, { records: [`"${seq}"`], end: completed })),
        ...[1, 5].map((seq) => step(id, seq, { end: discard('down') })),
        ...[6, 7].map((seq) => step(id, seq, { end: discard('away') })),
        ...[2, 3].map((seq) => step(id, seq, { end: waiting })),
        step(id, 9, { end: { kind: 'cancelled', durationMs: 0 } }),
        step(id, 11, { records: ['1'], cursor: '1' }),
      ]);
    }
  }

  it('finds tasks by state, page by page, as many as are counted', async () => {
    await mixedJob();
    const available = [11, 12, 13, 14, 15, 16, 17, 18];
    assert.deepEqual(await seqs({ states: ['completed'] }), [0, 4, 8]);
    assert.deepEqual(await seqs({ states: ['discarded'] }), [1, 5, 6, 7, 20]);
    assert.deepEqual(await seqs({ states: ['cancelled'] }), [9]);
    assert.deepEqual(await seqs({ states: ['waiting'] }), [2, 3]);
    assert.deepEqual(await seqs({ states: ['available'] }), available);
    assert.deepEqual(
      await seqs({ states: ['waiting', 'discarded', 'waiting'] }),
      [1, 2, 3, 5, 6, 7, 20],
    );
    assert.deepEqual(await seqs({ states: ['available', 'completed'] }), [0, 4, 8, ...available]);
    const all = Array.from({ length: 21 }, (_, seq) => seq).filter((n) => n !== 10 && n !== 19);
    assert.deepEqual(await seqs({}), all, 'all but the duplicates of row 1');
    assert.deepEqual(await seqs({ states: [] }), []);
    assert.deepEqual(await seqs({ states: ['discarded'] }, 6), [7, 20]);
    assert.deepEqual(await seqs({ states: ['available'] }, 17), [18]);
    assert.deepEqual(await seqs({}, 20), []);
    assert.deepEqual(await seqs({}, 999), []);
    await store().cancelOpen('j_1', NOW);
    assert.deepEqual(await seqs({ states: ['cancelled'] }), [2, 3, 9, ...available]);
    assert.deepEqual(await seqs({ states: ['available', 'waiting'] }), []);
  });

  it('finds the rows of one group of failures', async () => {
    await mixedJob();
    const groups = await store().failureGroups('j_1');
    const [down, away] = groups.map((group) => group.fingerprint) as [string, string];
    assert.deepEqual(
      groups.map((group) => group.count),
      [3, 2],
    );
    assert.deepEqual(await seqs({ fingerprint: down }), [1, 5, 20]);
    assert.deepEqual(await seqs({ fingerprint: away, states: ['discarded', 'waiting'] }), [6, 7]);
    assert.deepEqual(await seqs({ fingerprint: away, states: ['waiting'] }), []);
    assert.deepEqual(await seqs({ fingerprint: 'no such' }), []);
    await store().retryDiscarded('j_1', NOW, down);
    assert.deepEqual(await seqs({ fingerprint: down }), [20]);
    assert.deepEqual(await seqs({ states: ['waiting'] }), [1, 2, 3, 5]);
  });

  it('tells of a found task what the results tell', async () => {
    await mixedJob();
    const { rows, next } = await store().tasks('j_1', { after: -1, limit: 9 });
    assert.equal(next, 8);
    const results = async (from: number, limit: number, input: (seq: number) => unknown) =>
      (await store().results('j_1', from, limit)).map((row) => ({ ...row, input: input(row.seq) }));
    assert.deepEqual(rows, await results(0, 9, (seq) => JSON.stringify({ n: seq })));
    const last = await store().tasks('j_1', { after: 18, limit: 1 });
    assert.deepEqual(last, { rows: await results(20, 1, () => undefined), next: undefined });
    const none = await store().tasks('j_1', { after: -1, limit: 0 });
    assert.deepEqual(none, { rows: [], next: undefined });
    assert.deepEqual((await store().tasks('j_1', { after: 10, limit: 1 })).rows[0]?.records, ['1']);
  });

  it('says how far all rows have ended', async () => {
    await store().createJob(spec('j_1'));
    assert.equal(await store().firstOpen('j_1', 0), undefined);
    await store().addRows(
      'j_1',
      0,
      [0, 1, 2, 3].map((n) => task(n, n % 3 === 0 ? { key: 'k' } : {})),
      NOW,
    );
    const open = async () => [await store().firstOpen('j_1', 0), await store().firstOpen('j_1', 3)];
    assert.deepEqual(await open(), [0, 3]);
    await store().commit([step('j_1', 1, { end: waiting }), step('j_1', 2, { end: discard('x') })]);
    assert.deepEqual(await open(), [0, 3], 'a duplicate ends with its first');
    await store().commit([step('j_1', 0, { end: completed })]);
    assert.deepEqual(await open(), [1, undefined], 'what waits has not ended');
    await store().commit([step('j_1', 1, { end: completed })]);
    assert.deepEqual(await open(), [undefined, undefined]);
    await store().retryDiscarded('j_1', NOW);
    assert.deepEqual(await open(), [2, undefined]);
    await store().cancelOpen('j_1', NOW);
    await store().addRows('j_1', 4, [{ kind: 'refused', failure: failure('y') }, task(5)], NOW);
    assert.deepEqual(await open(), [5, 5]);
    assert.equal(await store().firstOpen('j_1', 6), undefined);
    assert.equal(await store().firstOpen('j_1', 99), undefined);
  });

  it('bounds what it looks through, and remembers it until rows are tried anew', async () => {
    const rows = 70_000;
    await store().createJob(spec('j_1'));
    for (let from = 0; from < rows; from += 10_000) {
      const chunk = Array.from({ length: 10_000 }, (_, i) => task(from + i));
      await store().addRows('j_1', from, chunk, NOW);
      const last = from + 10_000 === rows ? 1 : 0;
      const done = chunk.slice(last).map((_, i) => step('j_1', from + i, { end: completed }));
      if (from === 0) done[5] = step('j_1', 5, { end: discard('x') });
      await store().commit(done);
    }
    const open = () => seqs({ states: ['available', 'waiting'] });
    assert.deepEqual(await open(), [rows - 1]);
    assert.deepEqual(await open(), [rows - 1]);
    assert.equal(await store().firstOpen('j_1', 0), rows - 1);
    await store().retryDiscarded('j_1', NOW);
    assert.equal(await store().firstOpen('j_1', 0), 5);
    assert.deepEqual(await open(), [5, rows - 1]);
    await store().takeDue('j_1', NOW, 9);
    assert.deepEqual(await seqs({ states: ['available'] }), [5, rows - 1]);
    assert.deepEqual(await seqs({ states: ['completed'] }, rows - 4), [rows - 3, rows - 2]);
  });

  it('gives large rows a few at a time', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows(
      'j_1',
      0,
      [0, 1, 2, 3].map((n) => task(n)),
      NOW,
    );
    const records = [`"${'x'.repeat(3_000_000)}"`];
    await store().commit([0, 1, 2].map((seq) => step('j_1', seq, { records, end: completed })));
    assert.deepEqual(await seqs({}), [0, 1, 2, 3]);
    assert.deepEqual(await seqs({ states: ['completed'] }), [0, 1, 2]);
  });
}
