/** One job of a demo, in a data directory of its own, followed to its end. */
import { prepareJob } from '../../engine/job-request.ts';
import type { Settings } from '../../model/settings.ts';
import type { Store } from '../../store/store.ts';
import { planDownload } from '../download-flags.ts';
import { loadSettings } from '../load-settings.ts';
import type { Invocation } from '../program.ts';
import { runToEnd } from '../run-to-end.ts';

export interface DemoJob {
  readonly collector: string;
  readonly dataDir: string;
  readonly input: string;
  readonly column: string;
  readonly output: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly settings: Partial<Settings>;
  readonly concurrency: number;
}

export interface DemoJobEnd<T> {
  readonly exitCode: number;
  readonly durationMs: number;
  readonly found: T;
}

/** `count`: what is to be told of the finished job. */
export async function runDemoJob<T>(
  invocation: Invocation,
  demo: DemoJob,
  count: (store: Store, jobId: string) => Promise<T>,
): Promise<DemoJobEnd<T>> {
  const { io } = invocation;
  const loaded = loadSettings(io, { ...invocation.flags, ...demo.flags, data: demo.dataDir });
  // In a directory of its own, whatever jobs are kept in otherwise.
  const settings = { ...loaded.settings, databaseUrl: '', ...demo.settings };
  const resolved = { ...loaded, settings };
  const bench = await invocation.open(resolved);
  const collector = await bench.registry.get(demo.collector);
  const session = await bench.openEngine('run');
  const { spec } = await prepareJob(
    {
      collector: demo.collector,
      input: demo.input,
      column: demo.column,
      wishes: {},
      options: demo.options,
      tenant: settings.tenant,
      concurrency: demo.concurrency,
      retries: undefined,
      idempotencyKey: undefined,
    },
    {
      registry: bench.registry,
      dataDir: bench.dataDir,
      cwd: io.cwd,
      clock: bench.clock,
      random: bench.random,
      retries: settings.retries,
    },
  );
  const { job } = await session.store.createJob(spec);
  const startedMs = bench.clock.monoMs();
  let durationMs = 0;
  const exitCode = await runToEnd({
    invocation: { ...invocation, resolved },
    bench,
    session,
    job,
    collector,
    download: planDownload({ output: demo.output }, 'none', io.cwd),
    own: {},
    start: () => session.engine.run(job.id),
    notes: [],
    brief: true,
    onSettled: () => {
      durationMs = bench.clock.monoMs() - startedMs;
    },
  });
  const store = await bench.openReader();
  try {
    return { exitCode, durationMs, found: await count(store, job.id) };
  } finally {
    await store.close();
  }
}
