/**
 * Scales the node's slots with the load of the machine: fewer under pressure, all when it is
 * over.
 */
import { LoadGuard } from '../admission/load-guard.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Machine } from '../base/machine.ts';

const TASKS_EVERY_MS = 1_000;

export interface LoadWatchOptions {
  readonly everyMs: number;
  /** Share of the slots that the machine can bear now, in (0, 1]. */
  readonly factor: (nowMs: number) => number;
}

export class LoadWatch {
  readonly #options: LoadWatchOptions;
  readonly #clock: Clock;
  readonly #slots: number;
  readonly #onSlots: (slots: number) => void;
  #timer: Timer | undefined;
  #current: number;

  constructor(
    options: LoadWatchOptions,
    clock: Clock,
    slots: number,
    onSlots: (slots: number) => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#slots = slots;
    this.#onSlots = onSlots;
    this.#current = slots;
  }

  start(): void {
    this.#timer = this.#clock.after(this.#options.everyMs, () => {
      const factor = this.#options.factor(this.#clock.monoMs());
      const slots = Math.max(1, Math.round(this.#slots * factor));
      if (slots !== this.#current) {
        this.#current = slots;
        this.#onSlots(slots);
      }
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}

/** Of a task manager: by what the machine bears, looked at every second. */
export function watchLoad(
  machine: Pick<Machine, 'read'>,
  clock: Clock,
  slots: number,
  onSlots: (slots: number) => void,
): LoadWatch {
  const guard = new LoadGuard();
  const factor = (nowMs: number) => guard.judge(machine.read(), nowMs).factor;
  return new LoadWatch({ everyMs: TASKS_EVERY_MS, factor }, clock, slots, onSlots);
}
