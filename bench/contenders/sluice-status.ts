/**
 * Sluice's server, asked for the state of a job: at a steady rate while the job runs at full speed,
 * and as fast as it answers once the job has ended. Its argument is a `SluiceStatus`.
 */
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import { runChild } from '../harness/child.ts';
import type { HttpLoad, HttpLoadDone } from './http-load.ts';

export interface SluiceStatus {
  readonly dataDir: string;
  /** Path of the collector's file. */
  readonly collector: string;
  /** Path of the input. */
  readonly input: string;
  readonly perSecond: number;
  readonly steadyMs: number;
  readonly fastMs: number;
  /** Enough that each request finds one that is free. */
  readonly steadyConnections: number;
  readonly connections: number;
}

export interface SluiceStatusDone {
  readonly steady: HttpLoadDone;
  /** Tasks that the job ended a second meanwhile. */
  readonly tasksPerSecond: number;
  readonly fast: HttpLoadDone;
  /** Of the process, a request. */
  readonly cpuUs: number;
}

const WARM_MS = 1_000;
const LOAD = new URL('./http-load.ts', import.meta.url);

async function run(given: SluiceStatus): Promise<SluiceStatusDone> {
  const [{ createWorkbench }, { prepareJob }] = await Promise.all([
    import('../../src/main.ts'),
    import('../../src/engine/job-request.ts'),
  ]);
  const cwd = process.cwd();
  const { stdin, stdout, stderr } = process;
  const resolved = resolveSettings({ env: {}, flags: { dataDir: given.dataDir } });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd });
  const session = await bench.openEngine('run');
  const server = await bench.openServer(session);
  const key = (await server.firstKey()) as string;
  const port = Number(new URL(await server.listen('127.0.0.1', 0)).port);
  const { registry, dataDir, clock, random } = bench;
  const prepared = await prepareJob(
    {
      collector: given.collector,
      input: given.input,
      column: undefined,
      options: {},
      tenant: 'bench',
      concurrency: 0,
      retries: 0,
      idempotencyKey: undefined,
      wishes: {},
    },
    { registry, dataDir, cwd, clock, random, retries: 0 },
  );
  const { id } = prepared.spec;
  const load: HttpLoad = {
    port,
    path: `/v1/jobs/${id}`,
    key,
    connections: given.connections,
    durationMs: given.fastMs,
    warmMs: WARM_MS,
  };
  await session.engine.submit(prepared.spec);
  const before = await session.store.job(id);
  const startedMs = performance.now();
  const steadyLoad: HttpLoad = {
    ...load,
    connections: given.steadyConnections,
    durationMs: given.steadyMs,
    perSecond: given.perSecond,
  };
  const { value: steady } = await runChild<HttpLoadDone>({ file: LOAD, input: steadyLoad });
  const wallMs = performance.now() - startedMs;
  const job = await session.store.job(id);
  if (job?.state !== 'running') throw new Error(`the job was ${job?.state} before the load ended`);
  const tasks = job.counters.completed - (before?.counters.completed ?? 0);
  await session.engine.cancel(id);
  const used = process.cpuUsage();
  const { value: fast } = await runChild<HttpLoadDone>({ file: LOAD, input: load });
  const { user, system } = process.cpuUsage(used);
  await server.close();
  await session.close();
  const cpuUs = (user + system) / fast.answers;
  return { steady, tasksPerSecond: (tasks * 1_000) / wallMs, fast, cpuUs };
}

const given = JSON.parse(process.argv.at(-1) ?? '') as SluiceStatus;
process.stdout.write(`${JSON.stringify(await run(given))}\n`);
