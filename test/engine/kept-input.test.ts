/** What a collector's schemas make of rows and options reaches it as they made it, from the store too. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Collector } from '../../src/collectors/collector.ts';
import type { TaskSeed } from '../../src/model/task.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';

async function end(collector: Collector, options: Readonly<Record<string, unknown>> = {}) {
  const over = { limits: { ...LIMITS, resultTtlMs: 60_000 } };
  const { engine, store, clock } = setUp(collector, 3, over);
  await engine.submit({ ...spec('j1', clock), options });
  const job = await finished(engine, clock, 'j1');
  const results = await store.results('j1', 0, 9);
  await engine.close();
  return { job, results };
}

describe('a schema that makes more than JSON', () => {
  it('gives the collector what it makes of a row, once, on a retry too', async () => {
    const seen: unknown[] = [];
    const input = z.object({
      n: z
        .string()
        .transform((n) => new Date(Number(n)))
        .refine((at) => at.getTime() !== 2, 'not two'),
    });
    const collector: Collector<z.infer<typeof input>> = {
      name: 'test',
      input,
      lanes: ({ n }) => [`day:${n.getTime()}`],
      cacheKey: ({ n }) => n.toISOString(),
      async collect(row, ctx) {
        seen.push(row.n.getTime());
        if (ctx.attemptNo === 1) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        return { records: [row.n] };
      },
    };
    const { job, results } = await end(collector as Collector);
    assert.deepEqual([job.counters.completed, job.counters.discarded], [2, 1]);
    assert.deepEqual(seen.toSorted(), [0, 0, 1, 1]);
    assert.deepEqual(
      results.map((row) => row.records),
      [['"1970-01-01T00:00:00.000Z"'], ['"1970-01-01T00:00:00.001Z"'], []],
    );
    assert.equal(results[2]?.failure?.code, 'input.row_invalid');
  });

  it('gives it what it makes of the options', async () => {
    const collector: Collector<unknown, { since: Date }> = {
      name: 'test',
      options: z.object({ since: z.coerce.date() }),
      collect: async (_row, ctx) => ({ records: [ctx.options.since.getTime()] }),
    };
    const { results } = await end(collector as Collector, { since: '1970-01-02' });
    assert.deepEqual(results[0]?.records, ['86400000']);
  });

  it('does not see rows of a plan, which are refused unless they are plain', async () => {
    const collector: Collector<{ at: Date | string }> = {
      name: 'test',
      async *plan(source): AsyncGenerator<TaskSeed<{ at: Date | string }>> {
        for await (const row of source.rows()) {
          const at = new Date(Number(row.fields.n));
          yield { input: { at: row.fields.n === '1' ? at : at.toISOString() } };
        }
      },
      collect: async (row) => ({ records: [row.at] }),
    };
    const { job, results } = await end(collector as Collector);
    assert.deepEqual([job.counters.completed, job.counters.discarded], [2, 1]);
    assert.match(results[1]?.failure?.message ?? '', /holds a Date \(at\), which JSON cannot keep/);
  });
});
