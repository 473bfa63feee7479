/**
 * How soon something starts where nothing is going on: from the call that submits a job of one task
 * to the task, by the clock that all processes of a machine share. One after another: to a cluster
 * over HTTP, to a server alone over HTTP, to an engine in the same process.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../test/e2e/cluster-rig.ts';
import type { FirstTask, FirstTaskDone } from '../contenders/sluice-first-task.ts';
import { noteLoad, withCluster, withPostgres } from '../harness/cluster.ts';
import { figure } from '../harness/figures.ts';
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

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  noteLoad(ctx);
  const runs = await withPostgres((postgres) =>
    ctx.repeat({
      cluster: () => withCluster(ctx, postgres, { workers: WORKERS, collectors: ['stamp'] }, take),
      server: () => withCluster(ctx, undefined, { workers: 0, collectors: ['stamp'] }, take),
      process: (round) => inProcess(ctx, join(ctx.directory, `process-${round}`)),
    }),
  );
  noteLoad(ctx);
  const p = (share: number) => (times: readonly number[]) => {
    const sorted = times.toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  };
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

async function take(cluster: Cluster): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < WARM_JOBS + JOBS; n += 1) {
    await delay(PAUSE_MS);
    const calledNs = process.hrtime.bigint();
    const id = await cluster.submit({ collector: 'stamp', input: { rows: [{ n }] } });
    await cluster.ended(id, { pollMs: POLL_MS });
    const { atNs } = JSON.parse(await cluster.download(id, 'record')) as { atNs: string };
    if (n >= WARM_JOBS) times.push(Number(BigInt(atNs) - calledNs) / 1e6);
  }
  return times;
}

async function inProcess(ctx: BenchContext, cwd: string): Promise<readonly number[]> {
  mkdirSync(cwd);
  const file = new URL('../contenders/sluice-first-task.ts', import.meta.url);
  const input: FirstTask = {
    dataDir: join(cwd, 'data'),
    collector: fileURLToPath(new URL('../collectors/stamp.ts', import.meta.url)),
    jobs: JOBS,
    warmJobs: WARM_JOBS,
    pauseMs: PAUSE_MS,
  };
  return (await ctx.child<FirstTaskDone>({ file, input, cwd })).value.timesMs;
}
