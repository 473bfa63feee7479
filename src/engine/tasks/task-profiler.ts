/** What functions have cost since the book was begun: for whoever looks for where time goes. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Clock } from '../../base/clock.ts';
import type { TaskEnd } from './task-types.ts';

/** Functions beyond these share one line. */
const NAMES_MAX = 500;
const OTHERS = '(others)';

export interface FunctionCost {
  /** Of the function, or of the module's export. */
  readonly name: string;
  readonly kind: string;
  readonly calls: number;
  readonly failed: number;
  /** Of all calls, from start to end, ms: of those in this thread also what they waited within. */
  readonly totalMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  /** Mean of the time before the last start, ms. */
  readonly meanWaitMs: number;
}

export interface TaskProfile {
  /** For so long, ms. */
  readonly overMs: number;
  /** Of the process with all its threads: 1.5 = one core and a half. */
  readonly cores: number;
  /** Share of the time in which this thread was busy, 0 to 1: near 1 it holds everything up. */
  readonly eventLoop: number;
  /** The costliest first. */
  readonly functions: readonly FunctionCost[];
}

interface Sums {
  readonly name: string;
  readonly kind: string;
  calls: number;
  failed: number;
  totalMs: number;
  maxMs: number;
  waitedMs: number;
}

export class TaskProfiler {
  readonly #clock: Clock;
  readonly #sums = new Map<string, Sums>();
  #sinceMs = 0;
  #cpu = process.cpuUsage();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monoMs();
  }

  add({ name, kind, state, waitedMs, tookMs }: TaskEnd): void {
    let sums = this.#sums.get(`${kind} ${name}`);
    if (sums === undefined) {
      const shown = this.#sums.size < NAMES_MAX ? name : OTHERS;
      const empty = { calls: 0, failed: 0, totalMs: 0, maxMs: 0, waitedMs: 0 };
      sums = this.#sums.get(`${kind} ${shown}`) ?? { name: shown, kind, ...empty };
      this.#sums.set(`${kind} ${shown}`, sums);
    }
    sums.calls += 1;
    if (state !== 'completed') sums.failed += 1;
    sums.totalMs += tookMs;
    sums.maxMs = Math.max(sums.maxMs, tookMs);
    sums.waitedMs += waitedMs;
  }

  read(): TaskProfile {
    const overMs = this.#clock.monoMs() - this.#sinceMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    const functions = [...this.#sums.values()]
      .map(({ waitedMs, ...sums }) => ({
        ...sums,
        meanMs: sums.totalMs / sums.calls,
        meanWaitMs: waitedMs / sums.calls,
      }))
      .sort((a, b) => b.totalMs - a.totalMs);
    return {
      overMs,
      cores: overMs > 0 ? (user + system) / 1_000 / overMs : 0,
      eventLoop: performance.eventLoopUtilization(this.#loop).utilization,
      functions,
    };
  }

  clear(): void {
    this.#sums.clear();
    this.#sinceMs = this.#clock.monoMs();
    this.#cpu = process.cpuUsage();
    this.#loop = performance.eventLoopUtilization();
  }
}
