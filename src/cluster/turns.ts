/**
 * Sends what has gathered: one call at a time, and a pause between two. However often it is asked,
 * the database is asked a bounded number of times, and what comes while one call is under way goes
 * with the next.
 */
import type { Clock } from '../base/clock.ts';

export interface TurnsOptions {
  readonly clock: Clock;
  /** From the end of a call to the start of the next, ms. */
  readonly pauseMs: number;
  /** Sends all that has gathered. Must not reject. */
  readonly send: () => Promise<void>;
}

export class Turns {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  readonly #send: () => Promise<void>;
  #next: Promise<void> | undefined;
  #sending: Promise<void> | undefined;
  #endMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, pauseMs, send }: TurnsOptions) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#send = send;
  }

  /** Resolves after a call of `send` that began after this. */
  ask(): Promise<void> {
    this.#next ??= this.#take();
    return this.#next;
  }

  /** Until nothing is under way. */
  async settle(): Promise<void> {
    await this.#next;
    await this.#sending;
  }

  async #take(): Promise<void> {
    await this.#sending;
    const restMs = this.#endMs + this.#pauseMs - this.#clock.monoMs();
    if (restMs > 0) await this.#clock.sleep(restMs);
    this.#next = undefined;
    this.#sending = this.#send().then(() => {
      this.#endMs = this.#clock.monoMs();
    });
    await this.#sending;
  }
}
