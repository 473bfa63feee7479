/** `sluice leads …`: lists of leads, and collecting them. */
import { isAside } from '../../accounts/health.ts';
import { parseDurationMs } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import { asideWords } from '../../engine/account-words.ts';
import { count } from '../../engine/job-words.ts';
import { leadListsOf, storeLeadJob } from '../../engine/lead-job.ts';
import type { LeadList, LeadListStanding, LeadListWishes } from '../../model/lead-list.ts';
import type { Schedule, ScheduleAnswer } from '../../model/schedule.ts';
import { withNewApi } from '../api.ts';
import { planDownload } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { followRemote } from '../follow-remote.ts';
import { checkFollowFlags, exitCodeOf } from '../job-end.ts';
import type { ShownJob } from '../job-reader.ts';
import { hintHere, jobCommand } from '../next-command.ts';
import { openWorker } from '../open-here.ts';
import { wholeNumber } from '../option-values.ts';
import { shortTime } from '../print-list.ts';
import type { GlobalFlags, Invocation, OwnFlags } from '../program.ts';
import { namedServer, type Remote } from '../remote.ts';
import { checkRemoteFlags } from '../remote-submit.ts';
import { runToEnd } from '../run-to-end.ts';
import { table } from '../table.ts';
import { talk } from '../talk.ts';
import type { EngineSession } from '../workbench.ts';
import { allLists, listPath } from './lead-lists.ts';
import { deliverOf } from './schedules.ts';

type Args = readonly (string | undefined)[];

const HOUR_MINUTES = 60;
const DAY_HOURS = 24;
const MINUTE_MS = 60_000;

/** `sluice leads collect`: take lists up, follow to the end, say what each list has brought. */
export async function collectLeads(
  invocation: Invocation,
  _args: Args,
  own: OwnFlags,
): Promise<number> {
  checkFollowFlags(own);
  const wishes = wishesOf(own);
  const batch = wholeNumber('--batch', own.batch, 1);
  // Lists are stored: without a data directory there are none, and a mistyped one is not made.
  if (namedServer(invocation) === undefined) await (await invocation.workbench()).checkThere();
  const worker = await openWorker(invocation);
  return 'remote' in worker
    ? collectThere(invocation, worker.remote, wishes, batch, own)
    : collectHere(invocation, worker.session, wishes, batch, own);
}

function wishesOf(own: OwnFlags): LeadListWishes {
  const maxLists = wholeNumber('--max-lists', own.maxLists, 1);
  const given = own.leadListId as readonly string[] | undefined;
  const ids = given?.flatMap((id) => id.split(',')).map((id) => id.trim());
  if (ids?.some((id) => id === '')) {
    const detail = '--lead-list-id takes the number of a list, or several: 1,2';
    throw new SluiceError('usage.invalid', { detail });
  }
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(own.force === true ? { force: true } : {}),
    ...(maxLists === undefined ? {} : { maxLists }),
  };
}

async function collectHere(
  invocation: Invocation,
  session: EngineSession,
  wishes: LeadListWishes,
  batch: number | undefined,
  own: OwnFlags,
): Promise<number> {
  const bench = await invocation.workbench();
  const { settings } = bench.resolved;
  const parts = { ...bench, ...session, settings };
  const download = planDownload(own, 'none', invocation.io.cwd);
  let taken: Awaited<ReturnType<typeof storeLeadJob>>;
  let held: readonly string[] = [];
  try {
    if (wishes.ids === undefined && wishes.force !== true) {
      held = heldNotes(await leadListsOf(parts).held(settings.tenant), invocation.flags);
    }
    const options = { ...(wishes.force && { force: true }), ...(batch && { batch }) };
    taken = await storeLeadJob(parts, settings.tenant, wishes, options);
  } catch (error) {
    await session.close();
    throw error;
  }
  if (taken === undefined) {
    const all = await leadListsOf(parts)
      .book.list(settings.tenant)
      .finally(() => session.close());
    return nothingDue(invocation, all, held);
  }
  const { job, lists } = taken;
  const exit = await runToEnd({
    invocation,
    bench,
    session,
    job,
    collector: await bench.registry.get(job.collector),
    download,
    own,
    notes: [
      ...held,
      ...(await accountNotes(invocation, session, job.tenant)),
      `Job ${job.id}, ${lists.length} ${lists.length === 1 ? 'list' : 'lists'}`,
    ],
    start: () => session.engine.run(job.id),
  });
  const store = await bench.openReader();
  try {
    printStandings(invocation, await leadListsOf({ ...parts, store }).standings(lists));
  } finally {
    await store.close();
  }
  return exit;
}

/** After a crash nobody goes on with a job by itself, and its lists are never due. */
function heldNotes(held: ReadonlyMap<string, number>, flags: GlobalFlags): readonly string[] {
  return [...held].map(([jobId, lists]) => {
    const words = lists === 1 ? '1 list is' : `${count(lists)} lists are`;
    const command = jobCommand('show', jobId, { ...flags });
    return `warning: ${words} still with job ${jobId}, which is not over; see \`${command}\`.`;
  });
}

/** Where there is no account, the lists would wait for one in silence. */
async function accountNotes(
  { flags }: Invocation,
  { accounts }: EngineSession,
  tenant: string,
): Promise<readonly string[]> {
  await accounts.ready();
  const all = accounts.list(tenant, 'x');
  if (!all.every(isAside)) return [];
  const why = asideWords(all);
  const line =
    `warning: ${tenant} has no account of x that may be used${why === undefined ? '' : `: ${why}`}; ` +
    'the lists wait for one, for as long as it takes (--timeout bounds it): ' +
    `\`sluice accounts add x NAME\`${why === undefined ? '' : ' or `sluice accounts test NAME`'}.`;
  return [hintHere(line, { ...flags })];
}

interface Collected {
  readonly job: ShownJob;
  readonly lists: readonly string[];
  readonly held?: readonly { readonly jobId: string; readonly lists: number }[];
}

async function collectThere(
  invocation: Invocation,
  remote: Remote,
  wishes: LeadListWishes,
  batch: number | undefined,
  own: OwnFlags,
): Promise<number> {
  checkRemoteFlags(own);
  const download = planDownload(own, 'none', invocation.io.cwd);
  const { job, lists, held } = await remote.ask<Collected>({
    method: 'POST',
    path: '/v1/lead-lists/collect',
    body: { ...wishes, batch },
  });
  // A server of an earlier version does not tell.
  const others = new Map(held?.map((each) => [each.jobId, each.lists]));
  const notes = heldNotes(others, invocation.flags);
  if (lists.length === 0) return nothingDue(invocation, await allLists(remote), notes);
  const exit = await followRemote({
    invocation,
    remote,
    job,
    own,
    download,
    notes: [...notes, `Job ${job.id}, ${lists.length} ${lists.length === 1 ? 'list' : 'lists'}`],
    exitOf: (ended) => exitCodeOf(ended, own),
  });
  const standings: LeadListStanding[] = [];
  for (const id of lists) {
    standings.push(await remote.ask<LeadListStanding>({ method: 'GET', path: listPath(id) }));
  }
  printStandings(invocation, standings);
  return exit;
}

/** Rejects with `lead_list.none` where no list will ever be due. */
function nothingDue(
  { io, flags }: Invocation,
  all: readonly Pick<LeadList, 'active'>[],
  held: readonly string[],
): number {
  if (all.every(({ active }) => !active)) {
    const off = all.length === 1 ? 'the only one is' : `all ${count(all.length)} are`;
    const detail = all.length === 0 ? 'none was added' : `${off} switched off`;
    throw new SluiceError('lead_list.none', { detail });
  }
  const line = 'No list is due. --force takes up those that are not; see `sluice leads lists ls`.';
  if (!flags.quiet) io.stderr.write(`${[...held, hintHere(line, { ...flags })].join('\n')}\n`);
  return EXIT.ok;
}

const HEADER = ['LIST', 'NAME', 'NEW', 'KNOWN', 'LEADS', 'CALLS', 'ACCOUNTS', 'STATE'];

function printStandings({ io, flags }: Invocation, lists: readonly LeadListStanding[]): void {
  if (flags.json) {
    for (const list of lists)
      io.stdout.write(`${JSON.stringify({ type: 'lead-list', ...list })}\n`);
    return;
  }
  const cells = lists.map(({ id, name, run, leads, state, error }) => [
    id,
    name,
    String(run?.new ?? 0),
    String(run?.known ?? 0),
    String(leads),
    String(run?.calls ?? 0),
    run?.accounts.join(', ') || '—',
    error ? `failed: ${error.message}` : state,
  ]);
  io.stdout.write(table(HEADER, cells));
}

/** `sluice leads schedule --every 20m`: made, or changed where there is one. */
export function scheduleLeads(invocation: Invocation, _args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const cron = cronOf(String(own.every));
  const maxLists = wholeNumber('--max-lists', own.maxLists, 1);
  const options = maxLists === undefined ? {} : { maxLists };
  const order = { collector: 'leads', options, ...deliverOf(own) };
  return withNewApi(invocation, async (api) => {
    const { schedules } = await api.ask<{ schedules: readonly Schedule[] }>({
      method: 'GET',
      path: '/v1/schedules?limit=200',
    });
    const before = schedules.find(
      ({ order: { collector, input } }) => collector === 'leads' && input === undefined,
    );
    const body = { name: before?.name ?? 'leads', cron, order };
    const answer = await (before === undefined
      ? api.ask<ScheduleAnswer>({ method: 'POST', path: '/v1/schedules', body })
      : api.ask<ScheduleAnswer>({
          method: 'PATCH',
          path: `/v1/schedules/${before.id}`,
          body,
        }));
    if (flags.json) {
      io.stdout.write(`${JSON.stringify(answer)}\n`);
      return EXIT.ok;
    }
    io.stdout.write(`${answer.schedule.id}\n`);
    talk(invocation, `Next: ${answer.ticks.map(shortTime).join(', ')} UTC.`);
    if (!api.served) talk(invocation, 'Runs start while `sluice serve` works here.');
    return EXIT.ok;
  });
}

/** Spans as a cron expression: those that divide an hour or a day. */
function cronOf(text: string): string {
  const minutes = (parseDurationMs(text) ?? 0) / MINUTE_MS;
  if (Number.isInteger(minutes) && minutes >= 1) {
    if (minutes < HOUR_MINUTES && HOUR_MINUTES % minutes === 0) return `*/${minutes} * * * *`;
    const hours = minutes / HOUR_MINUTES;
    if (hours === DAY_HOURS) return '0 0 * * *';
    if (Number.isInteger(hours) && DAY_HOURS % hours === 0) return `0 */${hours} * * *`;
  }
  throw new SluiceError('usage.invalid', {
    detail: `--every takes minutes that divide an hour or hours that divide a day, such as 20m or 6h, not ${text}`,
  });
}
