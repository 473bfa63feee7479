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
  /** It cannot reach the store. */
  cut = false;
  /** Raised by whatever may have kept it from telling others what it knows. */
  troubles = 0;
  readonly #world: VirtualClock;
  readonly #random: Random;
  readonly #timers = new Set<object>();
  #frozen: (() => void)[] | undefined;
  /** True time at which it fell asleep, with its monotonic clock. */
  #asleepMs: number | undefined;
  /** True time that its monotonic clock has missed. */
  #missedMs = 0;

  constructor(name: string, world: VirtualClock, { skewMs, rate }: ClockError, random: Random) {
    this.name = name;
    this.#world = world;
    this.#random = random;
    const originMs = 1_000_000 * random.next();
    const clock = {
      monoMs: () => originMs + (world.monoMs() - this.#missedMs) * rate,
      wallMs: () => world.wallMs() + skewMs,
      sleep: (ms: number, signal?: AbortSignal) => sleepOn(clock, ms, signal),
      after: (ms: number, callback: () => void) => {
        const atMs = clock.monoMs() + ms;
        const leftMs = () => (atMs - clock.monoMs()) / rate;
        return this.#after(leftMs, callback);
      },
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

  /** @param asleep - its monotonic clock stands still meanwhile */
  freeze(asleep: boolean): void {
    this.#frozen ??= [];
    this.#asleepMs = asleep ? this.#world.monoMs() : undefined;
    this.troubles += 1;
  }

  /** Goes on: all that was due meanwhile happens now, answers before timers or after them. */
  thaw(): void {
    const due = this.#frozen ?? [];
    this.#frozen = undefined;
    if (this.#asleepMs !== undefined) this.#missedMs += this.#world.monoMs() - this.#asleepMs;
    this.troubles += 1;
    if (this.#random.next() < 0.5) due.reverse();
    // One after the other, so that promises settle in between.
    for (const work of due) this.#world.after(0, () => this.run(work));
  }

  #after(leftMs: () => number, callback: () => void): Timer {
    const set = {};
    if (!this.alive) return { cancel() {} };
    this.#timers.add(set);
    let timer: Timer;
    const arm = () => {
      timer = this.#world.after(leftMs(), () =>
        this.run(() => {
          // It has slept meanwhile.
          if (leftMs() > 0.01) arm();
          else if (this.#timers.delete(set)) callback();
        }),
      );
    };
    arm();
    return {
      cancel: () => {
        this.#timers.delete(set);
        timer.cancel();
      },
    };
  }
}
