/** All pools of this process, as they are shown: by kind of work, and what they work on. */
import type { Clock } from '../base/clock.ts';
import type { InlinePool } from './inline-pool.ts';
import { PoolMeter } from './pool-meter.ts';

export type PoolRunner = 'inline' | 'thread' | 'process';

/** Workers of a pool: there are `size`, and may be from `min` to `max`. */
export interface PoolBounds {
  readonly runner: PoolRunner;
  readonly size: number;
  readonly min: number;
  readonly max: number;
}

export interface ShownPool extends PoolBounds {
  readonly kind: string;
  readonly active: number;
  readonly waiting: number;
  /** Since the figures were cleared. */
  readonly completed: number;
  readonly failed: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** 0 to 1; null before the first end. */
  readonly successRate: number | null;
}

export interface ShownTask {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly state: 'waiting' | 'running';
  /** Wall time since when it runs, or waits, ms. */
  readonly startedMs: number;
  readonly elapsedMs: number;
}

export interface ShownPools {
  readonly pools: readonly ShownPool[];
  /** Those that run before those that wait; the first `TASKS_MAX` of each pool. */
  readonly tasks: readonly ShownTask[];
  /** Wall time since when ends are counted. */
  readonly clearedMs: number;
}

interface Entry {
  readonly meter: PoolMeter;
  readonly bounds: () => PoolBounds;
}

const TASKS_MAX = 50;

export class PoolBook {
  readonly #clock: Pick<Clock, 'monoMs' | 'wallMs'>;
  readonly #entries = new Map<string, Entry>();
  readonly #inline = new Map<string, InlinePool>();
  #clearedMs: number;

  constructor(clock: Pick<Clock, 'monoMs' | 'wallMs'>) {
    this.#clock = clock;
    this.#clearedMs = clock.wallMs();
  }

  /** Another kind of work; `bounds` is asked whenever somebody looks. */
  add(kind: string, bounds: () => PoolBounds): PoolMeter {
    const meter = new PoolMeter(kind, this.#clock);
    this.#entries.set(kind, { meter, bounds });
    return meter;
  }

  addInline(kind: string, pool: InlinePool): void {
    this.#inline.set(kind, pool);
  }

  /** The pool for work that only waits for others; undefined = there is none of that kind. */
  inline(kind: string): InlinePool | undefined {
    return this.#inline.get(kind);
  }

  meter(kind: string): PoolMeter | undefined {
    return this.#entries.get(kind)?.meter;
  }

  get meters(): readonly PoolMeter[] {
    return [...this.#entries.values()].map(({ meter }) => meter);
  }

  read(): ShownPools {
    const entries = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      pools: entries.map(([kind, entry]) => shownPool(kind, entry)),
      tasks: entries.flatMap(([kind, { meter }]) => this.#tasks(kind, meter)),
      clearedMs: this.#clearedMs,
    };
  }

  /** Counts anew from now on; what is under way stays. */
  clear(): void {
    for (const { meter } of this.#entries.values()) meter.clear();
    this.#clearedMs = this.#clock.wallMs();
  }

  #tasks(kind: string, meter: PoolMeter): ShownTask[] {
    const tasks: ShownTask[] = [];
    const nowMs = this.#clock.monoMs();
    for (const { id, label, state, sinceMs } of meter.tasks) {
      if (state === 'over') continue;
      const elapsedMs = Math.max(0, Math.round(nowMs - sinceMs));
      const startedMs = this.#clock.wallMs() - elapsedMs;
      tasks.push({ id, kind, label, state, startedMs, elapsedMs });
      if (tasks.length === TASKS_MAX) break;
    }
    return tasks.sort((a, b) => order(a) - order(b));
  }
}

function order({ state }: ShownTask): number {
  return state === 'running' ? 0 : 1;
}

function shownPool(kind: string, { meter, bounds }: Entry): ShownPool {
  const { active, waiting, completed, failed, took } = meter;
  const ended = completed + failed;
  const { runner, size, min, max } = bounds();
  return {
    kind,
    runner,
    size,
    min,
    max,
    active,
    waiting,
    completed,
    failed,
    meanMs: took.meanMs,
    p50Ms: took.percentileMs(0.5),
    p95Ms: took.percentileMs(0.95),
    successRate: ended === 0 ? null : completed / ended,
  };
}
