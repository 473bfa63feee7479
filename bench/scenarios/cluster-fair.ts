/**
 * A tenant with little work comes after one with much: 10 shards behind 400. First in, first out it
 * waits for all of them. Both sides have the same processes, slots and tasks that hold one.
 */

import type { PostgresRig } from '../../test/fakes/postgres-rig.ts';
import type { FifoDone, FifoInput } from '../contenders/cluster-fifo.ts';
import { noteLoad, withCluster, withPostgres } from '../harness/cluster.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const SHARD = 500;
const MANY = 400;
const FEW = 10;
const NODES = 2;
const SLOTS = 64;
const TASK_MS = 20;
const FIFO = 'first in, first out';

export const scenario: Scenario = {
  name: 'cluster-fair',
  what: `${FEW} shards of ${SHARD} tasks behind another tenant's ${MANY}, ${NODES} nodes`,
  must: [{ metric: 'ms until done', text: '≥ 12× sooner', holds: ({ ratio }) => ratio <= 1 / 12 }],
  run: (ctx) => withPostgres((postgres) => measure(ctx, postgres)),
};

async function measure(ctx: BenchContext, postgres: PostgresRig): Promise<readonly Figure[]> {
  const many = ctx.quick ? MANY / 10 : MANY;
  noteLoad(ctx);
  const runs = await ctx.repeat({
    sluice: () => {
      const plan = {
        workers: NODES - 1,
        collectors: ['hold'],
        env: { SLUICE_NODE_CONCURRENCY: String(SLOTS) },
      };
      return withCluster(ctx, postgres, plan, async (cluster) => {
        const options = JSON.stringify({ ms: TASK_MS });
        const query = { collector: 'hold', options, retries: '0' };
        for (const name of ['much', 'little']) {
          const made = await cluster.call('POST', '/v1/tenants', { name });
          if (!made.ok) throw new Error(await made.text());
        }
        const much = await cluster.upload(query, numbers(many * SHARD), 'much');
        const startedMs = performance.now();
        const little = await cluster.upload(query, numbers(FEW * SHARD), 'little');
        const { counters } = await cluster.ended(little);
        const lastMs = performance.now() - startedMs;
        const other = await cluster.job(much);
        ctx.note(`${Math.round(lastMs)} ms; the other had ${other?.counters.completed} done`);
        if (counters.completed !== FEW * SHARD) throw new Error(JSON.stringify(counters));
        return lastMs;
      });
    },
    fifo: async () => {
      const input: FifoInput = {
        url: await postgres.databaseUrl(),
        workers: NODES,
        slots: SLOTS,
        taskMs: TASK_MS,
        shardTasks: SHARD,
        firstShards: many,
        lastShards: FEW,
      };
      const file = new URL('../contenders/cluster-fifo.ts', import.meta.url);
      const { value } = await ctx.child<FifoDone>({ file, input });
      ctx.note(`${Math.round(value.lastMs)} ms`);
      return value.lastMs;
    },
  });
  noteLoad(ctx);
  return [figure('cluster-fair', 'ms until done', runs.sluice, runs.fifo, FIFO)];
}

function numbers(count: number): string {
  return `n\n${Array.from({ length: count }, (_, n) => `${n}\n`).join('')}`;
}
