/**
 * How many workers a pool may have: a pure function of how long its work waits and how the machine
 * is doing, looked at every so often. One step a look, so that a moment's crowd starts no herd.
 *
 * A pool whose work waits while all its workers are busy may have one more where a core and the
 * memory for it are free. Where the processor is full, more workers than cores only stand in each
 * other's way, so there it goes back to where it began; where memory is short, below that.
 */
import type { MachineReadings } from '../base/machine.ts';

export interface PoolLoad {
  /** Workers that it may have now. */
  readonly limit: number;
  /** Bounds of it, and what it begins with. */
  readonly min: number;
  readonly max: number;
  readonly start: number;
  readonly busy: number;
  /** How long the first that waits has waited, ms; 0 = none. */
  readonly waitedMs: number;
  /** What one more worker may need. */
  readonly workerBytes: number;
}

/** Work that waits no longer than this needs no further worker. */
const WAIT_MS = 200;
/** Share of the processor below which a core is free for one more. */
const CPU_FREE = 0.8;
const CPU_FULL = 0.98;
/** Share of the memory that workers leave to everything else. */
const MEMORY_SOFT = 0.85;
const MEMORY_HARD = 0.92;

export function nextLimit(pool: PoolLoad, machine: MachineReadings): number {
  const { limit, min, max, start, busy, waitedMs } = pool;
  const { cpuShare = 0, memoryBytes, memoryBytesMax } = machine;
  const memory = (bytes: number) =>
    memoryBytes === undefined || !memoryBytesMax ? 0 : (memoryBytes + bytes) / memoryBytesMax;
  if (memory(0) >= MEMORY_HARD) return Math.max(1, min, limit - 1);
  const room = memory(pool.workerBytes) <= MEMORY_SOFT;
  if (limit < start) return room ? limit + 1 : limit;
  if (waitedMs >= WAIT_MS && busy >= limit) {
    if (cpuShare >= CPU_FULL && limit > start) return limit - 1;
    return cpuShare <= CPU_FREE && room ? Math.min(max, limit + 1) : limit;
  }
  return busy < limit && limit > start ? limit - 1 : limit;
}
