/**
 * Step 4: starts the fair next task whose lanes are all open, as long as there is one. The only
 * place that waits for limits, on one timer. Starts stop while the journal is full.
 */
import type { Admission } from '../admission/admission.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Startable } from './seat.ts';

/** Starts in one go, so that a flood of quick tasks leaves room for sockets and timers. */
const STARTS_MAX = 256;
const NOW = Promise.resolve();

export interface DispatcherOptions {
  readonly admission: Admission<Startable>;
  readonly clock: Clock;
  /** True while nothing new should start. */
  readonly held: () => boolean;
  /** Nothing more may start now. */
  readonly onIdle?: (() => void) | undefined;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  #scheduled = false;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Something may start now: a task arrived, a slot was freed, the journal has room. */
  kick(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    // A queued microtask costs Node several times what a promise does.
    void NOW.then(this.#run);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    const { admission, clock, held } = this.#options;
    let nowMs = clock.monoMs();
    for (let starts = 0; !this.#stopped && !held(); starts += 1) {
      if (starts >= STARTS_MAX) {
        this.#wakeAt(nowMs, nowMs);
        return;
      }
      const next = admission.next(nowMs);
      if (!next) {
        nowMs = clock.monoMs();
        const wakeMs = admission.nextWakeMs(nowMs);
        if (wakeMs !== undefined) this.#wakeAt(wakeMs, nowMs);
        this.#options.onIdle?.();
        return;
      }
      next.unit.payload.start(next.permit);
    }
  };

  #wakeAt(atMs: number, nowMs: number): void {
    if (this.#timer && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    // A fired timer may be a little early by the monotonic clock; half a millisecond more is never.
    const delayMs = atMs <= nowMs ? 0 : atMs - nowMs + 0.5;
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.kick();
    });
    this.#timer = { atMs, timer };
  }
}
