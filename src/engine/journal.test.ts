import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock, Timer } from '../base/clock.ts';
import type { Commit, CommitResult, Store } from '../store/store.ts';
import { Journal } from './journal.ts';

function commit(seq: number): Commit {
  return { jobId: 'j', seq, attemptNo: 1, records: [], recordsFrom: 0, nowMs: 0 };
}

/** A store whose commits end when the test says so. */
class ManualStore {
  readonly batches: (readonly Commit[])[] = [];
  readonly #open: { resolve: (r: CommitResult) => void; reject: (e: unknown) => void }[] = [];

  commit(batch: readonly Commit[]): Promise<CommitResult> {
    this.batches.push(batch);
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
  }

  async finish(stale: readonly number[] = []): Promise<void> {
    this.#open.shift()?.resolve({ counters: new Map(), stale });
    await turn();
  }

  async fail(error: unknown): Promise<void> {
    this.#open.shift()?.reject(error);
    await turn();
  }
}

const seqsOf = ({ batches }: ManualStore) => batches.map((batch) => batch.map(({ seq }) => seq));

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Time stands still unless the test moves it; timers fire when it does. */
class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Map<() => void, number>();

  wallMs = () => this.#nowMs;
  monoMs = () => this.#nowMs;
  sleep = () => Promise.reject(new Error('not used'));

  after(ms: number, callback: () => void): Timer {
    this.#timers.set(callback, this.#nowMs + ms);
    return { cancel: () => this.#timers.delete(callback) };
  }

  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const [callback, atMs] of this.#timers) {
      if (atMs > this.#nowMs) continue;
      this.#timers.delete(callback);
      callback();
    }
    await turn();
  }
}

function setUp() {
  const store = new ManualStore();
  const clock = new ManualClock();
  const heard: string[] = [];
  const journal = new Journal({
    store: store as unknown as Store,
    clock,
    batchMax: 3,
    depthMax: 4,
    onCommitted: () => heard.push('counters'),
    onFailed: (error) => heard.push(`failed ${String(error)}`),
  });
  const append = (seq: number) =>
    journal.append(commit(seq), {
      onDurable: (stale) => heard.push(`${seq}${stale ? ' stale' : ''}`),
      onLost: (error) => heard.push(`${seq} lost ${String(error)}`),
    });
  return { store, clock, heard, journal, append };
}

describe('journal', () => {
  it('has one batch in flight, and gathers the next meanwhile', async () => {
    const { store, heard, append } = setUp();
    append(1);
    append(2);
    await turn();
    for (const seq of [3, 4, 5, 6]) append(seq);
    await turn();
    assert.deepEqual(
      store.batches.map((batch) => batch.map((each) => each.seq)),
      [[1, 2]],
    );
    assert.deepEqual(heard, [], 'nothing is told before it is durable');
    await store.finish();
    assert.deepEqual(heard, ['counters', '1', '2']);
    await store.finish();
    await store.finish();
    assert.deepEqual(
      store.batches.map((batch) => batch.length),
      [2, 3, 1],
    );
  });

  it('says when it is full', async () => {
    const { store, journal, append } = setUp();
    for (const seq of [1, 2, 3, 4, 5, 6, 7]) append(seq);
    await turn();
    assert.equal(journal.full, true);
    await store.finish();
    assert.equal(journal.full, false);
  });

  it('is full while the store stands still', async () => {
    const { store, clock, journal, append } = setUp();
    append(1);
    await turn();
    await clock.advance(250);
    assert.equal(journal.full, false, 'slow is not still');
    await clock.advance(1);
    assert.equal(journal.full, true);
    await store.finish();
    assert.equal(journal.full, false);
  });

  it('tells a commit that came too late', async () => {
    const { store, heard, append } = setUp();
    append(1);
    append(2);
    await turn();
    await store.finish([1]);
    assert.deepEqual(heard, ['counters', '1', '2 stale']);
  });

  it('stops for good when the store fails, and tells everyone', async () => {
    const { store, heard, journal, append } = setUp();
    append(1);
    await turn();
    append(2);
    await store.fail('disk full');
    append(3);
    assert.deepEqual(heard, [
      'failed disk full',
      '1 lost disk full',
      '2 lost disk full',
      '3 lost disk full',
    ]);
    await journal.flush();
  });

  it('keeps back what comes of a job that is not stored yet', async () => {
    const { store, journal, heard } = setUp();
    const stored = Promise.withResolvers<void>();
    journal.keepBack('j', stored.promise);
    journal.append(commit(0), { onDurable: () => heard.push('0'), onLost: () => {} });
    journal.append({ ...commit(1), jobId: 'other' }, { onDurable: () => {}, onLost: () => {} });
    await turn();
    assert.deepEqual(seqsOf(store), [[1]]);
    await store.finish();
    let flushed = false;
    void journal.flush().then(() => {
      flushed = true;
    });
    await turn();
    assert.equal(flushed, false);
    stored.resolve();
    await turn();
    assert.deepEqual(seqsOf(store), [[1], [0]]);
    await store.finish();
    assert.ok(flushed);
    assert.ok(heard.includes('0'));
  });

  it('loses what comes of a job that could not be stored, and nothing else', async () => {
    const { store, journal, heard } = setUp();
    const lost = { onDurable: () => {}, onLost: (error: unknown) => heard.push(`lost ${error}`) };
    journal.keepBack('j', Promise.reject('full'));
    journal.append(commit(0), lost);
    journal.append({ ...commit(1), jobId: 'other' }, lost);
    await turn();
    assert.deepEqual(seqsOf(store), [[1]]);
    assert.deepEqual(heard, ['lost full']);
    journal.append(commit(2), lost);
    assert.deepEqual(heard, ['lost full', 'lost full']);
    journal.letGo('j');
    journal.append(commit(3), lost);
    await store.finish();
    assert.deepEqual(seqsOf(store), [[1], [3]]);
  });

  it('flushes everything that was appended', async () => {
    const { store, heard, journal, append } = setUp();
    append(1);
    let flushed = false;
    void journal.flush().then(() => {
      flushed = true;
    });
    await turn();
    assert.equal(flushed, false);
    await store.finish();
    assert.equal(flushed, true);
    assert.deepEqual(heard, ['counters', '1']);
  });

  it('rests in proportion to what a write took, but not before a full batch', async () => {
    const { store, clock, append } = setUp();
    append(1);
    await turn();
    await clock.advance(2);
    await store.finish();
    append(2);
    await turn();
    assert.equal(store.batches.length, 1, 'it rests for three times 2 ms');
    await clock.advance(5);
    assert.equal(store.batches.length, 1);
    append(3);
    await clock.advance(1);
    assert.deepEqual(
      store.batches[1]?.map((each) => each.seq),
      [2, 3],
    );
    await clock.advance(2);
    await store.finish();
    append(4);
    append(5);
    await turn();
    assert.equal(store.batches.length, 2);
    append(6);
    await turn();
    assert.deepEqual(
      store.batches[2]?.map((each) => each.seq),
      [4, 5, 6],
    );
  });

  it('does not rest for ever after a slow write, and not at all while it is flushed', async () => {
    const { store, clock, journal, append } = setUp();
    append(1);
    await turn();
    await clock.advance(60_000);
    await store.finish();
    append(2);
    await turn();
    assert.equal(store.batches.length, 1);
    await clock.advance(20);
    assert.equal(store.batches.length, 2);
    await clock.advance(60_000);
    await store.finish();
    append(3);
    await turn();
    void journal.flush();
    await turn();
    assert.equal(store.batches.length, 3);
  });

  it('cuts batches by their size as well', async () => {
    const { journal, store } = setUp();
    const large = (seq: number) => ({ ...commit(seq), records: ['x'.repeat(3 * 2 ** 20)] });
    const listener = { onDurable() {}, onLost() {} };
    for (let seq = 0; seq < 5; seq += 1) journal.append(large(seq), listener);
    const flushed = journal.flush();
    for (let i = 0; i < 5; i += 1) {
      await turn();
      await store.finish();
      void journal.flush();
    }
    await flushed;
    assert.deepEqual(
      store.batches.map((batch) => batch.length),
      [2, 2, 1],
    );
  });

  it('tells everybody of a durable batch, also where telling one goes wrong', async () => {
    const { journal, store } = setUp();
    const heard: string[] = [];
    journal.append(commit(0), {
      onDurable() {
        throw new Error('wrong');
      },
      onLost: () => heard.push('lost'),
    });
    journal.append(commit(1), {
      onDurable: () => heard.push('durable'),
      onLost: () => heard.push('lost'),
    });
    await turn();
    await store.finish();
    assert.deepEqual(heard, ['durable']);
  });
});
