import { SluiceError } from '../../base/errors.ts';
import { chooseFailures } from '../../engine/failure-choice.ts';
import { count, counted } from '../../engine/job-words.ts';
import { type Job, openTasks } from '../../model/job.ts';
import { jobLane } from '../../model/lane.ts';
import { moveOf } from '../../store/store-rules.ts';
import { retryOrRefuse } from '../carry-out.ts';
import { askOwner, type JobControl, ownerListens } from '../control.ts';
import { type DownloadPlan, planDownload } from '../download-flags.ts';
import { followRemote } from '../follow-remote.ts';
import { checkFollowFlags, exitCodeOf } from '../job-end.ts';
import type { ShownJob } from '../job-reader.ts';
import { workingFlag } from '../next-command.ts';
import { isInUse } from '../open-here.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer, owningServer, type Remote } from '../remote.ts';
import { RemoteJobs } from '../remote-jobs.ts';
import { checkRemoteFlags } from '../remote-submit.ts';
import { type RunToEnd, runToEnd } from '../run-to-end.ts';
import { talk } from '../talk.ts';
import type { EngineSession, Workbench } from '../workbench.ts';
import { watchHere } from './jobs-watch.ts';

type Args = readonly (string | undefined)[];

export function pauseJob(invocation: Invocation, args: Args): Promise<number> {
  return change(invocation, { action: 'pause', jobId: args[0] as string }, (engine, id) =>
    engine.pause(id),
  );
}

export function cancelJob(invocation: Invocation, args: Args): Promise<number> {
  return change(invocation, { action: 'cancel', jobId: args[0] as string }, (engine, id) =>
    engine.cancel(id),
  );
}

/** Continues a job here, or has its owner continue it. */
export async function resumeJob(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const jobId = args[0] as string;
  checkFollowFlags(own);
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    return followThere(invocation, remote, own, (jobs) => jobs.steer(jobId, 'resume'));
  }
  const bench = await invocation.workbench();
  const download = plannedDownload(invocation, own);
  return viaOwner(bench, {
    request: { action: 'resume', jobId },
    own,
    here: (session) =>
      follow(invocation, bench, session, jobId, own, download, {
        note: leftWords,
        check: (job) => void moveOf(job, 'resume', { nowMs: bench.clock.wallMs() }),
        start: () => session.engine.resume(jobId),
      }),
    there: (job) => watchHere(invocation, jobId, { own, download, note: leftWords(job as Job) }),
  });
}

function leftWords({ id, counters }: Pick<Job, 'id' | 'counters'>): string {
  return `Job ${id}: ${count(openTasks(counters))} of ${count(counters.tasks)} rows left`;
}

export async function retryJob(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const jobId = args[0] as string;
  checkFollowFlags(own);
  const only = own.only === undefined ? undefined : String(own.only);
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    return followThere(invocation, remote, own, async (jobs) => {
      if ((await jobs.retry(jobId, only)) > 0) return jobs.job(jobId);
      throw new SluiceError('job.nothing_to_retry', { id: jobId });
    });
  }
  const bench = await invocation.workbench();
  const request: JobControl = {
    action: 'retry',
    jobId,
    ...(only === undefined ? {} : { only }),
  };
  const download = plannedDownload(invocation, own);
  return viaOwner(bench, {
    request,
    own,
    here: (session) =>
      follow(invocation, bench, session, jobId, own, download, {
        check: (job) => checkFailed(session, job, only),
        async start(say) {
          say(triedAgain(jobId, await retryOrRefuse(session.engine, jobId, only)));
        },
      }),
    there: (rows) =>
      watchHere(invocation, jobId, { own, download, note: triedAgain(jobId, Number(rows)) }),
  });
}

/** What can be told without a change. */
async function checkFailed({ store }: EngineSession, job: Job, only?: string): Promise<void> {
  const { id, counters } = job;
  if (counters.discarded === 0) throw new SluiceError('job.nothing_to_retry', { id });
  if (only !== undefined) chooseFailures(await store.failureGroups(id), only, id);
}

function triedAgain(jobId: string, rows: number): string {
  return `Job ${jobId}: ${rows === 1 ? '1 row is' : `${count(rows)} rows are`} tried again`;
}

export async function removeJob(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const jobId = args[0] as string;
  const remote = namedServer(invocation);
  if (remote !== undefined) return removeThere(invocation, remote, jobId, own);
  const bench = await invocation.workbench();
  await bench.checkThere();
  let session: EngineSession;
  try {
    session = await bench.openEngine('run');
  } catch (error) {
    const owning = isInUse(error)
      ? await owningServer(bench, undefined).catch(() => {})
      : undefined;
    if (owning === undefined) throw error;
    return removeThere(invocation, owning, jobId, own);
  }
  try {
    const job = await jobOf(session, jobId);
    checkConsent(job, own);
    const { state, input } = job;
    // Alone, nobody works on it; among several nodes others may.
    if (session.cluster && (state === 'running' || state === 'paused')) {
      throw new SluiceError('job.conflict', { id: jobId, state, action: 'deleted' });
    }
    await session.store.deleteJob(jobId);
    await session.limits.remove(jobLane(jobId));
    if (input.path !== '') await session.uploads.remove(input.path);
    talk(invocation, `Deleted job ${jobId}.`);
    return 0;
  } finally {
    await session.close();
  }
}

async function removeThere(
  invocation: Invocation,
  remote: Remote,
  jobId: string,
  own: OwnFlags,
): Promise<number> {
  const jobs = new RemoteJobs(remote);
  checkConsent(await jobs.job(jobId), own);
  await jobs.remove(jobId);
  talk(invocation, `Deleted job ${jobId}.`);
  return 0;
}

function checkConsent({ id, counters }: ShownJob, own: OwnFlags): void {
  if (own.yes === true) return;
  throw new SluiceError('usage.invalid', {
    detail: `This deletes job ${id} with ${counted(counters.tasks, 'row')} and ${counted(counters.records, 'record')} for good; say --yes to do it`,
  });
}

/** Sets a job going on a server and follows it to its end. */
async function followThere(
  invocation: Invocation,
  remote: Remote,
  own: OwnFlags,
  start: (jobs: RemoteJobs) => Promise<ShownJob>,
): Promise<number> {
  checkRemoteFlags(own);
  const download = plannedDownload(invocation, own);
  const job = await start(new RemoteJobs(remote));
  const notes = [leftWords(job)];
  const exitOf = (ended: ShownJob) => exitCodeOf(ended, own);
  return followRemote({ invocation, remote, job, own, download, notes, exitOf });
}

/** On standard output where that is a file or a pipe, and nothing else is written there. */
function plannedDownload({ io, flags }: Invocation, own: OwnFlags): DownloadPlan | undefined {
  const toStdout = io.stdout.isTTY !== true && !flags.json;
  return planDownload(own, toStdout ? 'stdout' : 'none', io.cwd);
}

async function change(
  invocation: Invocation,
  request: JobControl & { readonly action: 'pause' | 'cancel' },
  apply: (engine: EngineSession['engine'], jobId: string) => Promise<Job>,
): Promise<number> {
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    say(invocation, await new RemoteJobs(remote).steer(request.jobId, request.action));
    return 0;
  }
  const bench = await invocation.workbench();
  return viaOwner(bench, {
    request,
    own: {},
    async here(session) {
      try {
        say(invocation, await apply(session.engine, request.jobId));
        return 0;
      } finally {
        await session.close();
      }
    },
    async there(job) {
      say(invocation, job as Job);
      return 0;
    },
  });
}

interface Change {
  readonly request: JobControl;
  readonly own: OwnFlags;
  readonly here: (session: EngineSession) => Promise<number>;
  /** Told what the owner answered once it has done it. */
  readonly there: (result: unknown) => Promise<number>;
}

/** Acts in this process where the data directory is free, else through the process that owns it. */
async function viaOwner(bench: Workbench, { request, own, here, there }: Change): Promise<number> {
  await bench.checkThere();
  let session: EngineSession;
  try {
    session = await bench.openEngine('run');
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'store.in_use') throw error;
    if (await ownerListens(bench.dataDir)) checkOwnerFlags(own);
    const result = await askOwner(bench.dataDir, request).catch((cause: unknown) => {
      throw cause instanceof SluiceError ? cause : error;
    });
    return there(result);
  }
  return here(session);
}

/** Throws `usage.invalid` for flags that only the process that works could obey. */
function checkOwnerFlags(own: OwnFlags): void {
  const flag = workingFlag(own);
  if (flag === undefined) return;
  throw new SluiceError('usage.invalid', {
    detail: `${flag} belongs to the process that works, and another one does here: leave it out, or wait for its end`,
  });
}

interface Beginning {
  /** Rejects where it cannot begin, before anything says that it does. */
  readonly check: (job: Job) => Promise<void> | void;
  readonly start: RunToEnd['start'];
  /** Said before. */
  readonly note?: (job: Job) => string;
}

async function follow(
  invocation: Invocation,
  bench: Workbench,
  session: EngineSession,
  jobId: string,
  own: OwnFlags,
  download: DownloadPlan | undefined,
  { check, start, note }: Beginning,
): Promise<number> {
  try {
    const job = await jobOf(session, jobId);
    await check(job);
    const collector = await bench.registry.get(job.collector);
    return await runToEnd({
      invocation,
      bench,
      session,
      job,
      collector,
      download,
      own,
      notes: note === undefined ? [] : [note(job)],
      start,
    });
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function jobOf(session: EngineSession, jobId: string): Promise<Job> {
  const job = await session.store.job(jobId);
  if (!job) throw new SluiceError('job.not_found', { id: jobId });
  return job;
}

function say(invocation: Invocation, job: ShownJob): void {
  const { io, flags } = invocation;
  if (flags.json) io.stdout.write(`${JSON.stringify(job)}\n`);
  else talk(invocation, `Job ${job.id} is ${job.state}.`);
}
