/**
 * How long jobs have run here. What has passed is written with the next move of the job's state,
 * at the end of the run, and every few seconds in between: what people see is about right, and a
 * crash loses little. It counts where a job is led, so that a second in which several nodes work on
 * the job is one second.
 */
import type { Clock } from '../base/clock.ts';
import type { ActiveMs, Store } from '../store/store.ts';

/** What a crash may lose of a job, about. */
const WRITE_MS = 3_000;

/** Of one run of a job. */
export class ActiveTime {
  readonly #clock: Clock;
  /** Up to when it is taken, monotonic ms; undefined: it does not count, or not any more. */
  #takenMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#takenMs = this.#clock.monoMs();
  }

  stop(): void {
    this.#takenMs = undefined;
  }

  /** What nobody has taken yet. */
  get ms(): number {
    return this.#takenMs === undefined ? 0 : this.#clock.monoMs() - this.#takenMs;
  }

  /** The same, to be written by whoever calls. */
  take(): number {
    const { ms } = this;
    if (this.#takenMs !== undefined) this.#takenMs += ms;
    return ms;
  }

  /** It was not written. */
  giveBack(ms: number): void {
    if (this.#takenMs !== undefined) this.#takenMs -= ms;
  }
}

interface Run {
  readonly job: { readonly id: string };
  readonly active: ActiveTime;
}

export class ActiveTimes {
  readonly #store: Pick<Store, 'addActive'>;
  readonly #runs: ReadonlyMap<string, Run>;
  #writing: Promise<void> | undefined;

  /** @param runs - the jobs that run here, as they come and go */
  constructor(store: Pick<Store, 'addActive'>, runs: ReadonlyMap<string, Run>) {
    this.#store = store;
    this.#runs = runs;
  }

  /** Called often: writes once one of the jobs has run for a while, all in one transaction. */
  look(): void {
    if (this.#writing !== undefined) return;
    for (const { active } of this.#runs.values()) {
      if (active.ms < WRITE_MS) continue;
      void this.write(this.#runs.values());
      return;
    }
  }

  /** Resolves when what has passed so far is written, also by others. */
  async write(runs: Iterable<Run>): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    const shares: ActiveMs[] = [];
    for (const { job, active } of runs) {
      const ms = active.take();
      if (ms > 0) shares.push([job.id, ms]);
    }
    if (shares.length === 0) return;
    // A few seconds are not worth a job, and where the answer was lost they may be counted already.
    const over = () => {
      this.#writing = undefined;
    };
    this.#writing = this.#store.addActive(shares).then(over, over);
    await this.#writing;
  }

  /** Lets `write` write the rest of a job with its move; where it does not move, it goes on. */
  async leave<T>(jobId: string, write: (activeMs: number) => Promise<T>): Promise<T> {
    const active = this.#runs.get(jobId)?.active;
    const ms = active?.take() ?? 0;
    try {
      const result = await write(ms);
      active?.stop();
      return result;
    } catch (error) {
      active?.giveBack(ms);
      throw error;
    }
  }

  /** Writes the rest, where it can still be written; nothing counts any more. */
  async end(writable: boolean): Promise<void> {
    if (writable) await this.write(this.#runs.values());
    for (const { active } of this.#runs.values()) active.stop();
  }
}
