/**
 * What keeps slots busy where the first thousands of tasks may not start: their hosts rest, or are
 * slow. As long as nothing that is held may start, jobs look further into their rows.
 */
import type { Admission } from '../admission/admission.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Startable } from './seat.ts';
import type { TaskIntake } from './task-intake.ts';

/** What was found is on its way for a moment, and slots are free for one all the time. */
const LOOK_MS = 20;

type Seats = Pick<Admission<Startable>, 'idleSeats' | 'isFull'>;
type Runs = () => Iterable<{
  readonly job: { readonly id: string };
  readonly intake: Pick<TaskIntake, 'seek'>;
}>;

export class Seeker {
  readonly #clock: Clock;
  readonly #admission: Seats;
  readonly #runs: Runs;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, admission: Seats, runs: Runs) {
    this.#clock = clock;
    this.#admission = admission;
    this.#runs = runs;
  }

  /** Nothing more may start now. */
  onIdle(): void {
    if (this.#timer !== undefined || this.#stopped || this.#admission.idleSeats === 0) return;
    this.#timer = this.#clock.after(LOOK_MS, () => {
      this.#timer = undefined;
      if (this.#admission.idleSeats === 0) return;
      for (const { job, intake } of this.#runs()) {
        // A job that has all of its own seats would find nothing that may start.
        if (!this.#admission.isFull(job.id)) intake.seek();
      }
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}
