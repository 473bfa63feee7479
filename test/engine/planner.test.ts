/** The planner over a store that counts: chunks are bounded, in order, and no failure is swallowed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AbortCause } from '../../src/base/abort.ts';
import { lineLogger } from '../../src/base/log.ts';
import type { Source, SourceRow } from '../../src/collectors/collector.ts';
import { planJob } from '../../src/engine/planner.ts';
import { NO_COUNTERS } from '../../src/model/job.ts';
import type { TaskSeed } from '../../src/model/task.ts';
import type { PlannedRow, Store } from '../../src/store/store.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

interface Chunk {
  readonly firstSeq: number;
  readonly rows: readonly PlannedRow[];
}

function lab(stored = 0, failAt = Number.POSITIVE_INFINITY) {
  const chunks: Chunk[] = [];
  const said: Readonly<Record<string, unknown>>[] = [];
  const clock = new VirtualClock();
  const abort = new AbortController();
  const store = {
    addRows: async (_: string, firstSeq: number, rows: readonly PlannedRow[]) => {
      if (chunks.length >= failAt) throw new Error('the disk is full');
      chunks.push({ firstSeq, rows });
      return NO_COUNTERS;
    },
  } as unknown as Store;
  const plan = (source: Source, seeds?: AsyncIterable<TaskSeed>) =>
    planJob({
      jobId: 'j',
      tenant: 'acme',
      stored,
      collector: {
        name: 'c',
        collect: async () => undefined,
        ...(seeds ? { plan: () => seeds } : {}),
      },
      options: {},
      source,
      store,
      clock,
      log: lineLogger('warn', (_, line, fields) => void said.push({ line, ...fields })),
      signal: abort.signal,
      onChunk: async () => {},
    });
  return { chunks, clock, abort, plan, said };
}

function row(n: number, text = ''): SourceRow {
  return { line: n + 2, cells: [String(n)], fields: { n, text } };
}

function sourceOf(rows: readonly SourceRow[], grouped: boolean): Source {
  async function* one() {
    yield* rows;
  }
  async function* groups() {
    yield rows;
  }
  const source = { columns: ['n'], column: undefined, rows: one };
  return grouped ? { ...source, rowGroups: groups } : source;
}

function numbersIn(chunks: readonly Chunk[]): unknown[] {
  return chunks.flatMap(({ rows }) =>
    rows.map((each) => (each.kind === 'task' ? JSON.parse(each.input).n : each.failure.code)),
  );
}

const NONE: Source = sourceOf([], false);

describe('planner', () => {
  for (const grouped of [true, false]) {
    it(`stores all rows in order, the first soon, ${grouped ? 'in groups' : 'one by one'}`, async () => {
      const { chunks, plan } = lab();
      const rows = Array.from({ length: 10_001 }, (_, n) => row(n));
      await plan(sourceOf(rows, grouped));
      assert.deepEqual(numbersIn(chunks), [...rows.keys()]);
      const sizes = chunks.map((chunk) => chunk.rows.length);
      assert.ok((sizes[0] ?? 0) <= 200, `${sizes}`);
      assert.ok(Math.max(...sizes) <= 2_000, `${sizes}`);
      let next = 0;
      for (const chunk of chunks) {
        assert.equal(chunk.firstSeq, next);
        next += chunk.rows.length;
      }
    });
  }

  it('says what a plan yields that is no row', async () => {
    async function* nonsense() {
      yield 5 as unknown as TaskSeed;
    }
    await assert.rejects(lab().plan(NONE, nonsense()), {
      code: 'collector.threw',
      message: /its plan yielded something that is neither/,
    });
  });

  it('goes on behind what is stored', async () => {
    const { chunks, plan } = lab(7);
    await plan(
      sourceOf(
        [...Array(10).keys()].map((n) => row(n)),
        true,
      ),
    );
    assert.deepEqual(numbersIn(chunks), [7, 8, 9]);
    assert.equal(chunks[0]?.firstSeq, 7);
  });

  it('bounds a chunk by its text, whatever the number of rows', async () => {
    const { chunks, plan } = lab();
    const wide = 'x'.repeat(400_000);
    await plan(
      sourceOf(
        [...Array(12).keys()].map((n) => row(n, wide)),
        true,
      ),
    );
    assert.ok(Math.max(...chunks.map((chunk) => chunk.rows.length)) <= 3);
    assert.equal(numbersIn(chunks).length, 12);
  });

  it('hands on what a slow plan has found', async () => {
    const { chunks, clock, plan } = lab();
    async function* slowly(): AsyncGenerator<TaskSeed> {
      for (let n = 0; n < 3; n += 1) {
        await clock.sleep(200);
        yield { input: { n } };
        if (n === 2) assert.equal(numbersIn(chunks).length, 2);
      }
    }
    let done = false;
    const planned = plan(NONE, slowly()).finally(() => {
      done = true;
    });
    await clock.run(() => done);
    await planned;
    assert.deepEqual(numbersIn(chunks), [0, 1, 2]);
  });

  it('rejects where a chunk cannot be stored, the last one too', async () => {
    for (const failAt of [0, 1, 2]) {
      const { plan } = lab(0, failAt);
      const rows = [...Array(400).keys()].map((n) => row(n));
      await assert.rejects(plan(sourceOf(rows, true)), /the disk is full/);
    }
  });

  it('ends on abort', async () => {
    const { abort, chunks, plan } = lab();
    async function* endless(): AsyncGenerator<TaskSeed> {
      for (let n = 0; ; n += 1) {
        if (n === 300) abort.abort(new AbortCause('abort'));
        yield { input: { n } };
      }
    }
    await assert.rejects(plan(NONE, endless()), AbortCause);
    assert.ok(numbersIn(chunks).length <= 300);
  });

  it('warns where a plan of its own does not make one task of each row', async () => {
    const { plan, said } = lab();
    const seeds = async function* () {
      yield { input: 1 };
    };
    await plan(sourceOf([row(0)], true), seeds());
    assert.deepEqual(
      said.map(({ rows, tasks }) => [rows, tasks]),
      [[0, 1]],
    );
  });
});
