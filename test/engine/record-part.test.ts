/** Readers who come back for more get each record once, whatever ends when. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type RecordPart, recordPart } from '../../src/engine/record-part.ts';
import type { Job } from '../../src/model/job.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Commit } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from '../conformance/store-fixtures.ts';

const ROWS = 12;

/** A page in the middle, then the end; of row 5 two records of which the second comes at the end. */
const STEPS: readonly Commit[] = [
  ...Array.from({ length: ROWS }, (_, seq) => seq)
    .filter((seq) => seq !== 5 && seq !== 7)
    .map((seq) => step('j_1', seq, { records: [`"${seq}.0"`], end: completed })),
  step('j_1', 5, { records: ['"5.0"'], cursor: '1' }),
  step('j_1', 5, { records: ['"5.1"'], recordsFrom: 1, end: completed }),
  step('j_1', 7, { end: { kind: 'discarded', durationMs: 1, failure: failure('down') } }),
];
const EXPECTED = Array.from({ length: ROWS }, (_, seq) => [`${seq}.0`])
  .flatMap((texts, seq) => (seq === 5 ? ['5.0', '5.1'] : seq === 7 ? [] : texts))
  .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));

/** The steps of row 5 in their order, wherever the others are. */
function inOrder(steps: readonly number[]): readonly Commit[] {
  const ofFive = STEPS.filter(({ seq }) => seq === 5).values();
  return steps.map((at) => {
    const one = STEPS[at] as Commit;
    return one.seq === 5 ? (ofFive.next().value as Commit) : one;
  });
}

async function read(
  store: MemoryStore,
  after: RecordPart['next'],
  limit: number,
): Promise<RecordPart> {
  const job = (await store.job('j_1')) as Job;
  return recordPart(store, job, { after, limit, final: true });
}

describe('the records of a job, part by part', () => {
  it('come once each where only final rows are asked for', async () => {
    const order = fc.shuffledSubarray([...STEPS.keys()], { minLength: STEPS.length });
    const check = async (steps: readonly number[], limit: number, plannedFirst: boolean) => {
      const store = new MemoryStore();
      await store.createJob(spec('j_1'));
      const tasks = Array.from({ length: ROWS }, (_, n) => task(n));
      await store.addRows('j_1', 0, plannedFirst ? tasks : tasks.slice(0, 6), NOW);
      const found: unknown[] = [];
      let part: RecordPart = { records: [], next: undefined, complete: false };
      const readOn = async () => {
        part = await read(store, part.next, limit);
        found.push(...part.records.map(({ json }) => JSON.parse(json) as unknown));
      };
      for (const one of inOrder(steps)) {
        await store.commit([one]);
        await readOn();
        assert.equal(part.complete, false);
      }
      if (!plannedFirst) {
        await store.addRows('j_1', 6, tasks.slice(6), NOW);
        for (const one of STEPS) await store.commit([one]);
      }
      await store.finishPlan('j_1', NOW);
      for (const one of STEPS) await store.commit([one]);
      await store.moveJob('j_1', 'complete', { nowMs: NOW });
      while (!part.complete) await readOn();
      assert.deepEqual(found, EXPECTED);
    };
    await fc.assert(fc.asyncProperty(order, fc.integer({ min: 1, max: 5 }), fc.boolean(), check), {
      numRuns: 200,
      seed: 7,
    });
  });

  it('end before the first row that is open', async () => {
    const store = new MemoryStore();
    await store.createJob(spec('j_1'));
    await store.addRows('j_1', 0, [task(0), task(1), task(2)], NOW);
    await store.commit([0, 2].map((seq) => step('j_1', seq, { records: ['1'], end: completed })));
    const job = (await store.job('j_1')) as Job;
    const seqs = async (final: boolean) =>
      (await recordPart(store, job, { after: undefined, limit: 9, final })).records.map(
        ({ seq }) => seq,
      );
    assert.deepEqual(await seqs(true), [0]);
    assert.deepEqual(await seqs(false), [0, 2]);
  });

  it('end before rows that are planned meanwhile, which may end out of turn', async () => {
    const store = new MemoryStore();
    await store.createJob(spec('j_1'));
    await store.addRows('j_1', 0, [task(0)], NOW);
    await store.commit([step('j_1', 0, { records: ['0'], end: completed })]);
    const job = (await store.job('j_1')) as Job;
    const firstOpen: MemoryStore['firstOpen'] = async (...args) => {
      const found = await store.firstOpen(...args);
      await store.addRows('j_1', 1, [task(1), task(2)], NOW);
      await store.commit([step('j_1', 2, { records: ['2'], end: completed })]);
      return found;
    };
    const between = { records: store.records.bind(store), firstOpen };
    const query = { after: undefined, limit: 9, final: true };
    assert.deepEqual((await recordPart(between, job, query)).next, { seq: 0, index: 0 });
  });
});
