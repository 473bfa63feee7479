import type { Pending } from './pending-call.ts';
import type { Runner } from './runner.ts';

/** A runner's place in its pool, and what it was sent. */
export class WorkerSlot {
  /** Set as soon as it is started. */
  runner!: Runner;
  /** In the order they were sent: all before the one that runs are done. Few. */
  readonly pending: Pending[] = [];
  online = false;
  /** Whether it keeps this process alive. */
  held = false;
  /** When the call that runs may have begun, or since when there is none; monotonic ms. */
  sinceMs: number;
  /** Where its runner was when it was last looked at. */
  #lastAt = 0;

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** The call that runs. Where its runner says that it goes on, its time begins anew. */
  running(nowMs: number): Pending | undefined {
    const at = this.runner.at?.() ?? 0;
    if (at !== this.#lastAt) {
      this.#lastAt = at;
      this.sinceMs = nowMs;
    }
    const [first] = this.pending;
    if (at === 0) return first;
    return this.pending.find(({ id }) => (id | 0) === at) ?? first;
  }

  /** What an answer is to; undefined = nothing any more. */
  take(id: number): Pending | undefined {
    const at = this.pending.findIndex((pending) => pending.id === id);
    return at < 0 ? undefined : this.pending.splice(at, 1)[0];
  }

  /**
   * Everything that was sent and not answered, as it loses its runner: the call that ran, and the
   * others, which never began or whose answers were lost.
   */
  empty(nowMs: number): { readonly running: Pending | undefined; readonly others: Pending[] } {
    const running = this.running(nowMs);
    const others = this.pending.splice(0).filter((pending) => pending !== running);
    return { running, others };
  }
}
