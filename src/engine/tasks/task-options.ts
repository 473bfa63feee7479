/** Options that make no sense are refused where they are given, with what would. */
import { nearest } from '../../base/suggest.ts';
import type { LaneLimits } from '../../model/lane.ts';
import { wrong } from './task-profile.ts';
import type { MapOptions, TaskManagerOptions, TaskOptions } from './task-types.ts';

/** Tasks that may wait, where nobody says another number. */
export const WAITING_MAX = 1_000_000;
export const NO_LIMIT: LaneLimits = { concurrency: 1_000_000, rate: 'none', breaker: false };
const PRIORITY_MAX = 4_000;
/** Every option of a task manager; a new one that is missing here does not compile. */
const KNOWN: Readonly<Record<keyof TaskManagerOptions, true>> = {
  profile: true,
  workers: true,
  kinds: true,
  tenants: true,
  lane: true,
  waitingMax: true,
  threads: true,
  memoryMb: true,
  onEnd: true,
  debug: true,
  profiling: true,
  tracer: true,
  env: true,
  clock: true,
  random: true,
};

/** Every option of a task and of a map, likewise. */
const OF_TASKS: Readonly<Record<keyof MapOptions, true>> = {
  kind: true,
  tenant: true,
  lanes: true,
  priority: true,
  timeoutMs: true,
  deadlineMs: true,
  retries: true,
  isolation: true,
  signal: true,
  concurrency: true,
  onProgress: true,
  goOn: true,
};

/** Throws `task.option` for one that nobody knows: it would be without effect. */
export function checkOptions(options: TaskManagerOptions): void {
  checkNames(options, KNOWN);
}

/** Those of a map among options with others of their own; throws `task.option` for any further. */
export function mapOptionsOf<Options extends MapOptions>(
  options: Options,
  own: Readonly<Record<Exclude<keyof Options, keyof MapOptions>, true>>,
): MapOptions {
  checkNames(options, { ...OF_TASKS, ...own });
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in OF_TASKS));
}

function checkNames(options: object, known: Readonly<Record<string, true>>): void {
  for (const name in options) {
    if (name in known) continue;
    const near = nearest(name, Object.keys(known));
    throw wrong(name, near === undefined ? 'nobody knows it' : `did you mean ${near}?`);
  }
}

/** Of one task, or of each of a map. Called for every task: it makes nothing. */
export function checkTask(options: TaskOptions & Pick<MapOptions, 'concurrency'>): void {
  checkNames(options, OF_TASKS);
  const { priority, retries, timeoutMs, deadlineMs, concurrency } = options;
  if (priority !== undefined && !(Math.abs(priority) <= PRIORITY_MAX)) {
    throw wrong('priority', `${priority}: it takes numbers from -4000 to 4000`);
  }
  if (retries !== undefined && !(retries >= 0)) {
    throw wrong('retries', `${retries}: it takes 0 or more`);
  }
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw wrong('timeoutMs', `${timeoutMs}: it takes milliseconds, more than 0`);
  }
  if (deadlineMs !== undefined && !(deadlineMs >= 0)) {
    throw wrong('deadlineMs', `${deadlineMs}: it takes a wall time in milliseconds`);
  }
  if (concurrency !== undefined && !(concurrency >= 1)) {
    throw wrong('concurrency', `${concurrency}: it takes 1 or more`);
  }
}

export function checkBatch(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize >= 1) return;
  throw wrong('batchSize', `${batchSize}: it takes whole numbers from 1`);
}
