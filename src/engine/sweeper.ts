/**
 * When a node looks for others whose lease has passed, and at everything else that nobody may have
 * told it of: about once a second, as soon as the next lease has ended, and when it hears that a
 * number has.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

const SWEEP_MS = 1_000;
/**
 * After the end of a lease. A process that lives joins again by itself within this time, and what
 * it held does not count as lost; and nodes do not all come at once for what one of them does.
 */
const AFTER_END_MS = 250;
const SPREAD_MS = 100;

export interface SweeperOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves with the time until the first lease of all ends, ms, as far as there is one. */
  readonly sweep: () => Promise<number | undefined>;
  readonly onFailed: (error: unknown) => void;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  #timer: Timer | undefined;
  #sweeping = false;
  #again = false;
  #stopped = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#arm(undefined);
  }

  /** Something has been freed. */
  now(): void {
    if (this.#stopped) return;
    if (this.#sweeping) {
      this.#again = true;
      return;
    }
    this.#timer?.cancel();
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    const { sweep, onFailed } = this.#options;
    let nextMs: number | undefined;
    this.#sweeping = true;
    do {
      this.#again = false;
      try {
        nextMs = await sweep();
      } catch (error) {
        nextMs = undefined;
        onFailed(error);
      }
    } while (this.#again && !this.#stopped);
    this.#sweeping = false;
    if (!this.#stopped) this.#arm(nextMs);
  }

  #arm(nextMs: number | undefined): void {
    const { clock, random } = this.#options;
    const usualMs = SWEEP_MS * (0.8 + 0.2 * random.next());
    const endMs = Math.max(0, nextMs ?? usualMs) + AFTER_END_MS + SPREAD_MS * random.next();
    this.#timer = clock.after(Math.min(usualMs, endMs), () => void this.#run());
  }
}
