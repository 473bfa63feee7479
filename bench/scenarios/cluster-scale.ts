/**
 * Whether more nodes do more: requests that take a while each, over many hosts, with so many at once
 * a node. The node that serves works as well and is counted. Half a minute for the most nodes: what
 * a job's start and end cost, about a second, is part of it.
 */

import { JudgingServer } from '../../test/fakes/judging-server.ts';
import type { PostgresRig } from '../../test/fakes/postgres-rig.ts';
import { noteLoad, runUpload, withCluster, withPostgres } from '../harness/cluster.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 12_000;
const HOSTS = 200;
/** With 50 ms the processors of a machine of two are what four nodes wait for (3.0 times one). */
const REQUEST_MS = 150;
const NODE_SLOTS = 16;
const ONE = 'one node';

export const scenario: Scenario = {
  name: 'cluster-scale',
  what: `${ROWS.toLocaleString('en-US')} requests of ${REQUEST_MS} ms, ${NODE_SLOTS} at once a node`,
  must: [
    { metric: 'rows/s of 2 nodes', text: '≥ 1.9×', holds: ({ ratio }) => ratio >= 1.9 },
    { metric: 'rows/s of 4 nodes', text: '≥ 3.6×', holds: ({ ratio }) => ratio >= 3.6 },
  ],
  run: (ctx) => withPostgres((postgres) => measure(ctx, postgres)),
};

async function measure(ctx: BenchContext, postgres: PostgresRig): Promise<readonly Figure[]> {
  const rows = ctx.quick ? ROWS / 4 : ROWS;
  const lines = Array.from({ length: rows }, (_, n) => `http://host${n % HOSTS}.example/${n}\n`);
  const csv = `url\n${lines.join('')}`;
  const server = await JudgingServer.start({ takesMs: REQUEST_MS });
  const run = (nodes: number) => async () => {
    const plan = {
      workers: nodes - 1,
      collectors: ['one-request'],
      flags: ['--resolve', `*=127.0.0.1:${server.port}`],
      env: { SLUICE_NODE_CONCURRENCY: String(NODE_SLOTS), SLUICE_ROBOTS: 'false' },
    };
    server.forget();
    const query = { collector: 'one-request', options: JSON.stringify({ slots: '30' }) };
    const wallMs = await withCluster(ctx, postgres, plan, (cluster) =>
      runUpload(cluster, query, csv, rows),
    );
    if (server.requests !== rows) throw new Error(`${server.requests} requests for ${rows} rows`);
    ctx.note(`${Math.round(rows / (wallMs / 1_000))} rows/s`);
    return rows / (wallMs / 1_000);
  };
  try {
    noteLoad(ctx);
    const runs = await ctx.repeat({ one: run(1), two: run(2), four: run(4) });
    noteLoad(ctx);
    return [
      figure('cluster-scale', 'rows/s of 2 nodes', runs.two, runs.one, ONE),
      figure('cluster-scale', 'rows/s of 4 nodes', runs.four, runs.one, ONE),
    ];
  } finally {
    await server.close();
  }
}
