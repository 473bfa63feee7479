/** Times are never taken as less than this, ms: below it they say more about timers than work. */
export const HOLD_MS_FLOOR = 1;
/** How much one more time moves the mean, once there are enough. */
const GAIN_MIN = 1 / 8;

/**
 * A running mean of how long a seat or a lane is held, ms: the cost of a start before it is known.
 * The first times count fully, so a first guess, however wrong, does not last.
 */
export class HoldTime {
  #meanMs: number;
  #count = 0;

  constructor(guessMs: number) {
    this.#meanMs = Math.max(HOLD_MS_FLOOR, guessMs);
  }

  get meanMs(): number {
    return this.#meanMs;
  }

  add(heldMs: number): void {
    this.#count += 1;
    const gain = Math.max(GAIN_MIN, 1 / this.#count);
    this.#meanMs += (Math.max(HOLD_MS_FLOOR, heldMs) - this.#meanMs) * gain;
  }
}
