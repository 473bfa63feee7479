/**
 * One thing at a time for each schedule, so that a tick, a change and the end of a job never read
 * and write it in between each other. Work in the background is bounded besides: at midnight a
 * thousand schedules may be due at once.
 */
const BACKGROUND_MAX = 8;

export class ScheduleTurns {
  /** The last piece of work of each schedule that has some. */
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #background = 0;

  /** Runs `work` after everything that was asked for the same schedule before. */
  run<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(id) ?? Promise.resolve();
    const turn = before.then(work);
    const tail = turn
      .catch(() => {})
      .then(() => {
        if (this.#tails.get(id) === tail) this.#tails.delete(id);
      });
    this.#tails.set(id, tail);
    return turn;
  }

  /** The same once there is room; `work` must not reject. */
  later(id: string, work: () => Promise<void>): void {
    this.#waiting.push(() => this.run(id, work));
    this.#next();
  }

  /** Drops what has not begun and waits for what has. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    await Promise.all(this.#tails.values());
  }

  #next(): void {
    while (this.#background < BACKGROUND_MAX) {
      const work = this.#waiting.shift();
      if (!work) return;
      this.#background += 1;
      void work().finally(() => {
        this.#background -= 1;
        this.#next();
      });
    }
  }
}
