import { formatDuration } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import { shortFailureName } from '../../engine/failure-choice.ts';
import { count } from '../../engine/job-words.ts';
import { ProgressFold } from '../../engine/progress.ts';
import { type Job, openTasks } from '../../model/job.ts';
import { isFinalJobState, JOB_STATES, type JobState } from '../../model/lifecycle.ts';
import type { FailureGroup, Store } from '../../store/store.ts';
import { ownerListens } from '../control.ts';
import { chooseDisplay } from '../display/choose-display.ts';
import { failureLines } from '../display/words.ts';
import { planDownload, runDownload } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { failedExit } from '../follow.ts';
import { jobCommand } from '../next-command.ts';
import { wholeNumber } from '../option-values.ts';
import type { GlobalFlags, Invocation, OwnFlags } from '../program.ts';
import { shellWord } from '../shell-word.ts';
import { table } from '../table.ts';

type Args = readonly (string | undefined)[];
const FAILURES_SHOWN = 20;
const WATCH_MS = 250;
/** Now and then it is asked whether anybody still works on the job. */
const OWNER_EVERY_LOOKS = 4;

export async function listJobs(
  invocation: Invocation,
  _args: Args,
  own: OwnFlags,
): Promise<number> {
  const limit = wholeNumber('--limit', own.limit) ?? 50;
  const state = own.state === undefined ? undefined : stateOf(String(own.state));
  const { io, flags } = invocation;
  const none = () => {
    if (!flags.json) io.stderr.write('No jobs yet. Start one: sluice run contacts websites.csv\n');
    return EXIT.ok;
  };
  const list = reading(invocation, async (store) => {
    const jobs = await store.jobs({ limit, ...(state ? { states: [state] } : {}) });
    if (jobs.length === 0) return none();
    if (flags.json) {
      for (const job of jobs) io.stdout.write(`${JSON.stringify(job)}\n`);
    } else {
      io.stdout.write(
        table(
          ['JOB', 'STATE', 'COLLECTOR', 'INPUT', 'ROWS', 'DONE', 'FAILED', 'LEFT', 'CREATED'],
          jobs.map((job) => [
            job.id,
            job.state,
            job.collector.split('/').at(-1) as string,
            job.input.name,
            count(job.counters.tasks),
            count(job.counters.completed),
            count(job.counters.discarded),
            count(openTasks(job.counters)),
            new Date(job.createdMs).toISOString().slice(0, 19).replace('T', ' '),
          ]),
        ),
      );
    }
    return EXIT.ok;
  });
  // Without a data directory there are no jobs either; that is an answer, not an error.
  return list.catch((error: unknown) => {
    if (error instanceof SluiceError && error.code === 'store.missing') return none();
    throw error;
  });
}

export async function showJob(invocation: Invocation, args: Args): Promise<number> {
  return reading(invocation, async (store) => {
    const job = await jobOf(store, args[0] as string);
    const failures = await store.failureGroups(job.id);
    const { io, flags } = invocation;
    if (flags.json) {
      io.stdout.write(`${JSON.stringify({ ...job, failures })}\n`);
      return EXIT.ok;
    }
    const { counters } = job;
    const lines = [
      `${job.id}  ${job.state}  ${job.collector}  ${job.input.name}`,
      `  rows ${count(counters.tasks + counters.duplicates)}${job.planned ? '' : ' so far'}, done ${count(counters.completed)}, failed ${count(counters.discarded)}, cancelled ${count(counters.cancelled)}, left ${count(openTasks(counters))} (${count(counters.waiting)} of them wait to be tried again), like an earlier row ${count(counters.duplicates)}`,
      `  records ${count(counters.records)}, active for ${formatDuration(job.activeMs)}`,
      ...(job.failure ? [`  ${job.failure.message}`] : []),
      ...failureLines(failures, FAILURES_SHOWN, (group) => namedApart(group, failures)),
      ...retryHint(job, failures, flags),
    ];
    io.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.ok;
  });
}

/** What `--only` takes for a group that shares its code with others, which stands there anyway. */
function namedApart(group: FailureGroup, groups: readonly FailureGroup[]): string {
  const name = shortFailureName(group, groups);
  return name === group.sample.code ? '' : `  --only ${shellWord(name)}`;
}

function retryHint(
  job: Job,
  failures: readonly FailureGroup[],
  flags: GlobalFlags,
): readonly string[] {
  const [first] = failures;
  if (!first) return [];
  const name = shellWord(shortFailureName(first, failures));
  return [`Retry the most frequent: ${jobCommand('retry', job.id, { ...flags })} --only ${name}`];
}

/** Follows by looking at the store: the job may run in another process, or not at all. */
export async function watchJob(invocation: Invocation, args: Args): Promise<number> {
  const bench = await invocation.workbench();
  return reading(invocation, async (store) => {
    let job = await jobOf(store, args[0] as string);
    const fold = new ProgressFold(job.id, job.counters, job.planned);
    const display = chooseDisplay(invocation.io, invocation.flags);
    const startedMs = bench.clock.monoMs();
    let seqNo = 0;
    let looks = 0;
    const view = () => ({
      job,
      progress: fold.at(bench.clock.wallMs()),
      blockages: [],
      nowMs: bench.clock.monoMs(),
      nextDueMs: undefined,
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
        if (now.updatedMs !== job.updatedMs) {
          seqNo += 1;
          const event = {
            type: 'job.progress',
            jobId: job.id,
            counters: now.counters,
            running: 0,
            seqNo,
            atMs: bench.clock.wallMs(),
          } as const;
          fold.apply(event);
          display.event(event);
        }
        job = now;
        display.tick(view());
        looks += 1;
        if (looks % OWNER_EVERY_LOOKS === 0 && !(await ownerListens(bench.dataDir))) {
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
    const { counters } = job;
    display.end(
      view(),
      {
        type: 'summary',
        jobId: job.id,
        collector: job.collector,
        state: job.state === 'running' ? 'interrupted' : job.state,
        rows: counters.tasks + counters.duplicates,
        tasks: counters.tasks,
        completed: counters.completed,
        failed: counters.discarded,
        cancelled: counters.cancelled,
        open: openTasks(counters),
        duplicates: counters.duplicates,
        records: counters.records,
        durationMs: Math.round(bench.clock.monoMs() - startedMs),
      },
      await store.failureGroups(job.id),
    );
    if (stop.signal.aborted) return EXIT.interrupted;
    if (job.state === 'running') return EXIT.notFound;
    if (job.state === 'failed') return failedExit(job);
    return isFinalJobState(job.state) && counters.discarded > 0 ? EXIT.failures : EXIT.ok;
  });
}

export async function downloadJob(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const bench = await invocation.workbench();
  return reading(invocation, async (store) => {
    const job = await jobOf(store, args[0] as string);
    const collector = await bench.registry.get(job.collector);
    const plan = planDownload(own, 'stdout', invocation.io.cwd);
    if (!plan) return EXIT.ok;
    const written = await runDownload(plan, job, collector, store, bench, invocation.io);
    if (plan.path !== undefined && !invocation.flags.quiet) {
      const far = job.state === 'running' ? ' so far, the job is still running' : '';
      const { rows, records } = written;
      invocation.io.stderr.write(
        `${count(rows)} rows with ${count(records)} records${far}: ${plan.path}\n`,
      );
    }
    return EXIT.ok;
  });
}

async function reading(
  invocation: Invocation,
  read: (store: Store) => Promise<number>,
): Promise<number> {
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  try {
    return await read(store);
  } finally {
    await store.close();
  }
}

async function jobOf(store: Store, id: string): Promise<Job> {
  const job = await store.job(id);
  if (!job) throw new SluiceError('job.not_found', { id });
  return job;
}

function stateOf(text: string): JobState {
  const state = JOB_STATES.find((known) => known === text);
  if (state) return state;
  throw new SluiceError('usage.unknown', {
    kind: 'job state',
    name: text,
    suggestion: `There are: ${JOB_STATES.join(', ')}.`,
  });
}
