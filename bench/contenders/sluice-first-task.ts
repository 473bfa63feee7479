/**
 * Jobs of one task, one after another, submitted to an engine in the same process: how soon each
 * task runs. Its argument is a `FirstTask`; it answers with a `FirstTaskDone`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveSettings } from '../../src/model/resolve-settings.ts';

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
}

async function run(given: FirstTask): Promise<FirstTaskDone> {
  const [{ createWorkbench }, { prepareJob }] = await Promise.all([
    import('../../src/main.ts'),
    import('../../src/engine/job-request.ts'),
  ]);
  const cwd = process.cwd();
  const { stdin, stdout, stderr } = process;
  const resolved = resolveSettings({ env: {}, flags: { dataDir: given.dataDir } });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd });
  const session = await bench.openEngine('run');
  const { engine, store } = session;
  const { registry, dataDir, clock, random } = bench;
  const timesMs: number[] = [];
  const input = join(cwd, 'one.csv');
  writeFileSync(input, 'n\n1\n');
  for (let n = 0; n < given.warmJobs + given.jobs; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, given.pauseMs));
    const { spec } = await prepareJob(
      {
        collector: given.collector,
        input,
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
    const calledNs = process.hrtime.bigint();
    await engine.submit(spec);
    await engine.settled(spec.id);
    const [record] = await store.records(spec.id, undefined, 1);
    const { atNs } = JSON.parse(record?.json ?? '') as { atNs: string };
    if (n >= given.warmJobs) timesMs.push(Number(BigInt(atNs) - calledNs) / 1e6);
  }
  await session.close();
  return { timesMs };
}

const given = JSON.parse(process.argv.at(-1) ?? '') as FirstTask;
process.stdout.write(`${JSON.stringify(await run(given))}\n`);
