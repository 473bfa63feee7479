/** A small job begins while it is on its way to the store, and is nowhere told of before. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';

const SMALL = { name: '2 rows', bytes: Buffer.from('{"n":"0"}\n{"n":"1"}\n') };
const FULL = new Error('the disk is full');

/** Whose `createJob` ends when the test says so, by itself where `wait` is undefined. */
function gated(store: Store, wait: () => Promise<void> | undefined): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'createJob') return value.bind(target);
      return async (...args: Parameters<Store['createJob']>) => {
        await wait();
        return target.createJob(...args);
      };
    },
  });
}

function begin(over: { readonly store?: Store; readonly ends?: boolean } = {}) {
  const notes: string[] = [];
  const told: EngineEvent[] = [];
  const storing = Promise.withResolvers<void>();
  let wait: Promise<void> | undefined = storing.promise;
  const collector: Collector = {
    name: 'test',
    async collect(input, { seq, jobId, signal }) {
      notes.push(`${jobId}/${seq}`);
      signal.addEventListener('abort', () => notes.push(`interrupted ${jobId}/${seq}`));
      if (over.ends === false && jobId === 'j1') {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      }
      return { records: [input], done: true };
    },
  };
  const { engine, clock } = setUp(collector, 2, {
    store: gated(over.store ?? new MemoryStore(), () => wait),
  });
  engine.feed.subscribe((event) => told.push(event));
  const done = { submitted: false };
  const submit = (id: string, key?: string) => {
    const input = {
      path: join('inputs', id),
      name: SMALL.name,
      format: 'jsonl',
      dialect: {},
    } as const;
    const order = { ...spec(id, clock), input, idempotencyKey: key };
    const submitting = engine.submit(order, SMALL);
    const over = () => {
      done.submitted = true;
    };
    submitting.then(over, over);
    return submitting;
  };
  const open = () => {
    wait = undefined;
  };
  return { engine, clock, notes, told, storing, submit, done, open };
}

describe('a small job', () => {
  for (const kind of ['memory', 'sqlite'] as const) {
    it(`begins while it is being stored (${kind})`, async () => {
      const path = mkdtempSync(join(tmpdir(), 'sluice-early-'));
      const store =
        kind === 'memory' ? new MemoryStore() : await openSqliteStore({ path, mode: 'owner' });
      const { engine, clock, notes, told, storing, submit, done } = begin({ store });
      const submitting = submit('j1');
      await clock.run(() => notes.length === 2, 1_000);
      assert.deepEqual(notes, ['j1/0', 'j1/1']);
      await clock.run(() => false, clock.monoMs() + 1_000);
      assert.equal(done.submitted, false);
      assert.equal(told.length, 0, 'nothing is told of it');
      assert.equal(await store.job('j1'), undefined);
      storing.resolve();
      const { job, created } = await submitting;
      assert.equal(created, true);
      const states = told.flatMap((event) => (event.type === 'job.state' ? [event.job] : []));
      assert.deepEqual(states, [job], 'it is told as it is stored');
      const ended = await finished(engine, clock, 'j1');
      assert.deepEqual([ended.state, ended.counters.completed], ['completed', 2]);
      assert.equal((await store.records('j1', undefined, 9)).length, 2);
      assert.equal(notes.length, 2);
      await engine.close();
      await store.close();
      rmSync(path, { recursive: true });
    });
  }

  it('waits for the store where its key may name another', async () => {
    const { engine, clock, notes, storing, submit } = begin();
    const submitting = submit('j1', 'key');
    await clock.run(() => false, 1_000);
    assert.deepEqual(notes, []);
    storing.resolve();
    await submitting;
    await finished(engine, clock, 'j1');
    assert.equal(notes.length, 2);
    await engine.close();
  });

  for (const [words, ends] of [
    ['that had ended', true],
    ['that were under way', false],
  ] as const) {
    it(`that cannot be stored leaves nothing behind: of attempts ${words}`, async () => {
      const { engine, clock, notes, told, storing, submit, open } = begin({ ends });
      const submitting = submit('j1');
      submitting.catch(() => {});
      await clock.run(() => notes.length === 2, 1_000);
      storing.reject(FULL);
      await assert.rejects(submitting, FULL);
      assert.equal(notes.includes('interrupted j1/0'), !ends);
      assert.equal(engine.jobsRunning, 0);
      assert.deepEqual(told, []);
      open();
      await submit('j2');
      const { state, counters } = await finished(engine, clock, 'j2');
      assert.deepEqual([state, counters.completed], ['completed', 2], 'the engine goes on');
      await engine.close();
      assert.equal(clock.pending, 0, 'no timer is left');
    });
  }

  it('that is there already is not begun a second time', async () => {
    const { engine, clock, notes, told, submit, storing } = begin();
    storing.resolve();
    await submit('j1');
    await finished(engine, clock, 'j1');
    const before = told.length;
    const { created, job } = await submit('j1');
    assert.deepEqual([created, job.state], [false, 'completed']);
    assert.deepEqual(told.slice(before), []);
    assert.ok(notes.length >= 2);
    assert.equal((await engine.settled('j1')).counters.completed, 2);
    await engine.close();
  });
});
