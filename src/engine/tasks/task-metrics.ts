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

export class Counts {
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

  ended(state: TaskEnd['state'], waitedMs: number, tookMs: number): void {
    this[state] += 1;
    if (state === 'cancelled') return;
    this.waitedMs += waitedMs;
    this.took.add(tookMs);
  }

  add(other: Counts): void {
    this.active += other.active;
    this.completed += other.completed;
    this.failed += other.failed;
    this.cancelled += other.cancelled;
    this.retried += other.retried;
    this.waitedMs += other.waitedMs;
    this.took.merge(other.took);
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
  readonly #kinds = new Map<string, Counts>();

  read(waiting: number, degraded: number): TaskMetrics {
    const all = new Counts();
    for (const counts of this.#kinds.values()) all.add(counts);
    const kinds = Object.fromEntries([...this.#kinds].map(([name, each]) => [name, each.read()]));
    return { ...all.read(), waiting, degraded, kinds };
  }

  /** Begins anew; what is active stays. */
  clear(): void {
    for (const counts of this.#kinds.values()) counts.clear();
  }

  /** Those of a kind, made with its first task. */
  of(kind: string): Counts {
    let counts = this.#kinds.get(kind);
    if (counts === undefined) {
      counts = new Counts();
      this.#kinds.set(kind, counts);
    }
    return counts;
  }
}
