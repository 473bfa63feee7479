/** How much a task manager does at once, by where it runs, and what the environment says of it. */
import { availableParallelism } from 'node:os';
import { SluiceError } from '../../base/errors.ts';
import { nearest } from '../../base/suggest.ts';
import type { KindLimits, Profile, TaskManagerOptions } from './task-types.ts';

export interface TaskPlan {
  readonly profile: Profile;
  readonly workers: number;
  readonly threads: number;
  readonly memoryMb: number;
  readonly kinds: ReadonlyMap<string, KindLimits>;
}

/** What the process may use, as its container or machine says. */
export interface Room {
  readonly cores: number;
  readonly memoryMb: number;
}

export const GENERAL = 'general';

/** Kinds of work, the variable that sets how many at once, and the longest run. */
const KINDS: Readonly<Record<string, { env: string; workers: number; timeoutMs: number }>> = {
  ai: { env: 'AI_PROCESSING_WORKERS', workers: 6, timeoutMs: 300_000 },
  upload: { env: 'FILE_UPLOAD_WORKERS', workers: 4, timeoutMs: 120_000 },
  database: { env: 'DATABASE_WORKERS', workers: 8, timeoutMs: 180_000 },
  analytics: { env: 'ANALYTICS_WORKERS', workers: 4, timeoutMs: 60_000 },
};
const ALL_WORKERS = 16;
const GENERAL_TIMEOUT_MS = 300_000;
const NO_TIMEOUT_MS = 365 * 24 * 3_600_000;

/** Part of the memory that threads and processes may have together. */
const MEMORY_SHARE: Readonly<Record<Profile, number>> = {
  development: 0.25,
  production: 0.5,
  cloud: 0.7,
};
const MEMORY_MB_MIN = 64;
const MEMORY_MB_MAX = 2_048;

/** Throws `task.option` where a number makes no sense. */
export function taskPlan(options: TaskManagerOptions, room: Room): TaskPlan {
  const env = options.env ?? {};
  const profile =
    options.profile ?? (env.NODE_ENV === 'development' ? 'development' : 'production');
  if (!(profile in MEMORY_SHARE)) {
    throw wrong('profile', `${profile}: it takes ${Object.keys(MEMORY_SHARE).join(', ')}`);
  }
  const threads = options.threads ?? (profile === 'development' ? 1 : room.cores);
  const share = (room.memoryMb * MEMORY_SHARE[profile]) / threads;
  const memoryMb = options.memoryMb ?? clamp(Math.floor(share), MEMORY_MB_MIN, MEMORY_MB_MAX);
  const fallback = profile === 'development' ? Math.min(ALL_WORKERS, room.cores * 4) : ALL_WORKERS;
  const workers = options.workers ?? ofEnv(env, 'MAX_THREAD_WORKERS') ?? fallback;
  const kinds = new Map<string, KindLimits>();
  kinds.set(GENERAL, { workers, timeoutMs: GENERAL_TIMEOUT_MS });
  for (const [name, kind] of Object.entries(KINDS)) {
    const { timeoutMs } = kind;
    kinds.set(name, { workers: ofEnv(env, kind.env) ?? kind.workers, timeoutMs });
  }
  for (const [name, given] of Object.entries(options.kinds ?? {})) {
    const known = kinds.get(name) ?? { workers, timeoutMs: NO_TIMEOUT_MS };
    kinds.set(name, { ...known, ...given });
  }
  for (const [what, value] of [
    ['workers', workers],
    ['threads', threads],
    ['memoryMb', memoryMb],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1)) throw wrong(what, value);
  }
  for (const [name, { workers: count, timeoutMs }] of kinds) {
    const most = typeof count === 'number' ? count : count.max;
    if (!(Number.isInteger(most) && most >= 1)) throw wrong(`kinds.${name}.workers`, most);
    if (!(timeoutMs > 0)) throw wrong(`kinds.${name}.timeoutMs`, timeoutMs);
  }
  return { profile, workers, threads, memoryMb, kinds };
}

export function roomHere(memoryBytesMax: number): Room {
  return { cores: availableParallelism(), memoryMb: memoryBytesMax / (1_024 * 1_024) };
}

function ofEnv(env: Readonly<Record<string, string | undefined>>, name: string) {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw wrong(name, text);
  return value;
}

export function wrongKind(name: string, { kinds }: TaskPlan): SluiceError {
  const near = nearest(name, kinds.keys());
  const known = near === undefined ? `known are ${[...kinds.keys()].join(', ')}` : `mean ${near}?`;
  return wrong('kind', `${name}: ${near === undefined ? known : `did you ${known}`}`);
}

/** The refusal of an option. */
export function wrong(what: string, value: unknown): SluiceError {
  return new SluiceError('task.option', { what, value: String(value) });
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
