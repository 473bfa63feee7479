/** What scenarios of several nodes share: one Postgres, clusters as users start them, the load. */
import { mkdirSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cluster, type ClusterOptions } from '../../test/e2e/cluster-rig.ts';
import { PostgresRig } from '../../test/fakes/postgres-rig.ts';
import type { BenchContext } from './scenario.ts';

/** As shipped: every commit that is answered survives power loss. */
export async function withPostgres<T>(body: (postgres: PostgresRig) => Promise<T>): Promise<T> {
  const postgres = new PostgresRig();
  try {
    await postgres.start();
    return await body(postgres);
  } finally {
    await postgres.end();
  }
}

export type ClusterPlan = Pick<ClusterOptions, 'workers' | 'flags' | 'env'> & {
  /** Names of files in `collectors/`. */
  readonly collectors: readonly string[];
};

/** Who asks too often measures the asking. */
const POLL_MS = 50;
let clusters = 0;

/** Without a Postgres it is one process over a file. The database is a new one. */
export async function withCluster<T>(
  ctx: BenchContext,
  postgres: PostgresRig | undefined,
  { collectors, ...plan }: ClusterPlan,
  body: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  clusters += 1;
  const cwd = join(ctx.directory, `cluster-${clusters}`);
  mkdirSync(cwd);
  const cluster = await Cluster.start({
    ...plan,
    cwd,
    databaseUrl: (await postgres?.databaseUrl()) ?? '',
    collectors: collectors.map((name) =>
      fileURLToPath(new URL(`../collectors/${name}.ts`, import.meta.url)),
    ),
    env: { SLUICE_NODE_LEASE: '10s', ...plan.env },
  });
  try {
    return await body(cluster);
  } finally {
    await cluster.close();
  }
}

/** Says what else the machine is doing: figures of a busy one say little. */
export function noteLoad(ctx: BenchContext): void {
  const [minute = 0, five = 0] = loadavg();
  const processors = availableParallelism();
  ctx.note(`load ${minute.toFixed(1)} (1 min), ${five.toFixed(1)} (5 min) of ${processors}`);
}

/** Submits a CSV as a job, and waits for its end; ms from the first byte to the last commit seen. */
export async function runUpload(
  cluster: Cluster,
  query: Readonly<Record<string, string>>,
  csv: string,
  tasks: number,
): Promise<number> {
  const startedMs = performance.now();
  const id = await cluster.upload({ retries: '0', ...query }, csv);
  const { state, counters } = await cluster.ended(id, { pollMs: POLL_MS });
  const wallMs = performance.now() - startedMs;
  if (state !== 'completed' || counters.completed !== tasks) {
    throw new Error(`${state} with ${JSON.stringify(counters)}\n${cluster.said()}`);
  }
  return wallMs;
}
