/** Jobs and rows by what no index knows, with a bound on what one answer looks through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findJobs, findRows } from '../../src/server/find.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { completed, failure, NOW, spec, step, task } from '../conformance/store-fixtures.ts';

const idOf = (n: number) => `j_${String(n).padStart(5, '0')}`;

describe('jobs', () => {
  it('are found by words, since when, and by the code of a failure', async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 30; n += 1) {
      const input = { ...spec('x').input, name: n % 10 === 3 ? 'Autumn list.csv' : `l${n}.csv` };
      await store.createJob(spec(idOf(n), { createdMs: NOW + n, input }));
      await store.addRows(idOf(n), 0, [task(0)], NOW);
      if (n % 7 === 0) {
        const why = failure('No page.', n === 14 ? 'http.404' : 'http.503');
        const end = { kind: 'discarded', durationMs: 1, failure: why } as const;
        await store.commit([step(idOf(n), 0, { end })]);
      }
    }
    const ids = async (wish: Parameters<typeof findJobs>[2], limit = 50, before?: string) => {
      const found = await findJobs(store, { limit, ...(before && { before }) }, wish);
      return [found.jobs.map(({ id }) => Number(id.slice(2))), found.next];
    };
    assert.deepEqual(await ids({ text: 'autumn' }), [[23, 13, 3], undefined]);
    assert.deepEqual(await ids({ text: 'autumn' }, 2), [[23, 13], idOf(13)]);
    assert.deepEqual(await ids({ text: 'autumn' }, 2, idOf(13)), [[3], undefined]);
    assert.deepEqual(await ids({ sinceMs: NOW + 28 }), [[29, 28], undefined]);
    assert.deepEqual(await ids({ failure: 'http.404' }), [[14], undefined]);
    assert.deepEqual(await ids({ failure: 'http.503', sinceMs: NOW + 7 }), [
      [28, 21, 7],
      undefined,
    ]);
    assert.deepEqual(await ids({ text: 'nothing like it' }), [[], undefined]);
    assert.equal((await ids({}, 10))[1], idOf(20));
  });

  it('are looked through so many at a time', async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 1_250; n += 1) await store.createJob(spec(idOf(n)));
    const first = await findJobs(store, { limit: 5 }, { text: idOf(0) });
    assert.deepEqual([first.jobs.length, first.next], [0, idOf(250)]);
    const second = await findJobs(store, { limit: 5, before: idOf(250) }, { text: idOf(0) });
    assert.deepEqual([second.jobs[0]?.id, second.next], [idOf(0), undefined]);
  });
});

describe('rows', () => {
  it('are found by words, by when they ended and why, page by page', async () => {
    const store = new MemoryStore();
    await store.createJob(spec('j_1'));
    await store.addRows(
      'j_1',
      0,
      Array.from({ length: 2_500 }, (_, n) => task(n)),
      NOW,
    );
    const gone = {
      kind: 'discarded',
      durationMs: 1,
      failure: failure('Gone', 'http.404'),
    } as const;
    const slow = { kind: 'waiting', atMs: NOW + 9, failure: failure('Slow', 'http.503') } as const;
    await store.commit([
      step('j_1', 1, { end: gone, nowMs: NOW + 100 }),
      step('j_1', 2, { end: slow }),
      step('j_1', 3, { end: completed, nowMs: NOW + 200 }),
      step('j_1', 2_400, { end: gone, nowMs: NOW + 300 }),
    ]);
    const seqs = async (wish: Parameters<typeof findRows>[3], limit = 50, after = -1) => {
      const { rows, next } = await findRows(store, 'j_1', { after, limit }, wish);
      return [rows.map(({ seq }) => seq), next];
    };
    assert.deepEqual(await seqs({ failure: 'http.404' }), [[1, 2_400], undefined]);
    assert.deepEqual(await seqs({ failure: 'http.404' }, 1), [[1], 1]);
    assert.deepEqual(await seqs({ failure: 'http.503' }), [[2], undefined], 'what waits as well');
    assert.deepEqual(await seqs({ text: 'SLOW' }), [[2], 1_999], 'there is more to look through');
    assert.deepEqual(await seqs({ text: '"n":2400}' }, 50, 1_999), [[2_400], undefined]);
    assert.deepEqual(await seqs({ sinceMs: NOW + 200 }, 50, 2_000), [[2_400], undefined]);
  });
});
