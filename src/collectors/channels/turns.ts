/**
 * So many at once, first come, first served. Once one has failed for all, the others that wait are
 * turned away with the same error.
 */
import { Deque } from '../../base/deque.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Turns {
  readonly #waiting = new Deque<Waiting>();
  #free: number;
  #ended: { readonly error: unknown } | undefined;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Runs `work` when its turn comes. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended) throw this.#ended.error;
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next.resolve();
      else this.#free += 1;
    }
  }

  /** Nobody else gets a turn. */
  end(error: unknown): void {
    this.#ended ??= { error };
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next.reject(error);
  }
}
