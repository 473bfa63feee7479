/**
 * What it costs to share work over one Postgres: tasks that do nothing, from the first insert to the
 * last durable result, with two processes that work and one that inserts (Sluice's server). As many
 * tasks for each contender, and enough of them that new processes get warm: of 100,000 a third of
 * the time goes by while Sluice's code is compiled.
 */

import type { PostgresRig } from '../../test/fakes/postgres-rig.ts';
import { noteLoad, runUpload, withCluster, withPostgres } from '../harness/cluster.ts';
import type { CrewDone, CrewInput } from '../harness/crew.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 500_000;
const WORKERS = 2;
const PG_BOSS = 'pg-boss, batches of 500';
const GRAPHILE = 'graphile-worker, local queue';
const BARE = 'bare rows in shards of 500';
const SHARDS = 'bare shards, tasks as one text';

export const scenario: Scenario = {
  name: 'cluster-noop',
  what: `${ROWS.toLocaleString('en-US')} tasks that do nothing over one Postgres, results of 500 bytes`,
  must: [
    { metric: 'tasks/s', peerName: PG_BOSS, text: '≥ 2.5×', holds: ({ ratio }) => ratio >= 2.5 },
    { metric: 'tasks/s', peerName: GRAPHILE, text: '≥ 2.5×', holds: ({ ratio }) => ratio >= 2.5 },
    { metric: 'tasks/s', peerName: BARE, text: '≥ 0.7×', holds: ({ ratio }) => ratio >= 0.7 },
  ],
  run: (ctx) => withPostgres((postgres) => measure(ctx, postgres)),
};

async function measure(ctx: BenchContext, postgres: PostgresRig): Promise<readonly Figure[]> {
  const rows = ctx.quick ? ROWS / 10 : ROWS;
  const csv = `id,name\n${Array.from({ length: rows }, (_, n) => `${n},Row ${n}\n`).join('')}`;
  const perSecond = (done: number, wallMs: number) => {
    if (done !== rows) throw new Error(`only ${done} of ${rows}`);
    const value = done / (wallMs / 1_000);
    ctx.note(`${Math.round(value)} a second`);
    return value;
  };
  const crew = (name: string) => async () => {
    const file = new URL(`../contenders/cluster-${name}.ts`, import.meta.url);
    const input: CrewInput = { url: await postgres.databaseUrl(), rows, workers: WORKERS };
    const { value } = await ctx.child<CrewDone>({ file, input });
    return perSecond(value.rows, value.wallMs);
  };
  noteLoad(ctx);
  const runs = await ctx.repeat({
    sluice: () =>
      withCluster(ctx, postgres, { workers: WORKERS, collectors: ['nothing'] }, async (cluster) =>
        perSecond(rows, await runUpload(cluster, { collector: 'nothing' }, csv, rows)),
      ),
    'pg-boss': crew('pg-boss'),
    graphile: crew('graphile'),
    'bare rows': crew('bare-rows'),
    bare: crew('bare'),
  });
  noteLoad(ctx);
  const compare = (peer: readonly number[], name: string) =>
    figure('cluster-noop', 'tasks/s', runs.sluice, peer, name);
  return [
    compare(runs['pg-boss'], PG_BOSS),
    compare(runs.graphile, GRAPHILE),
    compare(runs['bare rows'], BARE),
    compare(runs.bare, SHARDS),
  ];
}
