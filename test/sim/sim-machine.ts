/**
 * A machine with one node on it: a clock that is a little wrong, and a processor that can be
 * stopped for ever (the node dies) or for a while (it freezes). Whatever comes to the node, be it a
 * timer or an answer, comes through `run`: nothing reaches a dead one, and what reaches a frozen
 * one happens when it goes on.
 */
import { type Clock, sleepOn, type Timer } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { VirtualClock } from '../fakes/virtual-clock.ts';

/** How a machine's clocks differ from the true time. */
export interface ClockError {
  /** Of its wall clock, ms. */
  readonly skewMs: number;
  /** Seconds that its monotonic clock counts in a true one. */
  readonly rate: number;
}

export class SimMachine {
  readonly name: string;
  readonly clock: Clock;
  alive = true;
  /** True time at which the store counts the node's lease as over, as last renewed. */
  leaseEndMs = Infinity;
  /** Raised by whatever may have kept it from telling others what it knows. */
  troubles = 0;
  readonly #world: VirtualClock;
  readonly #random: Random;
  readonly #timers = new Set<object>();
  #frozen: (() => void)[] | undefined;

  constructor(name: string, world: VirtualClock, { skewMs, rate }: ClockError, random: Random) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    const originMs = 1_000_000 * random.next();
    const clock = {
      monoMs: () => originMs + world.monoMs() * rate,
      wallMs: () => world.wallMs() + skewMs,
      sleep: (ms: number, signal?: AbortSignal) => sleepOn(clock, ms, signal),
      after: (ms: number, callback: () => void) => this.#after(ms / rate, callback),
    };
    this.clock = clock;
  }

  get frozen(): boolean {
    return this.#frozen !== undefined;
  }

  /** Timers that its node has set and not cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  run(work: () => void): void {
    if (!this.alive) return;
    if (this.#frozen) this.#frozen.push(work);
    else work();
  }

  /** What happens elsewhere, as the node comes to know of it. */
  hear<T>(elsewhere: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      elsewhere.then(
        (value) => this.run(() => resolve(value)),
        (error: unknown) => this.run(() => reject(error)),
      );
    });
  }

  kill(): void {
    this.alive = false;
    this.troubles += 1;
    this.#timers.clear();
  }

  freeze(): void {
    this.#frozen ??= [];
    this.troubles += 1;
  }

  /** Goes on: all that was due meanwhile happens now, answers before timers or after them. */
  thaw(): void {
    const due = this.#frozen ?? [];
    this.#frozen = undefined;
    this.troubles += 1;
    if (this.#random.next() < 0.5) due.reverse();
    // One after the other, so that promises settle in between.
    for (const work of due) this.#world.after(0, () => this.run(work));
  }

  #after(ms: number, callback: () => void): Timer {
    const set = {};
    if (!this.alive) return { cancel() {} };
    this.#timers.add(set);
    const timer = this.#world.after(ms, () =>
      this.run(() => {
        if (this.#timers.delete(set)) callback();
      }),
    );
    return {
      cancel: () => {
        this.#timers.delete(set);
        timer.cancel();
      },
    };
  }
}
