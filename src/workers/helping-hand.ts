import type { Clock } from '../base/clock.ts';
import type { Deque } from '../base/deque.ts';
import { exportedFunction } from './exported-function.ts';
import { type Pending, refuse } from './pending-call.ts';

/**
 * The caller's own thread, where all workers have more than enough to do: it makes short calls, one
 * a turn of its loop, so that what it reads and writes waits no longer than that. The busier it is
 * the longer are its turns, and the less it takes. On few cores that fills what would else stay
 * idle, without the heap and the compiled code of one more thread.
 */
export class HelpingHand {
  readonly #clock: Pick<Clock, 'after' | 'monoMs'>;
  readonly #queue: Deque<Pending>;
  #lent = false;

  constructor(clock: Pick<Clock, 'after' | 'monoMs'>, queue: Deque<Pending>) {
    this.#clock = clock;
    this.#queue = queue;
  }

  /** Goes on by itself until the first that waits is none for it, or none waits. */
  lend(): void {
    if (this.#lent || this.#queue.peek()?.call.short !== true) return;
    this.#lent = true;
    this.#clock.after(0, () => void this.#help());
  }

  async #help(): Promise<void> {
    const next = this.#queue.peek()?.call.short === true ? this.#queue.shift() : undefined;
    if (next !== undefined && !next.left) await this.#make(next);
    this.#lent = false;
    this.lend();
  }

  async #make(pending: Pending): Promise<void> {
    const { module, name, args } = pending.call;
    pending.metered?.started();
    try {
      const run = await exportedFunction(module.href, name);
      const beganMs = this.#clock.monoMs();
      const result = await run(...args);
      pending.metered?.ended(true, this.#clock.monoMs() - beganMs);
      pending.resolve(result);
    } catch (error) {
      refuse(pending, error);
    }
  }
}
