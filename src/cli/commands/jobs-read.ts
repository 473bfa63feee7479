import { systemClock } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import type { DownloadCounts } from '../../engine/download.ts';
import { retriableRowsOf, shortFailureName } from '../../engine/failure-choice.ts';
import { count, counted } from '../../engine/job-words.ts';
import { SHOWN_STATES, type ShownState } from '../../engine/shown-state.ts';
import { openTasks, rowsKnown } from '../../model/job.ts';
import type { FailureGroup } from '../../store/store.ts';
import { deliveryLine } from '../await-delivered.ts';
import { failureLines } from '../display/words.ts';
import {
  type DownloadPlan,
  type FailedRows,
  planDownload,
  runDownloadLeft,
  runFailures,
} from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { deliveriesOf, type JobReader, type ShownJob } from '../job-reader.ts';
import { hintHere, jobCommand } from '../next-command.ts';
import { wholeNumber } from '../option-values.ts';
import type { GlobalFlags, Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';
import { downloadFrom, failuresFrom } from '../remote-download.ts';
import { RemoteJobs } from '../remote-jobs.ts';
import { shellWord } from '../shell-word.ts';
import { UNMINDED, withStandings } from '../standings.ts';
import { table } from '../table.ts';
import { asksForPast, showPast } from './job-past.ts';

type Args = readonly (string | undefined)[];
const FAILURES_SHOWN = 20;
/** Among so many running jobs those are looked for that wait. */
const RUNNING_MAX = 1_000;

export async function listJobs(
  invocation: Invocation,
  _args: Args,
  own: OwnFlags,
): Promise<number> {
  const limit = wholeNumber('--limit', own.limit, 1) ?? 50;
  const state = own.state === undefined ? undefined : stateOf(String(own.state));
  const { io, flags } = invocation;
  const none = () => {
    const words =
      state === undefined
        ? `No jobs${flags.tenant === undefined ? '' : ` of ${flags.tenant}`} yet. Start one: sluice run contacts websites.csv`
        : `No job is ${state}.`;
    if (!flags.json) io.stderr.write(`${words}\n`);
    return EXIT.ok;
  };
  const list = reading(invocation, async (reader, standing) => {
    const jobs = await listed(reader, standing, state, limit, flags.tenant);
    if (jobs.length === 0) return none();
    if (flags.json) {
      for (const job of jobs) io.stdout.write(`${JSON.stringify(job)}\n`);
    } else {
      io.stdout.write(
        table(
          ['JOB', 'STATE', 'COLLECTOR', 'INPUT', 'ROWS', 'DONE', 'FAILED', 'LEFT', 'CREATED'],
          jobs.map((job) => [
            job.id,
            job.shown ?? job.state,
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

export async function showJob(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const row = wholeNumber('--task', own.task);
  if (row !== undefined) {
    return (await import('./task-show.ts')).showTask(invocation, args[0] as string, row);
  }
  if (asksForPast(own)) return showPast(invocation, args[0] as string, own);
  return reading(invocation, async (reader, standing) => {
    const { io, flags } = invocation;
    const [job] = await standing([await jobOf(reader, args[0] as string, flags.tenant)]);
    if (job === undefined) return EXIT.ok;
    const failures = await reader.failureGroups(job.id);
    const deliveries = await deliveriesOf(reader, job);
    if (flags.json) {
      const more = { failures, ...(deliveries.length > 0 && { deliveries }) };
      io.stdout.write(`${JSON.stringify({ ...job, ...more })}\n`);
      return EXIT.ok;
    }
    const { counters } = job;
    const lines = [
      `${job.id}  ${job.shown ?? job.state}  ${job.collector}  ${job.input.name}`,
      ...(job.still === undefined ? [] : [`  ${job.still}`]),
      `  rows ${count(counters.tasks)}${job.planned ? '' : ' so far'}, done ${count(counters.completed)}, failed ${count(counters.discarded)}, cancelled ${count(counters.cancelled)}, left ${count(openTasks(counters))} (${count(counters.waiting)} of them wait to be tried again), and ${count(counters.duplicates)} like an earlier row`,
      `  records ${count(counters.records)}, active for ${formatDuration(job.activeMs)}`,
      ...(job.failure ? [`  ${job.failure.message}`] : []),
      ...(job.failure?.hint ? [`    ${hintHere(job.failure.hint, { ...flags })}`] : []),
      ...deliveries.map((each) => `  ${deliveryLine(each, systemClock.wallMs())}`),
      ...failureLines(failures, FAILURES_SHOWN, (group) => namedApart(group, failures)),
      ...(job.still === UNMINDED || job.state === 'paused'
        ? [`Resume: ${jobCommand('resume', job.id, { ...flags })}`]
        : []),
      ...retryHint(job, failures, flags),
    ];
    io.stdout.write(`${lines.join('\n')}\n`);
    return EXIT.ok;
  });
}

/** What `--only` takes for a group that shares its code with others, which stands there anyway. */
function namedApart(group: FailureGroup, groups: readonly FailureGroup[]): string {
  // Rows that were refused before they were tried stay as they are.
  if (group.refused === group.count) return '';
  const name = shortFailureName(group, groups);
  return name === group.sample.code ? '' : `  --only ${shellWord(name)}`;
}

function retryHint(
  job: ShownJob,
  failures: readonly FailureGroup[],
  flags: GlobalFlags,
): readonly string[] {
  const first = failures.find((group) => retriableRowsOf(group) > 0);
  if (!first) return [];
  const name = shellWord(shortFailureName(first, failures));
  return [`Retry the most frequent: ${jobCommand('retry', job.id, { ...flags })} --only ${name}`];
}

export async function downloadJob(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const { io } = invocation;
  const plan = planDownload(own, 'stdout', io.cwd);
  if (!plan) return EXIT.ok;
  const failed = failedRowsOf(own, plan);
  const id = args[0] as string;
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    const job = await new RemoteJobs(remote).job(id);
    if (failed !== undefined) {
      await failuresFrom(remote, job.id, failed, plan, invocation);
      return toldFailed(invocation, job, { ...plan, ...failed });
    }
    await downloadFrom(remote, job, plan, invocation);
    const { counters } = job;
    return told(invocation, job, plan, { rows: rowsKnown(counters), records: counters.records });
  }
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  try {
    const job = await jobOf(store, id, invocation.flags.tenant);
    if (failed !== undefined) {
      const rows = await runFailures({ ...plan, ...failed }, job, store, bench, io);
      return toldFailed(invocation, job, { ...plan, ...failed }, rows);
    }
    const written = await runDownloadLeft(plan, job, store, bench, io, (line) => {
      if (!invocation.flags.quiet) io.stderr.write(`${line}\n`);
    });
    return told(invocation, job, plan, written);
  } finally {
    await store.close();
  }
}

/** undefined: all rows are asked for. Throws `usage.invalid`. */
function failedRowsOf(own: OwnFlags, plan: DownloadPlan): FailedRows | undefined {
  if (!own.failed) {
    const flag = own.only !== undefined ? '--only' : own.duplicates ? '--duplicates' : undefined;
    if (flag === undefined) return undefined;
    throw new SluiceError('usage.invalid', { detail: `${flag} goes with --failed` });
  }
  if (plan.format !== 'csv' || plan.shape !== undefined || plan.table !== undefined) {
    const detail = '--failed writes the rows of the input as CSV, and nothing else';
    throw new SluiceError('usage.invalid', { detail });
  }
  return {
    ...(own.only === undefined ? {} : { only: String(own.only) }),
    ...(own.duplicates === true ? { duplicates: true } : {}),
  };
}

/** Says what was written; `rows`: undefined where the server alone knows. */
function toldFailed(
  { io, flags }: Invocation,
  { state, counters }: ShownJob,
  { path, duplicates }: DownloadPlan & FailedRows,
  rows?: number,
): number {
  if (path === undefined || flags.quiet) return EXIT.ok;
  const far = state === 'running' ? ' so far, the job is not done' : '';
  const number = rows === undefined ? 'Failed rows' : `${count(rows)} failed rows`;
  const once = counters.duplicates === 0 || duplicates ? '' : ', without those like an earlier one';
  io.stderr.write(`${number}${once}${far}: ${path}\n`);
  return EXIT.ok;
}

/** Says what was written; standard output is for the results alone. */
function told(
  { io, flags }: Invocation,
  job: ShownJob,
  { path }: DownloadPlan,
  { rows, records }: Pick<DownloadCounts, 'rows' | 'records'>,
): number {
  if (path === undefined || flags.quiet) return EXIT.ok;
  const far = job.state === 'running' ? ' so far, the job is not done' : '';
  // One line a record counts no rows.
  const words = rows === 0 && records > 0 ? '' : `${counted(rows, 'row')} with `;
  io.stderr.write(`${words}${counted(records, 'record')}${far}: ${path}\n`);
  return EXIT.ok;
}

/** Gives jobs the word for how they stand. */
type Standing = (jobs: readonly ShownJob[]) => Promise<readonly ShownJob[]>;

async function reading(
  invocation: Invocation,
  read: (jobs: JobReader, standing: Standing) => Promise<number>,
): Promise<number> {
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    // A server says it with the job.
    return read(new RemoteJobs(remote), async (jobs) => jobs);
  }
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  try {
    return await read(store, (jobs) => withStandings(jobs, bench));
  } finally {
    await store.close();
  }
}

async function jobOf<T extends Pick<ShownJob, 'tenant'>>(
  reader: { job(id: string): Promise<T | undefined> },
  id: string,
  tenant: string | undefined,
): Promise<T> {
  const job = await reader.job(id);
  if (job && (tenant === undefined || job.tenant === tenant)) return job;
  throw new SluiceError('job.not_found', { id });
}

/** Of those that wait: among all that run. */
async function listed(
  reader: JobReader,
  standing: Standing,
  state: ShownState | undefined,
  limit: number,
  tenant: string | undefined,
): Promise<readonly ShownJob[]> {
  const of = tenant === undefined ? {} : { tenant };
  if (state !== 'waiting') {
    return standing(await reader.jobs({ ...of, limit, ...(state ? { states: [state] } : {}) }));
  }
  const running = await reader.jobs({ ...of, limit: RUNNING_MAX, states: ['running'] });
  const waiting = (await standing(running)).filter(({ shown }) => shown === 'waiting');
  return waiting.slice(0, limit);
}

function stateOf(text: string): ShownState {
  const state = SHOWN_STATES.find((known) => known === text);
  if (state) return state;
  throw new SluiceError('usage.unknown', {
    kind: 'job state',
    name: text,
    suggestion: `There are: ${SHOWN_STATES.join(', ')}.`,
  });
}
