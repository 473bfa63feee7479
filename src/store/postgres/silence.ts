/** For how long a server that is asked has not answered. */
import type { Clock } from '../../base/clock.ts';
import { isLost } from './postgres-error.ts';

export class Silence {
  readonly #clock: Pick<Clock, 'monoMs'>;
  /** What is asked and not answered. */
  #waiting = 0;
  /** Monotonic ms; undefined: whatever was asked has been answered. */
  #sinceMs: number | undefined;

  constructor(clock: Pick<Clock, 'monoMs'>) {
    this.#clock = clock;
  }

  /** Since the last answer, or the first question after it, ms; 0 where nobody waits for one. */
  get ms(): number {
    return this.#sinceMs === undefined ? 0 : this.#clock.monoMs() - this.#sinceMs;
  }

  /** Whether something is asked at this moment. */
  get waits(): boolean {
    return this.#waiting > 0;
  }

  /** A part of the answer has come. */
  heard(): void {
    this.#sinceMs = this.#waiting > 0 ? this.#clock.monoMs() : undefined;
  }

  /** What is asked in `question`. An error is an answer where it comes from the server. */
  async during<T>(question: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#sinceMs ??= this.#clock.monoMs();
    let answered = true;
    try {
      return await question();
    } catch (error) {
      answered = !isLost(error);
      throw error;
    } finally {
      this.#waiting -= 1;
      if (answered) this.heard();
    }
  }
}
