/** Puts the workers together: a pool for each kind of work, as settings and machine allow. */
import { availableParallelism } from 'node:os';
import { computeThreads, Machine } from './base/machine.ts';
import { threadsMax } from './main-open-files.ts';
import type { BenchParts } from './main-parts.ts';
import type { Profile } from './model/pool-settings.ts';
import { threadRunner } from './workers/thread-runner.ts';
import { WorkPools } from './workers/work-pools.ts';

const GENERAL_TIMEOUT_MS = 20_000;
const HEAP_MB = 256;
const LOOK_MS = 500;
const MB = 2 ** 20;

interface Keeping {
  /** Whether workers stay although they are idle, once they were needed. */
  readonly warm: boolean;
  readonly idleMs: number;
  /** Share of the memory that the container allows which workers may have. */
  readonly memoryShare: number;
}

const KEEPING: Readonly<Record<Profile, Keeping>> = {
  development: { warm: false, idleMs: 15_000, memoryShare: 0.25 },
  production: { warm: true, idleMs: 60_000, memoryShare: 0.5 },
  cloud: { warm: true, idleMs: 60_000, memoryShare: 0.7 },
};

export function openPools({
  resolved: { settings },
  clock,
  log,
  pools: book,
}: Pick<BenchParts, 'resolved' | 'clock' | 'log' | 'pools'>): WorkPools {
  const machine = new Machine();
  const { warm, idleMs, memoryShare } = KEEPING[settings.profile];
  const cores = availableParallelism();
  const { memoryBytesMax = Number.POSITIVE_INFINITY } = machine.read();
  const fits = Math.max(1, Math.floor((memoryBytesMax * memoryShare) / (HEAP_MB * MB)));
  const workersMax = Math.min(settings.workersMax, fits, threadsMax());
  const bounded = (wanted: number) => Math.min(wanted, workersMax);
  const general = bounded(computeThreads(settings.threads));
  const analytics = bounded(settings.analyticsWorkers);
  const pools = new WorkPools({
    threads: [
      {
        kind: 'general',
        min: warm ? general : 0,
        max: general,
        start: general,
        timeoutMs: GENERAL_TIMEOUT_MS,
      },
      {
        kind: 'analytics',
        min: warm ? 1 : 0,
        max: analytics,
        // One more than cores: a thread waits for its picture's decoding now and then.
        start: Math.min(analytics, cores + 1),
        timeoutMs: settings.analyticsTimeoutMs,
      },
    ],
    inline: [
      { kind: 'upload', max: settings.uploadWorkers, timeoutMs: settings.uploadTimeoutMs },
      { kind: 'database', max: settings.databaseWorkers, timeoutMs: settings.databaseTimeoutMs },
    ],
    workersMax,
    idleMs,
    lookMs: LOOK_MS,
    workerBytes: HEAP_MB * MB,
    start: threadRunner(HEAP_MB, { repeatable: true }),
    book,
    clock,
    log,
    readings: () => machine.read(),
    onClose: () => machine.close(),
  });
  const ai = settings.aiWorkers;
  book.add('ai', () => ({ runner: 'inline', size: ai, min: ai, max: ai }));
  return pools;
}
