/**
 * What is said of a job to other nodes: the first goes at once, what comes within a moment of it
 * goes together with the next.
 */
import type { Clock, Timer } from '../base/clock.ts';

const HINT_MS = 250;

export class Hinting {
  readonly #clock: Clock;
  readonly #send: (jobId: string, shards: number) => Promise<void>;
  readonly #jobs = new Map<string, { shards: number; timer: Timer }>();
  #stopped = false;

  constructor(clock: Clock, send: (jobId: string, shards: number) => Promise<void>) {
    this.#clock = clock;
    this.#send = send;
  }

  /** There are about so many shards more. */
  say(jobId: string, shards: number): void {
    const known = this.#jobs.get(jobId);
    if (known !== undefined) known.shards += shards;
    else if (!this.#stopped) this.#tell(jobId, shards);
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#jobs.values()) timer.cancel();
    this.#jobs.clear();
  }

  #tell(jobId: string, shards: number): void {
    this.#send(jobId, shards).catch(() => {
      // Others find it at their next look.
    });
    const timer = this.#clock.after(HINT_MS, () => {
      const more = this.#jobs.get(jobId)?.shards ?? 0;
      this.#jobs.delete(jobId);
      if (more > 0) this.#tell(jobId, more);
    });
    this.#jobs.set(jobId, { shards: 0, timer });
  }
}
