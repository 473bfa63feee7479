/** What there is to do: pending tasks in order, by lane, and waiting ones once due. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from './store-fixtures.ts';

export function exerciseIntake(store: () => Store): void {
  const seqs = (tasks: readonly { seq: number }[]) => tasks.map((found) => found.seq);

  it('hands out pending tasks in order, whole', async () => {
    await store().createJob(spec('j_1'));
    const rows = [0, 1, 2, 3, 4].map((n) => task(n, { lane: n % 2 ? 'host:odd' : 'host:even' }));
    await store().addRows('j_1', 0, rows, NOW);
    await store().commit([
      step('j_1', 1, { end: completed }),
      step('j_1', 2, { attemptNo: 1, records: ['1', '2'], cursor: '"p2"' }),
      step('j_1', 3, { end: { kind: 'waiting', atMs: NOW + 50, failure: failure('x') } }),
    ]);
    assert.deepEqual(await store().pending('j_1', 0, 2), [
      {
        jobId: 'j_1',
        seq: 0,
        input: '{"n":0}',
        lane: 'host:even',
        attemptNo: 0,
        cursor: undefined,
        recordCount: 0,
      },
      {
        jobId: 'j_1',
        seq: 2,
        input: '{"n":2}',
        lane: 'host:even',
        attemptNo: 1,
        cursor: '"p2"',
        recordCount: 2,
      },
    ]);
    assert.deepEqual(seqs(await store().pending('j_1', 1, 9)), [2, 4]);
    assert.deepEqual(seqs(await store().pending('j_1', 5, 9)), []);
    assert.deepEqual(seqs(await store().pending('j_1', 0, 0)), []);
    assert.deepEqual(seqs(await store().pendingInLane('j_1', 'host:even', 1, 9)), [2, 4]);
    assert.deepEqual(seqs(await store().pendingInLane('j_1', 'host:even', 0, 1)), [0]);
    assert.deepEqual(seqs(await store().pendingInLane('j_1', 'host:odd', 0, 9)), []);
    assert.deepEqual(seqs(await store().pendingInLane('j_1', 'host:none', 0, 9)), []);
    assert.deepEqual(seqs(await store().pendingInLane('j_1', 'host:even', 77, 9)), []);
  });

  it('hands out large tasks all the same, as many at once as it likes', async () => {
    await store().createJob(spec('j_1'));
    const input = JSON.stringify('x'.repeat(2 ** 20));
    const rows = Array.from({ length: 12 }, (_, n) => ({
      ...task(n, { lane: 'host:a' }),
      input,
    }));
    await store().addRows('j_1', 0, rows, NOW);
    const walk = async (next: (from: number) => Promise<readonly { seq: number }[]>) => {
      const seen: number[] = [];
      for (;;) {
        const found = await next((seen.at(-1) ?? -1) + 1);
        if (found.length === 0) return seen;
        seen.push(...seqs(found));
      }
    };
    const all = rows.map((_, n) => n);
    assert.deepEqual(await walk((from) => store().pending('j_1', from, 100)), all);
    const inLane = (from: number) => store().pendingInLane('j_1', 'host:a', from, 100);
    assert.deepEqual(await walk(inLane), all);
    const end = { kind: 'waiting', atMs: NOW + 1, failure: failure('x') } as const;
    await store().commit(all.map((seq) => step('j_1', seq, { end })));
    assert.deepEqual(await walk(() => store().takeDue('j_1', NOW + 1, 100)), all);
    assert.equal((await store().job('j_1'))?.counters.waiting, 0);
  });

  it('takes waiting tasks once they are due, the longest due first', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2), task(3)], NOW);
    const wait = (seq: number, atMs: number) =>
      step('j_1', seq, {
        attemptNo: 2,
        cursor: '7',
        records: ['0'],
        end: { kind: 'waiting', atMs, failure: failure('later') },
      });
    const { counters } = await store().commit([
      wait(0, NOW + 30),
      wait(1, NOW + 10),
      wait(2, NOW + 20),
    ]);
    assert.deepEqual([counters.get('j_1')?.waiting, counters.get('j_1')?.failedAttempts], [3, 3]);
    assert.equal(await store().nextDueMs('j_1'), NOW + 10);
    assert.deepEqual(await store().takeDue('j_1', NOW + 9, 9), []);
    const [waiting] = await store().results('j_1', 0, 1);
    assert.deepEqual([waiting?.state, waiting?.failure], ['waiting', failure('later')]);
    const due = await store().takeDue('j_1', NOW + 20, 9);
    assert.deepEqual(seqs(due), [1, 2]);
    assert.deepEqual(
      [due[0]?.attemptNo, due[0]?.cursor, due[0]?.recordCount, due[0]?.input],
      [2, '7', 1, '{"n":1}'],
    );
    assert.equal((await store().job('j_1'))?.counters.waiting, 1);
    assert.deepEqual(seqs(await store().pending('j_1', 0, 9)), [1, 2, 3]);
    assert.deepEqual(seqs(await store().takeDue('j_1', NOW + 99, 0)), []);
    assert.equal(await store().nextDueMs('j_1'), NOW + 30);
    assert.deepEqual(seqs(await store().takeDue('j_1', NOW + 99, 1)), [0]);
    assert.equal(await store().nextDueMs('j_1'), undefined);
  });

  it('remembers for how long a task was told to wait, until it goes on or fails otherwise', async () => {
    await store().createJob(spec('j_1'));
    await store().addRows('j_1', 0, [task(0), task(1), task(2), task(3)], NOW);
    const later = (seq: number, throttledMs?: number) =>
      step('j_1', seq, {
        end: {
          kind: 'waiting',
          atMs: NOW,
          failure: failure('later'),
          ...(throttledMs === undefined ? {} : { throttledMs }),
        },
      });
    const due = async () => {
      const tasks = [...(await store().takeDue('j_1', NOW + 9, 9))];
      return tasks.sort((a, b) => a.seq - b.seq).map((each) => each.throttled);
    };
    await store().commit([later(0, 0), later(1, 70.5), later(2, 7), later(3)]);
    const since = { atMs: NOW + 1 };
    const expected = [{ ...since, ms: 0 }, { ...since, ms: 70.5 }, { ...since, ms: 7 }, undefined];
    assert.deepEqual(await due(), expected);
    const pending = await store().pending('j_1', 0, 9);
    assert.deepEqual(
      pending.map((each) => each.throttled),
      expected,
    );
    await store().commit([
      step('j_1', 0, { records: ['1'] }),
      step('j_1', 1, { cursor: '2' }),
      later(2),
      step('j_1', 3, { end: { kind: 'discarded', durationMs: 1, failure: failure('x') } }),
    ]);
    assert.deepEqual(await due(), [undefined]);
    const after = await store().pending('j_1', 0, 9);
    assert.deepEqual(
      after.map((each) => each.throttled),
      [{ ...since, ms: 0 }, undefined, undefined],
    );
    const discard = { kind: 'discarded', durationMs: 1, failure: failure('x') } as const;
    await store().commit([later(0, 9), later(2, 9)]);
    await due();
    await store().commit([step('j_1', 0, { end: discard }), step('j_1', 2, { end: discard })]);
    await store().retryDiscarded('j_1', NOW + 9);
    assert.deepEqual(await due(), [undefined, undefined, undefined]);
  });
}
