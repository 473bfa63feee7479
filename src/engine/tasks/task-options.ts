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

/** Throws `task.option` for one that nobody knows: it would be without effect. */
export function checkOptions(options: TaskManagerOptions): void {
  for (const name of Object.keys(options)) {
    if (name in KNOWN) continue;
    const near = nearest(name, Object.keys(KNOWN));
    throw wrong(name, near === undefined ? 'nobody knows it' : `did you mean ${near}?`);
  }
}

/** Of one task, or of each of a map. Called for every task: it makes nothing. */
export function checkTask(options: TaskOptions & Pick<MapOptions, 'concurrency'>): void {
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
