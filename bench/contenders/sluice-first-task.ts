/**
 * Jobs of one task, one after another, submitted to an engine in the same process: how soon each
 * task runs. Its argument is a `FirstTask`; it answers with a `FirstTaskDone`.
 */
import { join } from 'node:path';
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import { sqliteFloor, timed } from '../harness/floors.ts';

export interface FirstTask {
  readonly dataDir: string;
  /** Path of the collector's file, whose record tells `atNs`. */
  readonly collector: string;
  readonly jobs: number;
  /** Further ones before, not counted. */
  readonly warmJobs: number;
  /** Between two jobs. */
  readonly pauseMs: number;
}

export interface FirstTaskDone {
  /** Each from the call that submits it to its task, ms. */
  readonly timesMs: readonly number[];
  /** Bare commits of one row, between the jobs. */
  readonly commitsMs: readonly number[];
}

async function run(given: FirstTask): Promise<FirstTaskDone> {
  const [{ createWorkbench }, { JobDesk }] = await Promise.all([
    import('../../src/main.ts'),
    import('../../src/engine/job-desk.ts'),
  ]);
  const cwd = process.cwd();
  const { stdin, stdout, stderr } = process;
  const resolved = resolveSettings({ env: {}, flags: { dataDir: given.dataDir } });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd });
  const session = await bench.openEngine('run');
  const { engine, store, uploads } = session;
  const { registry, dataDir, clock, random } = bench;
  await registry.register(given.collector);
  const desk = new JobDesk({
    ...{ engine, store, uploads, registry, dataDir, clock, random },
    retries: 0,
  });
  const floor = sqliteFloor(join(cwd, 'floor'));
  const timesMs: number[] = [];
  const commitsMs: number[] = [];
  const pause = () => new Promise((resolve) => setTimeout(resolve, given.pauseMs));
  for (let n = 0; n < given.warmJobs + given.jobs; n += 1) {
    await pause();
    const commitMs = await timed(floor.commit);
    await pause();
    const calledNs = process.hrtime.bigint();
    const order = { collector: 'stamp', options: {}, input: { rows: [{ n }] }, retries: 0 };
    const { job } = await desk.submit(order, 'bench');
    await engine.settled(job.id);
    const [record] = await store.records(job.id, undefined, 1);
    const { atNs } = JSON.parse(record?.json ?? '') as { atNs: string };
    if (n < given.warmJobs) continue;
    timesMs.push(Number(BigInt(atNs) - calledNs) / 1e6);
    commitsMs.push(commitMs);
  }
  floor.close();
  await session.close();
  return { timesMs, commitsMs };
}

const given = JSON.parse(process.argv.at(-1) ?? '') as FirstTask;
process.stdout.write(`${JSON.stringify(await run(given))}\n`);
