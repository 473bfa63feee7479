import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { type Job, openTasks } from '../../model/job.ts';
import { retryOrRefuse } from '../carry-out.ts';
import { askOwner, type JobControl } from '../control.ts';
import { planDownload } from '../download-flags.ts';
import { checkFollowFlags } from '../follow.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { runToEnd } from '../run-to-end.ts';
import type { EngineSession, Workbench } from '../workbench.ts';

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
  const bench = await invocation.workbench();
  return viaOwner(invocation, bench, { action: 'resume', jobId }, (session) =>
    follow(invocation, bench, session, jobId, own, () => session.engine.resume(jobId)),
  );
}

export async function retryJob(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const jobId = args[0] as string;
  checkFollowFlags(own);
  const bench = await invocation.workbench();
  const only = own.only === undefined ? undefined : String(own.only);
  const request: JobControl = {
    action: 'retry',
    jobId,
    ...(only === undefined ? {} : { only }),
  };
  return viaOwner(invocation, bench, request, (session) =>
    follow(invocation, bench, session, jobId, own, async () => {
      await retryOrRefuse(session.engine, jobId, only);
    }),
  );
}

export async function removeJob(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const { io } = invocation;
  const jobId = args[0] as string;
  const bench = await invocation.workbench();
  const session = await bench.openEngine();
  try {
    const job = await jobOf(session, jobId);
    if (own.yes !== true) {
      throw new SluiceError('usage.invalid', {
        detail: `This deletes job ${jobId} with ${job.counters.tasks} rows and ${job.counters.records} records for good; say --yes to do it`,
      });
    }
    await session.store.deleteJob(jobId);
    if (job.input.path !== '') await rm(join(bench.dataDir, job.input.path), { force: true });
    io.stderr.write(`Deleted job ${jobId}.\n`);
    return 0;
  } finally {
    await session.close();
  }
}

async function change(
  invocation: Invocation,
  request: JobControl,
  apply: (engine: EngineSession['engine'], jobId: string) => Promise<Job>,
): Promise<number> {
  const bench = await invocation.workbench();
  return viaOwner(invocation, bench, request, async (session) => {
    try {
      say(invocation, await apply(session.engine, request.jobId));
      return 0;
    } finally {
      await session.close();
    }
  });
}

/** Acts in this process where the data directory is free, else through the process that owns it. */
async function viaOwner(
  invocation: Invocation,
  bench: Workbench,
  request: JobControl,
  here: (session: EngineSession) => Promise<number>,
): Promise<number> {
  let session: EngineSession;
  try {
    session = await bench.openEngine();
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'store.in_use') throw error;
    const result = await askOwner(bench.dataDir, request).catch((cause: unknown) => {
      throw cause instanceof SluiceError ? cause : error;
    });
    if (typeof result === 'object' && result !== null) say(invocation, result as Job);
    else invocation.io.stderr.write(`${String(result)} rows are tried again.\n`);
    return 0;
  }
  return here(session);
}

async function follow(
  invocation: Invocation,
  bench: Workbench,
  session: EngineSession,
  jobId: string,
  own: OwnFlags,
  start: () => Promise<unknown>,
): Promise<number> {
  try {
    const job = await jobOf(session, jobId);
    const collector = await bench.registry.get(job.collector);
    const toStdout = invocation.io.stdout.isTTY !== true && !invocation.flags.json;
    const download = planDownload(own, toStdout ? 'stdout' : 'none', invocation.io.cwd);
    const notes = [`Job ${jobId}: ${openTasks(job.counters)} of ${job.counters.tasks} rows left`];
    return await runToEnd({
      invocation,
      bench,
      session,
      job,
      collector,
      download,
      own,
      notes,
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

function say(invocation: Invocation, job: Job): void {
  const { io, flags } = invocation;
  if (flags.json) io.stdout.write(`${JSON.stringify(job)}\n`);
  else io.stderr.write(`Job ${job.id} is ${job.state}.\n`);
}
