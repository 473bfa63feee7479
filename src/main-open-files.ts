/**
 * What the limit of open files (`ulimit -n`) leaves for sockets and threads. Who runs out of files
 * fails anywhere: at the database, at a thread, at an import. So the parts that can do with fewer
 * are bounded beforehand, and a limit that does not even bear the rest is told at once.
 */
import { SluiceError } from './base/errors.ts';
import { readOpenFilesMax } from './base/machine.ts';

/** Of the engine with its store's thread, one worker and what comes and goes: 40, and some. */
const RESERVED_FILES = 46;
const SOCKETS_MIN = 8;
/** More are of no use: the node's slots bound what is active. */
const SOCKETS_MAX = 4_096;
/** Pipes, polls and events of one worker thread. */
const FILES_PER_THREAD = 6;
/** What commands ask for to work at all. */
export const OPEN_FILES_MIN = RESERVED_FILES + 2 * SOCKETS_MIN;

/** Throws `machine.open_files` where an engine could not work. */
export function checkOpenFiles(max = openFilesMax()): void {
  if (max !== undefined && max < OPEN_FILES_MIN) {
    throw new SluiceError('machine.open_files', { max, min: OPEN_FILES_MIN });
  }
}

/** Half of the files that may be open at most; the defaults suit a limit of 1,024. */
export function socketLimits(
  defaults: { readonly socketsMax: number; readonly idleMax: number },
  max = openFilesMax(),
): { readonly socketsMax: number; readonly idleMax: number } {
  if (max === undefined) return defaults;
  const left = Math.min(Math.floor(max / 2), max - RESERVED_FILES - SOCKETS_MIN);
  const socketsMax = Math.max(SOCKETS_MIN, Math.min(SOCKETS_MAX, left));
  return { socketsMax, idleMax: Math.floor(socketsMax / 2) };
}

/** Worker threads that half of what sockets leave suffices for; one at least. */
export function threadsMax(max = openFilesMax()): number {
  if (max === undefined) return Number.POSITIVE_INFINITY;
  const { socketsMax } = socketLimits({ socketsMax: 0, idleMax: 0 }, max);
  return Math.max(1, Math.floor((max - RESERVED_FILES - socketsMax) / 2 / FILES_PER_THREAD));
}

let known: { readonly max: number | undefined } | undefined;

/** Nobody changes it while the process starts. */
function openFilesMax(): number | undefined {
  known ??= { max: readOpenFilesMax() };
  return known.max;
}
