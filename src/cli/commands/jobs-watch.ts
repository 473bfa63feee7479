import { SluiceError } from '../../base/errors.ts';
import { ProgressFold } from '../../engine/progress.ts';
import { type Job, sameCounters } from '../../model/job.ts';
import { isFinalJobState } from '../../model/lifecycle.ts';
import type { Store } from '../../store/store.ts';
import { chooseDisplay } from '../display/choose-display.ts';
import { EXIT } from '../exit.ts';
import { followRemote } from '../follow-remote.ts';
import { failedExit, summaryOf } from '../job-end.ts';
import type { ShownJob } from '../job-reader.ts';
import { jobCommand } from '../next-command.ts';
import type { Invocation } from '../program.ts';
import { namedServer } from '../remote.ts';
import { RemoteJobs } from '../remote-jobs.ts';
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

/** Follows by looking at the store: the job may run in another process, or not at all. */
async function watchHere(invocation: Invocation, jobId: string): Promise<number> {
  const bench = await invocation.workbench();
  const watch = await bench.openWatch();
  const { store } = watch;
  try {
    let job = await jobOf(store, jobId);
    const fold = new ProgressFold(job.id, job.counters, job.planned);
    const display = chooseDisplay(invocation.io, invocation.flags);
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
    display.start(view());
    const stop = new AbortController();
    const onInterrupt = () => stop.abort(new Error('interrupted'));
    process.once('SIGINT', onInterrupt);
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
          const left = await jobOf(store, job.id);
          if (left.state !== 'running') continue;
          const resume = jobCommand('resume', job.id, { ...invocation.flags });
          display.say(`No process works on it. Resume: ${resume}`);
          break;
        }
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      process.off('SIGINT', onInterrupt);
    }
    const durationMs = alreadyStill ? job.activeMs : bench.clock.monoMs() - startedMs;
    const summary = summaryOf(job, durationMs, job.state === 'running', undefined);
    display.end(view(), summary, await store.failureGroups(job.id));
    if (stop.signal.aborted) return EXIT.interrupted;
    return job.state === 'running' ? EXIT.notFound : exitOf(job);
  } finally {
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
