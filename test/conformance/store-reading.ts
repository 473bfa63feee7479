/** Reading: results and records page by page, the cache, what is known of lanes. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LaneKey } from '../../src/model/lane.ts';
import type { Commit, CommitEnd, Store, StoredRecord } from '../../src/store/store.ts';
import { PAGE_CHARS_MAX } from '../../src/store/store-rules.ts';
import { completed, NOW, spec, step, task } from './store-fixtures.ts';

export function exerciseReading(store: () => Store): void {
  it('gives large records a few at a time, and all in the end', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1)], NOW);
    const large = JSON.stringify('x'.repeat(PAGE_CHARS_MAX / 4));
    const records = new Array<string>(5).fill(large);
    for (const seq of [0, 1]) await store().commit([step('j_1', seq, { records, end: completed })]);
    const pages: number[] = [];
    let after: StoredRecord | undefined;
    for (;;) {
      const page = await store().records('j_1', after, 100);
      if (page.length === 0) break;
      pages.push(page.length);
      after = page.at(-1);
    }
    assert.deepEqual(pages, [4, 4, 2]);
  });

  it('pages through results and records without gaps or repeats', async () => {
    await store().createJob(spec('j_0'));
    await store().createJob(spec('j_1'));
    await store().addRows('j_0', 0, [task(0)], NOW);
    await store().commit([step('j_0', 0, { records: ['"other"'], end: completed })]);
    const rows = Array.from({ length: 23 }, (_, n) => task(n, n % 5 === 4 ? { key: 'k' } : {}));
    await store().addRows('j_1', 0, rows, NOW);
    const batch: Commit[] = [];
    for (let seq = 0; seq < 23; seq += 1) {
      const records = Array.from({ length: seq % 4 }, (_, i) => `"${seq}.${i}"`);
      batch.push(step('j_1', seq, { records, ...(seq % 3 === 0 ? {} : { end: completed }) }));
    }
    await store().commit(batch);
    const whole = await store().results('j_1', 0, 1_000);
    assert.equal(whole.length, 23);
    const paged = [];
    for (let from = 0; from < 30; from += 7) paged.push(...(await store().results('j_1', from, 7)));
    assert.deepEqual(paged, whole);
    assert.deepEqual(await store().results('j_1', 0, 0), []);
    const all = await store().records('j_1', undefined, 1_000);
    assert.deepEqual(all[0], { seq: 1, index: 0, json: '"1.0"' });
    const walked = [];
    for (let after: { seq: number; index: number } | undefined; ; ) {
      const page = await store().records('j_1', after, 4);
      walked.push(...page);
      if (page.length < 4) break;
      after = page.at(-1);
    }
    assert.deepEqual(walked, all);
    assert.equal((await store().job('j_1'))?.counters.records, all.length);
    const after = await store().records('j_1', { seq: 5, index: 77 }, 1);
    assert.equal(after[0]?.seq, 6);
  });
}

export function exerciseRecall(store: () => Store): void {
  it('answers equal work from the cache until it expires', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1)], NOW);
    const end = (untilMs: number): CommitEnd => ({
      kind: 'completed',
      durationMs: 1,
      cache: { key: 'site', untilMs },
    });
    await store().commit([step('j_1', 0, { records: ['0'], cursor: '1' })]);
    await store().commit([
      step('j_1', 0, { recordsFrom: 1, records: ['1'], nowMs: NOW + 2, end: end(NOW + 10) }),
    ]);
    const found = await store().cached(['other', 'site'], NOW + 9);
    assert.deepEqual([...found], [['site', { records: ['0', '1'], storedMs: NOW + 2 }]]);
    assert.equal((await store().cached(['site'], NOW + 10)).size, 0);
    await store().commit([step('j_1', 1, { nowMs: NOW + 3, end: end(NOW + 99) })]);
    const newer = await store().cached(['site'], NOW + 10);
    assert.deepEqual([...newer], [['site', { records: [], storedMs: NOW + 3 }]]);
  });

  it('remembers lanes, for a month after they were last told', async () => {
    await store().rememberLanes(
      [
        ['host:a', { rate: 2 }],
        ['host:b', [1]],
      ],
      NOW,
    );
    await store().rememberLanes([['host:a', { rate: 3 }]], NOW + 86_400_000);
    const keys: LaneKey[] = ['host:a', 'host:b', 'host:c'];
    assert.deepEqual(
      [...(await store().laneMemory(keys))],
      [
        ['host:a', { rate: 3 }],
        ['host:b', [1]],
      ],
    );
    await store().rememberLanes([['host:c', 1]], NOW + 31 * 86_400_000 - 1);
    assert.deepEqual([...(await store().laneMemory(keys)).keys()], ['host:a', 'host:c']);
  });
}
