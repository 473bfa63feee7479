/** What a node tells the others: of new work, of ends, of loans. Hints; the store has the truth. */
import type { Clock } from '../base/clock.ts';
import type { Notice, Signals } from '../cluster/signals.ts';
import { Hinting } from './hinting.ts';

/** Planned rows for which one more node is woken: about a shard. */
const ROWS_PER_HINT = 25;

export class NodeVoice {
  readonly #signals: Signals;
  readonly #work: Hinting;
  readonly #ends: Hinting;

  constructor(clock: Clock, signals: Signals) {
    this.#signals = signals;
    this.#work = new Hinting(clock, (jobId, shards) => signals.hint(jobId, shards));
    this.#ends = new Hinting(clock, (jobId) => signals.post({ kind: 'done', jobId }));
  }

  /** The plan of a job has added rows. */
  rows(jobId: string, count: number): void {
    this.#work.say(jobId, Math.ceil(count / ROWS_PER_HINT));
  }

  /** So many shards of a job may be claimed. */
  shards(jobId: string, count: number): void {
    this.#work.say(jobId, count);
  }

  /** Nothing of a job is left here. */
  done(jobId: string): void {
    this.#ends.say(jobId, 1);
  }

  post(notice: Notice): void {
    this.#signals.post(notice).catch(() => {
      // Others find it at their next sweep.
    });
  }

  stop(): void {
    this.#work.stop();
    this.#ends.stop();
  }
}
