/**
 * What every store does. Each implementation runs this suite; `MemoryStore` is the model that
 * random sequences of operations are compared with.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { exerciseAttempts } from './store-attempts.ts';
import { exerciseCommit } from './store-commit.ts';
import { exerciseControl } from './store-control.ts';
import { exerciseDocuments } from './store-documents.ts';
import { exerciseEntries } from './store-entries.ts';
import { NOW, type StoreHome, spec, step, task } from './store-fixtures.ts';
import { exerciseIntake } from './store-intake.ts';
import { exerciseJobs } from './store-jobs.ts';
import { exerciseLog } from './store-log.ts';
import { exercisePlan } from './store-plan.ts';
import { exerciseStoreAtRandom } from './store-random.ts';
import { exerciseReading, exerciseRecall } from './store-reading.ts';
import { exerciseTasks } from './store-tasks.ts';

export function exerciseStore(name: string, make: () => Promise<StoreHome>): void {
  describe(`store: ${name}`, () => {
    let home: StoreHome;
    let store: Store;
    beforeEach(async () => {
      home = await make();
      store = await home.open();
    });
    afterEach(async () => {
      await store.close();
      await home.remove();
    });
    const current = () => store;
    exerciseJobs(current);
    exercisePlan(current);
    exerciseIntake(current);
    exerciseCommit(current);
    exerciseControl(current);
    exerciseReading(current);
    exerciseLog(current);
    exerciseRecall(current);
    exerciseTasks(current);
    exerciseAttempts(current);

    it('keeps everything over closing and opening', async (t) => {
      if (!home.durable) return t.skip('not durable');
      await store.createJob(spec('j_1'));
      await store.addRows('j_1', 0, [task(0, { key: 'a' }), task(1, { lane: 'host:x' })], NOW);
      await store.commit([step('j_1', 0, { records: ['1'], cursor: '{"p":1}' })]);
      await store.close();
      await store.close();
      store = await home.open();
      const added = await store.addRows('j_1', 2, [task(2, { key: 'a' })], NOW);
      assert.equal(added.duplicates, 1, 'keys are known again after opening');
      const [first] = await store.pending('j_1', 0, 1);
      assert.equal(first?.cursor, '{"p":1}');
      assert.equal(first?.recordCount, 1);
    });

    it('refuses calls once closed', async () => {
      await store.close();
      await assert.rejects(store.job('j_1'), /closed/);
      await assert.rejects(store.commit([]), /closed/);
      await assert.rejects(store.nextEpoch(), /closed/);
      await assert.rejects(store.collections('acme'), /closed/);
      await assert.rejects(store.entryCount('acme', 'leads'), /closed/);
      const leads = { tenant: 'acme', collection: 'leads', limit: 1 };
      await assert.rejects(store.entries(leads), /closed/);
      await assert.rejects(store.writeDocuments([], NOW), /closed/);
      await assert.rejects(store.backup('copy.db'), /closed/);
    });
    const reopenable = [
      () => home,
      current,
      (reopened: Store) => {
        store = reopened;
      },
    ] as const;
    exerciseStoreAtRandom(...reopenable);
    exerciseDocuments(...reopenable);
    exerciseEntries(...reopenable);
  });
}
