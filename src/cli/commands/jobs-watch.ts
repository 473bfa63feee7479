import { SluiceError } from '../../base/errors.ts';
import { ProgressFold } from '../../engine/progress.ts';
import { type Job, sameCounters } from '../../model/job.ts';
import { isFinalJobState } from '../../model/lifecycle.ts';
import type { Store } from '../../store/store.ts';
import { chooseDisplay } from '../display/choose-display.ts';
import { TtyDisplay } from '../display/tty-display.ts';
import { type DownloadPlan, runDownloadLeft } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { afterwards, followRemote } from '../follow-remote.ts';
import { onInterrupts } from '../interrupts.ts';
import { exitCodeOf, failedExit, followTimeoutMs, summaryOf } from '../job-end.ts';
import type { ShownJob } from '../job-reader.ts';
import { resumeCommand } from '../next-command.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';
import { RemoteJobs } from '../remote-jobs.ts';
import { UNMINDED } from '../standings.ts';
import type { Standing } from '../workbench.ts';

const WATCH_MS = 250;
/** Now and then it is asked whether anybody still works on the job. */
const STANDING_EVERY_LOOKS = 4;
const NONE: ReadonlyMap<string, Standing> = new Map();

export async function watchJob(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const jobId = args[0] as string;
  const remote = namedServer(invocation);
  if (remote === undefined) return watchHere(invocation, jobId);
  const job = await new RemoteJobs(remote).job(jobId);
  const download = undefined;
  return followRemote({ invocation, remote, job, own: {}, download, notes: [], exitOf });
}

/** What those want of a job's end who had another process go on with it. */
export interface Errand {
  readonly own: OwnFlags;
  /** Written once the job no longer runs. */
  readonly download: DownloadPlan | undefined;
  /** Said first. */
  readonly note: string;
}

/**
 * Follows by looking at the store: the job may run in another process, or not at all. Leaves the
 * job alone at Ctrl-C and after `--timeout`.
 */
export async function watchHere(
  invocation: Invocation,
  jobId: string,
  errand?: Errand,
): Promise<number> {
  const { io, flags } = invocation;
  const given = { ...flags, ...errand?.own };
  const bench = await invocation.workbench();
  const watch = await bench.openWatch();
  const { store } = watch;
  const display = chooseDisplay(io, flags);
  try {
    let job = await jobOf(store, jobId);
    const fold = new ProgressFold(job.id, job.counters, job.planned);
    const startedMs = bench.clock.monoMs();
    const alreadyStill = job.state !== 'running';
    let seqNo = 0;
    let looks = 1;
    let standing: Standing = { minded: true, running: 0, blockages: [], nextDueMs: undefined };
    const view = () => ({
      job,
      progress: fold.at(bench.clock.wallMs()),
      blockages: standing.blockages,
      nowMs: bench.clock.monoMs(),
      nextDueMs: standing.nextDueMs,
      wallMs: bench.clock.wallMs(),
      hint: 'Ctrl-C stops watching; the job goes on',
    });
    if (errand !== undefined) display.say(errand.note);
    display.start(view());
    const stop = new AbortController();
    let left: number | undefined;
    let abandoned = false;
    const leave = (exit: number) => {
      left ??= exit;
      stop.abort();
    };
    const stopSignals = onInterrupts(leave);
    const timeoutMs = followTimeoutMs(errand?.own.timeout);
    const timer =
      timeoutMs === undefined ? undefined : bench.clock.after(timeoutMs, () => leave(EXIT.timeout));
    try {
      while (job.state === 'running') {
        await bench.clock.sleep(WATCH_MS, stop.signal);
        const now = await jobOf(store, job.id);
        const asked = looks % STANDING_EVERY_LOOKS === 0 ? await watch.standings([job.id]) : NONE;
        const { running, minded, ...rest } = asked.get(job.id) ?? standing;
        const moved = !sameCounters(now.counters, job.counters) || running !== standing.running;
        standing = { running, minded, ...rest };
        looks += 1;
        if (moved) {
          seqNo += 1;
          const event = {
            type: 'job.progress',
            jobId: job.id,
            counters: now.counters,
            running,
            seqNo,
            atMs: bench.clock.wallMs(),
          } as const;
          fold.apply(event);
          display.event(event);
        }
        job = now;
        display.tick(view());
        if (!minded) {
          const last = await jobOf(store, job.id);
          if (last.state !== 'running') continue;
          abandoned = true;
          display.say(`${UNMINDED}. Resume: ${resumeCommand(job.id, given)}`);
          break;
        }
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      timer?.cancel();
      stopSignals();
    }
    const ended = job.state !== 'running';
    const download = ended ? errand?.download : undefined;
    if (download !== undefined) {
      await runDownloadLeft(download, job, store, bench, io, (line) => display.say(line));
    }
    const durationMs = alreadyStill ? job.activeMs : bench.clock.monoMs() - startedMs;
    const summary = summaryOf(job, durationMs, !ended, download?.path);
    display.end(view(), summary, await store.failureGroups(job.id));
    if (errand !== undefined && !abandoned && !flags.json && !flags.quiet) {
      const next = afterwards(job, ended, download, given);
      if (next !== '') io.stderr.write(`${next}\n`);
    }
    if (!ended) return left ?? EXIT.notFound;
    return errand === undefined ? exitOf(job) : exitCodeOf(job, errand.own);
  } finally {
    if (display instanceof TtyDisplay) display.restore();
    await watch.close();
  }
}

/** Whoever only watches is not told by the exit code what others did to the job. */
function exitOf(job: ShownJob): number {
  if (job.state === 'failed') return failedExit(job);
  return isFinalJobState(job.state) && job.counters.discarded > 0 ? EXIT.failures : EXIT.ok;
}

async function jobOf(store: Store, id: string): Promise<Job> {
  const job = await store.job(id);
  if (!job) throw new SluiceError('job.not_found', { id });
  return job;
}
