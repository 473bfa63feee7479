/**
 * One job of Sluice from its input to its end, through the same composition root as the command
 * line: a database on disk with every commit durable, threads, limits, all as a user gets them.
 *
 * Its argument is a `SluiceJob`; it answers with a `SluiceJobDone`.
 */
import { resolveSettings } from '../../src/model/resolve-settings.ts';

export interface SluiceJob {
  readonly dataDir: string;
  /** Registered name, or absolute path of a collector's file. */
  readonly collector: string;
  /** Path of the input. */
  readonly input: string;
  readonly column?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Slots of the job; 0 = as set. */
  readonly concurrency?: number;
  readonly retries?: number;
  /** Settings by name, as flags give them. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface SluiceJobDone {
  readonly tasks: number;
  readonly completed: number;
  readonly discarded: number;
  readonly records: number;
  /** From the input to the last durable outcome, without the start of the process. */
  readonly wallMs: number;
}

async function run(job: SluiceJob): Promise<SluiceJobDone> {
  const [{ createWorkbench }, { prepareJob }] = await Promise.all([
    import('../../src/main.ts'),
    import('../../src/engine/job-request.ts'),
  ]);
  const cwd = process.cwd();
  const { stdin, stdout, stderr } = process;
  const flags = { dataDir: job.dataDir, ...job.settings };
  const resolved = resolveSettings({ env: {}, flags });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd });
  const session = await bench.openEngine('run');
  const startedMs = performance.now();
  const { registry, dataDir, clock, random } = bench;
  const prepared = await prepareJob(
    {
      collector: job.collector,
      input: job.input,
      column: job.column,
      options: job.options ?? {},
      tenant: 'bench',
      concurrency: job.concurrency ?? 0,
      retries: job.retries ?? 0,
      idempotencyKey: undefined,
      wishes: {},
    },
    { registry, dataDir, cwd, clock, random, retries: 0 },
  );
  await session.engine.submit(prepared.spec);
  const { counters, state } = await session.engine.settled(prepared.spec.id);
  const wallMs = performance.now() - startedMs;
  if (state !== 'completed') throw new Error(`the job is ${state}`);
  if (counters.discarded > 0) {
    const groups = await session.store.failureGroups(prepared.spec.id);
    throw new Error(`${counters.discarded} failed, such as: ${groups[0]?.sample.message}`);
  }
  await session.close();
  const { tasks, completed, discarded, records } = counters;
  return { tasks, completed, discarded, records, wallMs };
}

const job = JSON.parse(process.argv.at(-1) ?? '') as SluiceJob;
process.stdout.write(`${JSON.stringify(await run(job))}\n`);
