/**
 * Answers that many pages ask for again and again: made once for all who ask within a moment, so
 * that their cost does not grow with those who look.
 */
import type { Clock } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';

const KEPT_MAX = 1_000;

export class SharedAnswers<T> {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #kept = new RecentMap<string, { readonly made: Promise<T>; readonly untilMs: number }>(
    KEPT_MAX,
  );

  constructor(clock: Clock, lifeMs: number) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** At most `lifeMs` old. One that could not be made is tried again by the next who asks. */
  of(key: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > this.#clock.monoMs()) return kept.made;
    const made = make();
    this.#kept.set(key, { made, untilMs: this.#clock.monoMs() + this.#lifeMs });
    made.catch(() => {
      if (this.#kept.get(key)?.made === made) this.#kept.delete(key);
    });
    return made;
  }
}
