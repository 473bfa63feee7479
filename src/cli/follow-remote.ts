/**
 * Follows a job that a server works on: Ctrl-C leaves it alone, and says how to come back. With
 * `--cancel-on-interrupt` the first one cancels it, and its end is waited for; the second leaves.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { chooseDisplay } from './display/choose-display.ts';
import type { Display } from './display/display.ts';
import { TtyDisplay } from './display/tty-display.ts';
import type { DownloadPlan } from './download-flags.ts';
import { EXIT } from './exit.ts';
import { onInterrupts } from './interrupts.ts';
import { followTimeoutMs, summaryOf } from './job-end.ts';
import type { ShownJob } from './job-reader.ts';
import { nextStep, resumeStep, watchStep } from './next-step.ts';
import { Patience } from './patience.ts';
import type { Invocation, OwnFlags } from './program.ts';
import type { Remote } from './remote.ts';
import { downloadFrom } from './remote-download.ts';
import { RemoteJobs } from './remote-jobs.ts';
import { RemoteWatch } from './remote-watch.ts';

export interface RemoteFollow {
  readonly invocation: Invocation;
  readonly remote: Remote;
  readonly job: ShownJob;
  readonly own: OwnFlags;
  readonly download: DownloadPlan | undefined;
  /** Lines said first. */
  readonly notes: readonly string[];
  /** The exit code of a job that no longer runs. */
  readonly exitOf: (job: ShownJob) => number;
}

/** Resolves with the exit code. */
export async function followRemote(follow: RemoteFollow): Promise<number> {
  const { invocation, remote, job, own } = follow;
  const { io, flags } = invocation;
  const { clock } = await invocation.workbench();
  const display = chooseDisplay(io, flags);
  const restore = () => {
    if (display instanceof TtyDisplay) display.restore();
  };
  process.once('exit', restore);
  const leaving = new Leaving(follow, display, clock);
  const patience = new Patience(clock, (line) => display.say(line));
  // It has just answered.
  patience.found();
  const startedMs = clock.monoMs();
  const hint = () => leaving.hint;
  const watch = new RemoteWatch(job, { remote, clock, display, patience, hint });
  let ended = false;
  let output: string | undefined;
  try {
    for (const note of follow.notes) display.say(note);
    try {
      await watch.watch(leaving.signal);
      ended = true;
      if (leaving.exit === undefined) {
        await download(follow, patience, leaving.signal);
        output = follow.download?.path;
      }
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
    }
    const failures = ended ? await new RemoteJobs(remote).failureGroups(job.id) : [];
    const summary = summaryOf(watch.job, clock.monoMs() - startedMs, false, output);
    display.end(watch.view(), ended ? summary : { ...summary, state: 'detached' }, failures);
    const written = leaving.exit === undefined ? follow.download : undefined;
    const next = afterwards(watch.job, ended, written, { ...flags, ...own });
    if (!flags.json && !flags.quiet && next !== '') io.stderr.write(`${next}\n`);
    return leaving.exit ?? follow.exitOf(watch.job);
  } finally {
    leaving.end();
    process.off('exit', restore);
    restore();
  }
}

async function download(
  { download, remote, job, invocation }: RemoteFollow,
  patience: Patience,
  signal: AbortSignal,
): Promise<void> {
  if (download === undefined) return;
  const write = () => downloadFrom(remote, job, download, invocation, signal);
  // What stands on standard output cannot be taken back and written again.
  if (download.path === undefined) await write();
  else await patience.run(write, signal);
}

/** What to type next, said once the display has ended. */
export function afterwards(
  job: ShownJob,
  ended: boolean,
  written: DownloadPlan | undefined,
  flags: Readonly<Record<string, unknown>>,
): string {
  if (!ended) return watchStep(job.id, flags);
  return job.state === 'paused' ? resumeStep(job, flags) : nextStep(job, written, flags);
}

/** Why it is not followed to its end: Ctrl-C, a signal, or `--timeout`. */
class Leaving {
  /** Set at the first sign; the job may still be waited for. */
  exit: number | undefined;
  readonly #leave = new AbortController();
  readonly #cancel: (() => void) | undefined;
  readonly #stops: (() => void)[] = [];

  constructor({ own, remote, job }: RemoteFollow, display: Display, clock: Clock) {
    if (own.cancelOnInterrupt === true) {
      this.#cancel = () => {
        display.say('Cancelling the job. Ctrl-C again to leave without waiting.');
        const jobs = new RemoteJobs(remote);
        jobs.steer(job.id, 'cancel').catch((error) => display.say(messageOf(error)));
      };
    }
    this.#stops.push(onInterrupts((exit) => this.#press(exit)));
    const ms = followTimeoutMs(own.timeout);
    if (ms === undefined) return;
    const timer = clock.after(ms, () => {
      this.exit ??= EXIT.timeout;
      this.#leave.abort();
    });
    this.#stops.push(() => timer.cancel());
  }

  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  get hint(): string {
    if (this.#cancel === undefined) return 'Ctrl-C stops watching; the job goes on';
    return this.exit === undefined ? 'Ctrl-C cancels the job' : 'Cancelling. Ctrl-C again to leave';
  }

  end(): void {
    for (const stop of this.#stops) stop();
  }

  #press(exit: number): void {
    const first = this.exit === undefined;
    this.exit ??= exit;
    if (first && this.#cancel) this.#cancel();
    else this.#leave.abort();
  }
}
