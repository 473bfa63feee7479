/** What a task manager has done, in all and by kind. */
import { Histogram } from '../../base/histogram.ts';
import type { TaskEnd } from './task-types.ts';

export interface KindMetrics {
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly retried: number;
  /** Completed of all that completed or failed, 0 to 1; undefined before the first end. */
  readonly successRate: number | undefined;
  /** Of what completed or failed, ms. */
  readonly averageMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** From being submitted to the last start, ms. */
  readonly averageWaitMs: number;
}

export interface TaskMetrics extends KindMetrics {
  readonly waiting: number;
  /** Calls meant for a thread or a process that were made inline, since none could start. */
  readonly degraded: number;
  readonly kinds: Readonly<Record<string, KindMetrics>>;
}

class Counts {
  active = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  retried = 0;
  readonly took = new Histogram();
  waitedMs = 0;

  read(): KindMetrics {
    const { active, completed, failed, cancelled, retried, took } = this;
    const ended = completed + failed;
    return {
      active,
      completed,
      failed,
      cancelled,
      retried,
      successRate: ended === 0 ? undefined : completed / ended,
      averageMs: took.meanMs,
      p50Ms: took.percentileMs(0.5),
      p95Ms: took.percentileMs(0.95),
      p99Ms: took.percentileMs(0.99),
      averageWaitMs: ended === 0 ? 0 : this.waitedMs / ended,
    };
  }

  clear(): void {
    this.completed = 0;
    this.failed = 0;
    this.cancelled = 0;
    this.retried = 0;
    this.waitedMs = 0;
    this.took.clear();
  }
}

export class MetricsBook {
  readonly #all = new Counts();
  readonly #kinds = new Map<string, Counts>();

  started(kind: string): void {
    this.#all.active += 1;
    this.#of(kind).active += 1;
  }

  /** An attempt has given its place back. */
  stopped(kind: string): void {
    this.#all.active -= 1;
    this.#of(kind).active -= 1;
  }

  retried(kind: string): void {
    this.#all.retried += 1;
    this.#of(kind).retried += 1;
  }

  ended(kind: string, state: TaskEnd['state'], waitedMs: number, tookMs: number): void {
    for (const counts of [this.#all, this.#of(kind)]) {
      counts[state] += 1;
      if (state === 'cancelled') continue;
      counts.waitedMs += waitedMs;
      counts.took.add(tookMs);
    }
  }

  read(waiting: number, degraded: number): TaskMetrics {
    const kinds = Object.fromEntries([...this.#kinds].map(([name, each]) => [name, each.read()]));
    return { ...this.#all.read(), waiting, degraded, kinds };
  }

  /** Begins anew; what is active stays. */
  clear(): void {
    this.#all.clear();
    for (const counts of this.#kinds.values()) counts.clear();
  }

  #of(kind: string): Counts {
    let counts = this.#kinds.get(kind);
    if (counts === undefined) {
      counts = new Counts();
      this.#kinds.set(kind, counts);
    }
    return counts;
  }
}
