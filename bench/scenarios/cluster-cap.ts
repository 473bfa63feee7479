/**
 * A host that takes two requests at once, and four nodes that all want it: whether the two are ever
 * three, as the host sees it, and how busy they are kept. The ideal is two requests back to back for
 * as long as the host takes for one.
 *
 * Where a task tells its host, its work goes to the node that owns the host's lane. Where it does
 * not, each request asks the owner for its start.
 */

import { JudgingServer } from '../../test/fakes/judging-server.ts';
import type { PostgresRig } from '../../test/fakes/postgres-rig.ts';
import { noteLoad, runUpload, withCluster, withPostgres } from '../harness/cluster.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 10_000;
const LATE_ROWS = 1_000;
const SLOTS = 2;
const NODES = 4;
const TAKES_MS = [2, 3, 4, 5] as const;
const HOST = 'capped.example';
const IDEAL = 'ideal';
const CAP = 'the cap';

export const scenario: Scenario = {
  name: 'cluster-cap',
  what: `${ROWS.toLocaleString('en-US')} requests of 2–5 ms to a host with ${SLOTS} slots, ${NODES} nodes`,
  must: [
    { metric: 'most at once', text: '≤ 2', holds: ({ sluice }) => sluice <= SLOTS },
    { metric: 'requests/s', text: '≥ 0.75×', holds: ({ ratio }) => ratio >= 0.75 },
    { metric: 'most at once, not told', text: '≤ 2', holds: ({ sluice }) => sluice <= SLOTS },
  ],
  run: (ctx) => withPostgres((postgres) => measure(ctx, postgres)),
};

interface Run {
  readonly perSecond: number;
  readonly idealPerSecond: number;
  readonly most: number;
}

async function measure(ctx: BenchContext, postgres: PostgresRig): Promise<readonly Figure[]> {
  const server = await JudgingServer.start({
    takesMs: ({ path }) => TAKES_MS[Number(path.slice(1)) % TAKES_MS.length] as number,
  });
  const run = (collector: string, all: number) => async (): Promise<Run> => {
    const rows = ctx.quick ? all / 5 : all;
    const lines = Array.from({ length: rows }, (_, n) => `http://${HOST}/${n}\n`);
    const plan = {
      workers: NODES - 1,
      collectors: [collector],
      flags: ['--resolve', `*=127.0.0.1:${server.port}`],
      env: { SLUICE_ROBOTS: 'false' },
    };
    server.forget();
    const query = { collector, options: JSON.stringify({ slots: String(SLOTS) }) };
    await withCluster(ctx, postgres, plan, (cluster) =>
      runUpload(cluster, query, `url\n${lines.join('')}`, rows),
    );
    // As the host sees it: from the first request to the last, without the start of the job.
    const startsMs = server.startsMs(HOST);
    const spanMs = (startsMs.at(-1) ?? 0) - (startsMs[0] ?? 0);
    const result = {
      perSecond: (startsMs.length - 1) / (spanMs / 1_000),
      idealPerSecond: SLOTS / (server.meanMs(HOST) / 1_000),
      most: server.judge(HOST).mostAtOnce,
    };
    ctx.note(JSON.stringify(result));
    return result;
  };
  try {
    noteLoad(ctx);
    const { told, late } = await ctx.repeat({
      told: run('one-request', ROWS),
      late: run('late-lane', LATE_ROWS),
    });
    noteLoad(ctx);
    const worst = (runs: readonly Run[]) => Math.max(...runs.map(({ most }) => most));
    const speed = (metric: string, runs: readonly Run[]) =>
      figure(
        'cluster-cap',
        metric,
        runs.map(({ perSecond }) => perSecond),
        runs.map(({ idealPerSecond }) => idealPerSecond),
        IDEAL,
      );
    return [
      figure('cluster-cap', 'most at once', worst(told), SLOTS, CAP),
      speed('requests/s', told),
      figure('cluster-cap', 'most at once, not told', worst(late), SLOTS, CAP),
      speed('requests/s, not told', late),
    ];
  } finally {
    await server.close();
  }
}
