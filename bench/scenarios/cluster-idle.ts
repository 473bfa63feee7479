/**
 * How soon something starts where nothing is going on: from the call that submits a job of one row
 * to the task, by the clock that all processes of a machine share. One after another: to a cluster
 * over HTTP, to a server alone over HTTP, to an engine in the same process. Each is the whole of
 * it, with the request, its checks and its input.
 *
 * Between two jobs what cannot be gone below is measured on the same machine in the same moment: a
 * bare commit of one row in Postgres and in SQLite, a bare answer of the server.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../test/e2e/cluster-rig.ts';
import type { PostgresRig } from '../../test/fakes/postgres-rig.ts';
import type { FirstTask, FirstTaskDone } from '../contenders/sluice-first-task.ts';
import { noteLoad, withCluster, withPostgres } from '../harness/cluster.ts';
import { figure } from '../harness/figures.ts';
import { inWords, part, postgresFloor, timed } from '../harness/floors.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const JOBS = 100;
const WARM_JOBS = 20;
const WORKERS = 2;
/** Until it is idle again. */
const PAUSE_MS = 50;
const POLL_MS = 10;
const BOUND = 'allowed';

export const scenario: Scenario = {
  name: 'cluster-idle',
  what: `from a job's submission to its first task, ${JOBS} jobs of one task where nothing else runs`,
  must: [
    { metric: 'cluster p50 ms', text: '≤ 10 ms', holds: ({ ratio }) => ratio <= 1 },
    { metric: 'cluster p95 ms', text: '≤ 20 ms', holds: ({ ratio }) => ratio <= 1 },
    { metric: 'in process p50 ms', text: '≤ 2 ms', holds: ({ ratio }) => ratio <= 1 },
  ],
  run: measure,
};

interface Taken {
  readonly jobs: readonly number[];
  /** By what it is. */
  readonly floors: Readonly<Record<string, readonly number[]>>;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  noteLoad(ctx);
  const runs = await withPostgres((postgres) =>
    ctx.repeat({
      cluster: () =>
        withCluster(ctx, postgres, { workers: WORKERS, collectors: ['stamp'] }, (cluster) =>
          beside(cluster, postgres),
        ),
      server: () =>
        withCluster(ctx, undefined, { workers: 0, collectors: ['stamp'] }, (cluster) =>
          take(cluster, { 'bare answer': () => answer(cluster) }),
        ),
      process: (round) => inProcess(ctx, join(ctx.directory, `process-${round}`)),
    }),
  );
  noteLoad(ctx);
  for (const [name, rounds] of Object.entries(runs) as [string, readonly Taken[]][]) {
    for (const { jobs, floors } of rounds) {
      const words = Object.entries(floors).map(([floor, times]) => `${floor} ${inWords(times)}`);
      ctx.note(`${name} ${inWords(jobs)}; beside it ${words.join(', ')}`);
    }
  }
  const p = (share: number) => (taken: Taken) => part(taken.jobs, share);
  const bound = (metric: string, values: readonly number[], most: number) =>
    figure('cluster-idle', metric, values, most, BOUND);
  return [
    bound('cluster p50 ms', runs.cluster.map(p(0.5)), 10),
    bound('cluster p95 ms', runs.cluster.map(p(0.95)), 20),
    bound('server alone p50 ms', runs.server.map(p(0.5)), 10),
    bound('server alone p95 ms', runs.server.map(p(0.95)), 20),
    bound('in process p50 ms', runs.process.map(p(0.5)), 2),
    bound('in process p95 ms', runs.process.map(p(0.95)), 2),
  ];
}

/** The floors of a cluster are on the Postgres that it uses, in a database of their own. */
async function beside(cluster: Cluster, postgres: PostgresRig): Promise<Taken> {
  const floor = await postgresFloor(await postgres.databaseUrl());
  try {
    return await take(cluster, {
      'bare commit': floor.commit,
      'bare query': floor.look,
      'bare answer': () => answer(cluster),
    });
  } finally {
    await floor.close();
  }
}

async function take(
  cluster: Cluster,
  floors: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Taken> {
  const jobs: number[] = [];
  const taken = Object.fromEntries(Object.keys(floors).map((name) => [name, [] as number[]]));
  for (let n = 0; n < WARM_JOBS + JOBS; n += 1) {
    await delay(PAUSE_MS);
    for (const [name, work] of Object.entries(floors)) {
      const ms = await timed(work);
      if (n >= WARM_JOBS) taken[name]?.push(ms);
    }
    await delay(PAUSE_MS);
    const calledNs = process.hrtime.bigint();
    const id = await cluster.submit({ collector: 'stamp', input: { rows: [{ n }] } });
    await cluster.ended(id, { pollMs: POLL_MS });
    const { atNs } = JSON.parse(await cluster.download(id, 'record')) as { atNs: string };
    if (n >= WARM_JOBS) jobs.push(Number(BigInt(atNs) - calledNs) / 1e6);
  }
  return { jobs, floors: taken };
}

async function answer(cluster: Cluster): Promise<void> {
  await (await cluster.call('GET', '/livez')).text();
}

async function inProcess(ctx: BenchContext, cwd: string): Promise<Taken> {
  mkdirSync(cwd);
  const file = new URL('../contenders/sluice-first-task.ts', import.meta.url);
  const input: FirstTask = {
    dataDir: join(cwd, 'data'),
    collector: fileURLToPath(new URL('../collectors/stamp.ts', import.meta.url)),
    jobs: JOBS,
    warmJobs: WARM_JOBS,
    pauseMs: PAUSE_MS,
  };
  const { value } = await ctx.child<FirstTaskDone>({ file, input, cwd });
  return { jobs: value.timesMs, floors: { 'bare commit': value.commitsMs } };
}
