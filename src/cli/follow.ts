/**
 * Follows a job that this process runs: feeds the display, obeys Ctrl-C, and turns the end into an
 * exit code. The first Ctrl-C drains, the second aborts, the third leaves at once; all of them
 * leave a job that can be resumed.
 */

import type { Timer } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { longestLimit, ProgressFold } from '../engine/progress.ts';
import type { Job } from '../model/job.ts';
import type { Store } from '../store/store.ts';
import type { Display, JobView } from './display/display.ts';
import { every } from './every.ts';
import { EXIT } from './exit.ts';
import { onInterrupts } from './interrupts.ts';
import { exitCodeOf, followTimeoutMs, summaryOf } from './job-end.ts';
import type { Invocation, OwnFlags } from './program.ts';
import type { EngineSession, Workbench } from './workbench.ts';

export interface Followed {
  readonly job: Job;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** The exit code of who asked it to stop; also where the job has come to its end meanwhile. */
  readonly asked: number | undefined;
}

const LIMITS_TOLD = 4;
/** Among so many of the limits that most wait for, the one is looked for that the end waits for. */
const LIMITS_WEIGHED = 500;

const HINTS = [
  'Ctrl-C to drain: what runs is finished, the rest can be resumed',
  'Draining. Ctrl-C again to stop at once: running rows go back and can be resumed',
  'Stopping. Ctrl-C again to leave without waiting',
] as const;

export class Follower {
  readonly #bench: Workbench;
  readonly #session: EngineSession;
  readonly #display: Display;
  readonly #invocation: Invocation;
  readonly #started: number;
  #presses = 0;
  #grace: Timer | undefined;
  #exit: number | undefined;

  constructor(invocation: Invocation, bench: Workbench, session: EngineSession, display: Display) {
    this.#invocation = invocation;
    this.#bench = bench;
    this.#session = session;
    this.#display = display;
    this.#started = bench.clock.monoMs();
  }

  /** Resolves when the job has ended or was interrupted; the display is not ended yet. */
  async follow(
    job: Job,
    start: () => Promise<unknown>,
    carriedOut: () => Promise<unknown>,
    own: OwnFlags,
  ): Promise<Followed> {
    const { engine, store } = this.#session;
    const fold = new ProgressFold(job.id, job.counters, job.planned);
    const view = () => this.#view(job, fold);
    const unsubscribe = engine.feed.subscribe((event) => {
      if (event.jobId !== job.id) return;
      fold.apply(event);
      this.#display.event(event);
    });
    const stopSignals = onInterrupts((exit) => this.#press(exit));
    const stopTimeout = this.#armTimeout(own);
    this.#display.start(view());
    const ticking = every(this.#bench.clock, this.#display.everyMs, () => {
      this.#display.tick(view());
    });
    try {
      await start();
      await engine.settled(job.id);
      await carriedOut();
    } finally {
      ticking();
      this.#grace?.cancel();
      stopTimeout();
      stopSignals();
      unsubscribe();
    }
    const ended = await jobOf(store, job.id);
    // Draining may have come to the end of the last row.
    const left = ended.state === 'completed' ? undefined : this.#exit;
    const exitCode = left ?? exitCodeOf(ended, own);
    return { job: ended, exitCode, interrupted: left !== undefined, asked: this.#exit };
  }

  /** Says how it ended. */
  async end(followed: Followed, output: string | undefined, brief = false): Promise<void> {
    const { job } = followed;
    const durationMs = this.#bench.clock.monoMs() - this.#started;
    const summary = summaryOf(job, durationMs, followed.interrupted, output);
    const fold = new ProgressFold(job.id, job.counters, job.planned);
    const failures = brief ? [] : await this.#session.store.failureGroups(job.id);
    this.#display.end(this.#view(job, fold), summary, failures);
  }

  #view(job: Job, fold: ProgressFold): JobView {
    const { clock } = this.#bench;
    const { engine } = this.#session;
    const nowMs = clock.monoMs();
    const blockages = engine.explain(job.id, LIMITS_WEIGHED);
    const progress = fold.at(clock.wallMs(), longestLimit(blockages, nowMs));
    return {
      job,
      progress: { ...progress, running: engine.active(job.id) },
      blockages: blockages.slice(0, LIMITS_TOLD),
      nowMs,
      nextDueMs: engine.nextDueMs(job.id),
      wallMs: clock.wallMs(),
      hint: HINTS[Math.min(this.#presses, HINTS.length - 1)] as string,
    };
  }

  #press(exit: number): void {
    this.#exit ??= exit;
    this.#presses += 1;
    if (this.#presses === 1) this.#drain();
    else if (this.#presses === 2) this.#abort();
    else process.exit(this.#exit);
  }

  #drain(): void {
    const { drainGraceMs } = this.#invocation.resolved.settings;
    this.#display.say('Draining: rows that are running are finished, nothing new starts.');
    void this.#session.engine.drain().catch((error) => this.#display.say(messageOf(error)));
    this.#grace = this.#bench.clock.after(drainGraceMs, () => {
      if (this.#presses === 1) this.#abort();
    });
  }

  #abort(): void {
    this.#presses = Math.max(this.#presses, 2);
    this.#display.say('Stopping: rows that are running go back and lose no attempt.');
    void this.#session.engine.abort().catch((error) => this.#display.say(messageOf(error)));
  }

  #armTimeout(own: OwnFlags): () => void {
    const ms = followTimeoutMs(own.timeout);
    if (ms === undefined) return () => {};
    const timer = this.#bench.clock.after(ms, () => {
      if (this.#presses > 0) return;
      this.#exit ??= EXIT.timeout;
      this.#presses = 1;
      this.#drain();
    });
    return () => timer.cancel();
  }
}

async function jobOf(store: Store, id: string): Promise<Job> {
  const job = await store.job(id);
  if (!job) throw new SluiceError('job.not_found', { id });
  return job;
}
