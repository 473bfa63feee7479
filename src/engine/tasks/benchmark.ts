/**
 * What this machine gains from doing things at once: the same work one after another and with more
 * and more workers, and what keeps more workers from helping. Computing in threads, waiting as for
 * a slow service, and writing durably.
 */
import { availableParallelism } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import { moduleUrl } from '../../base/module-url.ts';
import { openScratch } from './benchmark-work.ts';
import { TaskManager } from './task-manager.ts';

export const BENCHMARK_WORK = ['compute', 'wait', 'write'] as const;
export type BenchmarkWork = (typeof BENCHMARK_WORK)[number];

export interface BenchmarkPoint {
  readonly workers: number;
  readonly perSecond: number;
  /** Against one worker. */
  readonly speedUp: number;
}

export interface BenchmarkResult {
  readonly work: BenchmarkWork;
  readonly points: readonly BenchmarkPoint[];
  /** What more workers run into, in words. */
  readonly limit: string;
}

export interface BenchmarkOptions {
  readonly work: readonly BenchmarkWork[];
  /** For how long each number of workers is measured, ms. */
  readonly eachMs: number;
  /** Where durable writes go. */
  readonly directory: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onPoint?: (work: BenchmarkWork, point: BenchmarkPoint) => void;
}

const WAIT_MS = 20;
/** About 10 ms on a machine of 2020. */
const DIGESTS = 64;
const WARM_CALLS = 10;
const WORKERS: Readonly<Record<BenchmarkWork, readonly number[]>> = {
  compute: [1, 2, 4, 8, 16, 32],
  wait: [1, 4, 16, 64, 256],
  write: [1, 2, 4, 8, 16],
};
/** More workers that all bring less than this bring nothing. */
const GAIN_MIN = 1.15;
/** More than so many times the workers cannot be: then it was the first figure that is wrong. */
const DISTURBED = 1.3;
/** Beyond twice the cores threads only wait for each other. */
const THREADS_PER_CORE = 2;

/** Rejects with the signal's reason, or where nothing can be written. */
export async function benchmarkMachine(
  options: BenchmarkOptions,
): Promise<readonly BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  for (const work of options.work) results.push(await measure(work, options));
  return results;
}

export interface WorkTime {
  readonly work: BenchmarkWork;
  readonly tookMs: number;
}

/** Does each kind of work once, in turn; resolves with how long it took. */
export async function tryMachine(clock: Clock, directory: string): Promise<readonly WorkTime[]> {
  await using tasks = new TaskManager({ workers: 1, threads: 1, clock });
  const scratch = await openScratch(directory);
  const times: WorkTime[] = [];
  try {
    for (const work of BENCHMARK_WORK) {
      const startMs = clock.monoMs();
      await workOf(work, tasks, clock, scratch.write)();
      times.push({ work, tookMs: clock.monoMs() - startMs });
    }
  } finally {
    await scratch.remove();
  }
  return times;
}

/** One piece of work, as a task. */
function workOf(
  work: BenchmarkWork,
  tasks: TaskManager,
  clock: Clock,
  write: (() => Promise<void>) | undefined,
): () => Promise<unknown> {
  const module = moduleUrl(import.meta.url, './benchmark-work.ts');
  if (work === 'compute') return () => tasks.run({ module, name: 'compute' }, [DIGESTS]);
  if (work === 'wait') return () => tasks.run(() => clock.sleep(WAIT_MS), []);
  return () => tasks.run(async () => write?.(), []);
}

async function measure(work: BenchmarkWork, options: BenchmarkOptions): Promise<BenchmarkResult> {
  const cores = availableParallelism();
  const most = work === 'compute' ? Math.max(2, cores * THREADS_PER_CORE) : Infinity;
  const steps = WORKERS[work].filter((workers) => workers <= most);
  const scratch = work === 'write' ? await openScratch(options.directory) : undefined;
  const points: BenchmarkPoint[] = [];
  try {
    for (const workers of steps) {
      options.signal?.throwIfAborted();
      const perSecond = await rate(work, workers, options, scratch?.write);
      const speedUp = perSecond / (points[0]?.perSecond ?? perSecond);
      const point = { workers, perSecond, speedUp };
      points.push(point);
      options.onPoint?.(work, point);
    }
  } finally {
    await scratch?.remove();
  }
  return { work, points, limit: limitOf(work, points, cores) };
}

async function rate(
  work: BenchmarkWork,
  workers: number,
  { eachMs, clock, signal }: BenchmarkOptions,
  write: (() => Promise<void>) | undefined,
): Promise<number> {
  await using tasks = new TaskManager({ workers, threads: workers, clock });
  const one = workOf(work, tasks, clock, write);
  // Threads start and load before they are measured.
  await Promise.all(Array.from({ length: workers * WARM_CALLS }, one));
  let done = 0;
  const startMs = clock.monoMs();
  const loop = async () => {
    while (clock.monoMs() - startMs < eachMs && signal?.aborted !== true) {
      await one();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, loop));
  signal?.throwIfAborted();
  return (done * 1_000) / (clock.monoMs() - startMs);
}

/** In words; they stand behind the speed-up. */
export function limitOf(
  work: BenchmarkWork,
  points: readonly BenchmarkPoint[],
  cores: number,
): string {
  const at = points.find((point, index) => {
    const most = Math.max(0, ...points.slice(index + 1).map(({ perSecond }) => perSecond));
    return most < point.perSecond * GAIN_MIN;
  });
  const last = points.at(-1);
  if (points.some(({ workers, speedUp }) => speedUp > workers * DISTURBED)) {
    return 'more than can be: something was busy while one at once was measured, measure again';
  }
  if (at === undefined || at === last) return `nothing up to ${last?.workers ?? 0} at once`;
  const from = `more than ${at.workers} at once bring nothing`;
  if (work === 'compute') {
    return at.workers < cores
      ? `${from}: something else keeps the ${cores} cores busy`
      : `${from}: there are ${cores} cores`;
  }
  if (work === 'write') return `${from}: the disk makes so many writes durable`;
  return `${from}: one thread cannot start and end more`;
}
