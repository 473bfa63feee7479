/**
 * What one kind of work does and has done: what runs and waits now, how it ended, how long it took.
 * Counted where the work is done; whoever shows it reads it here.
 */
import type { Clock } from '../base/clock.ts';
import { Histogram } from '../base/histogram.ts';
import { type Placed, Slab } from '../base/slab.ts';

export interface PoolTotals {
  completed: number;
  failed: number;
  /** Of both, ms. */
  tookMs: number;
}

export class PoolMeter {
  readonly kind: string;
  readonly #clock: Pick<Clock, 'monoMs' | 'wallMs'>;
  readonly #tasks = new Slab<MeteredTask>();
  #nextNo = 1;
  #active = 0;
  #completed = 0;
  #failed = 0;
  readonly #took = new Histogram();
  /** Since the process began, whatever is cleared. */
  readonly totals: PoolTotals = { completed: 0, failed: 0, tookMs: 0 };
  /** Calls that were to leave this thread and were made here, since no worker could start. */
  degraded = 0;

  constructor(kind: string, clock: Pick<Clock, 'monoMs' | 'wallMs'>) {
    this.kind = kind;
    this.#clock = clock;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#tasks.size - this.#active;
  }

  get completed(): number {
    return this.#completed;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Of what ended since it was cleared. */
  get took(): Pick<Histogram, 'meanMs' | 'percentileMs'> {
    return this.#took;
  }

  /** What waits or runs, the longest there first. */
  get tasks(): readonly MeteredTask[] {
    return [...this.#tasks].sort((a, b) => a.no - b.no);
  }

  /** A piece of work that waits from now on. */
  begin(label: string): MeteredTask {
    const task = new MeteredTask(this, this.#nextNo++, label, this.#clock);
    this.#tasks.add(task);
    return task;
  }

  /** How long the first that waits has waited, ms; 0 = none waits. */
  waitedMs(nowMs: number): number {
    if (this.waiting === 0) return 0;
    let firstMs = nowMs;
    for (const { state, sinceMs } of this.#tasks) {
      if (state === 'waiting' && sinceMs < firstMs) firstMs = sinceMs;
    }
    return nowMs - firstMs;
  }

  /** Forgets what was counted for showing; totals, and what is under way, stay. */
  clear(): void {
    this.#completed = 0;
    this.#failed = 0;
    this.#took.clear();
  }

  /** For its tasks alone. */
  began(): void {
    this.#active += 1;
  }

  /** For its tasks alone. */
  left(task: MeteredTask): void {
    if (this.#tasks.delete(task) && task.state === 'running') this.#active -= 1;
  }

  /** For its tasks alone. */
  ended(ok: boolean, tookMs: number): void {
    if (ok) this.#completed += 1;
    else this.#failed += 1;
    this.totals[ok ? 'completed' : 'failed'] += 1;
    this.totals.tookMs += tookMs;
    this.#took.add(tookMs);
  }
}

export class MeteredTask implements Placed {
  place = -1;
  /** Its number among all of its meter. */
  readonly no: number;
  readonly label: string;
  readonly #meter: PoolMeter;
  readonly #clock: Pick<Clock, 'monoMs' | 'wallMs'>;
  #sinceMs: number;
  #state: 'waiting' | 'running' | 'over' = 'waiting';

  constructor(
    meter: PoolMeter,
    no: number,
    label: string,
    clock: Pick<Clock, 'monoMs' | 'wallMs'>,
  ) {
    this.#meter = meter;
    this.no = no;
    this.label = label;
    this.#clock = clock;
    this.#sinceMs = clock.monoMs();
  }

  get id(): string {
    return `${this.#meter.kind}-${this.no}`;
  }

  get state(): 'waiting' | 'running' | 'over' {
    return this.#state;
  }

  /** Since when it waits, or runs; monotonic ms. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Harmless when it runs already. */
  started(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'running';
    this.#sinceMs = this.#clock.monoMs();
    this.#meter.began();
  }

  /**
   * Once; `ok` undefined = it was called off, and counts as neither. `tookMs`: where its runner told
   * how long it ran.
   */
  ended(ok: boolean | undefined, tookMs?: number): void {
    if (this.#state === 'over') return;
    const began = this.#state === 'running';
    this.#meter.left(this);
    this.#state = 'over';
    if (ok === undefined) return;
    this.#meter.ended(ok, tookMs ?? (began ? this.#clock.monoMs() - this.#sinceMs : 0));
  }
}
