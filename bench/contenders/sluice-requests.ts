/**
 * Sluice as composed for its users, over one CSV with one request a row: SQLite, journal, lanes, the
 * real transport. It ends with the job, or earlier where the input says so; what is open then is
 * left.
 */
import { fileURLToPath } from 'node:url';
import { prepareJob } from '../../src/engine/job-request.ts';
import { createWorkbench } from '../../src/main.ts';
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import { watch } from '../collectors/one-request.ts';

export interface RequestsInput {
  /** A CSV with a column `url`. */
  readonly rows: string;
  readonly dataDir: string;
  /** Where every host is. */
  readonly port: number;
  /** Slots of each host, as the collector takes them; '' = as the settings say. */
  readonly slots?: string;
  /** Settings by name, as a user would write them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Ends it after so long. */
  readonly endAfterMs?: number;
  /** Ends it once so many rows are done that are not of this host. */
  readonly endAfterOthers?: { readonly host: string; readonly count: number };
}

export interface RequestsResult {
  /** From the job's start to its end. */
  readonly wallMs: number;
  readonly tasks: number;
  readonly completed: number;
  readonly discarded: number;
  readonly failedAttempts: number;
}

async function main(input: RequestsInput): Promise<RequestsResult> {
  const resolved = resolveSettings({
    env: {},
    flags: {
      dataDir: input.dataDir,
      resolve: `*=127.0.0.1:${input.port}`,
      robots: 'false',
      resultTtlMs: '0',
      ...input.settings,
    },
  });
  const { stdin, stdout, stderr, env } = process;
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env, cwd: process.cwd() });
  const session = await bench.openEngine('run');
  const { engine, store } = session;
  const { spec } = await prepareJob(
    {
      collector: fileURLToPath(new URL('../collectors/one-request.ts', import.meta.url)),
      input: input.rows,
      column: undefined,
      wishes: {},
      options: input.slots ? { slots: input.slots } : {},
      tenant: 'local',
      concurrency: 0,
      retries: undefined,
      idempotencyKey: undefined,
    },
    {
      registry: bench.registry,
      dataDir: bench.dataDir,
      cwd: process.cwd(),
      clock: bench.clock,
      random: bench.random,
      retries: resolved.settings.retries,
    },
  );
  const startedMs = performance.now();
  const ended = Promise.race([earlyEnd(input), submitted()]);
  async function submitted(): Promise<void> {
    await engine.submit(spec);
    await engine.settled(spec.id);
  }
  await ended;
  const wallMs = performance.now() - startedMs;
  await engine.abort();
  const job = await store.job(spec.id);
  await session.close();
  if (!job) throw new Error('the job is gone');
  const { tasks, completed, discarded, failedAttempts } = job.counters;
  return { wallMs, tasks, completed, discarded, failedAttempts };
}

/** Resolves when the input wants no more of it. */
function earlyEnd({ endAfterMs, endAfterOthers }: RequestsInput): Promise<void> {
  return new Promise((resolve) => {
    if (endAfterMs !== undefined) setTimeout(resolve, endAfterMs).unref();
    if (!endAfterOthers) return;
    let left = endAfterOthers.count;
    watch.onDone = (host) => {
      if (host === endAfterOthers.host) return;
      left -= 1;
      if (left === 0) resolve();
    };
  });
}

const result = await main(JSON.parse(process.argv.at(-1) ?? '') as RequestsInput);
process.stdout.write(`${JSON.stringify(result)}\n`);
