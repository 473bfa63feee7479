/** `sluice campaigns collect`: cycles over the clients of a list, each summed up at its end. */
import { Readable } from 'node:stream';
import { AbortCause } from '../../base/abort.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { CLIENT_STATES, type ClientState } from '../../collectors/campaigns/collect-client.ts';
import { hourIn } from '../../collectors/campaigns/hours.ts';
import { campaignSummaries, summariesOf } from '../../engine/campaign-summary.ts';
import { type CredentialList, readCredentials, storeLogins } from '../../engine/credential-list.ts';
import type { CredentialSource } from '../../engine/credential-source.ts';
import { checkOptions, prepareJob } from '../../engine/job-request.ts';
import { count } from '../../engine/job-words.ts';
import type { Job } from '../../model/job.ts';
import { planDownload } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { followRemote } from '../follow-remote.ts';
import { onInterrupts } from '../interrupts.ts';
import { checkFollowFlags, exitCodeOf } from '../job-end.ts';
import type { ShownJob } from '../job-reader.ts';
import { openWorker } from '../open-here.ts';
import { jobOptions } from '../option-values.ts';
import { addressesFrom, deliverFlags } from '../outbox-here.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import type { Remote } from '../remote.ts';
import { RemoteJobs } from '../remote-jobs.ts';
import { checkRemoteFlags } from '../remote-submit.ts';
import { runToEnd } from '../run-to-end.ts';
import type { EngineSession } from '../workbench.ts';
import { deliverEarlier } from './campaigns-deliver.ts';
import { sendLogins, sourceOf } from './campaigns-import.ts';
import { printCampaigns } from './campaigns-summary.ts';

const COLLECTOR = 'campaigns';
const MINUTE_MS = 60_000;
const EVERY_MINUTES_MAX = 7 * 24 * 60;
const HOUR_MS = 3_600_000;
/** No clock is further ahead of UTC. */
const AHEAD_HOURS = 15;

interface Cycle {
  readonly invocation: Invocation;
  readonly source: CredentialSource;
  /** As it was read last. */
  list: CredentialList;
  readonly options: Readonly<Record<string, unknown>>;
  readonly own: OwnFlags;
}

export async function collectCampaigns(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  given: OwnFlags,
): Promise<number> {
  const { resolved } = invocation;
  const own = untilOf(given);
  checkFollowFlags(own);
  const [path = ''] = args;
  const bench = await invocation.workbench();
  const options = optionsOf(own, bench.clock.wallMs());
  checkOptions(await bench.registry.get(COLLECTOR), options);
  const single = own.single === true || own.from !== undefined;
  if (!single && (own.output ?? own.to ?? own.until) !== undefined) {
    const detail = '--output, --to and --until belong to one cycle: give --single, or --from';
    throw new SluiceError('usage.invalid', { detail });
  }
  const minutes = everyMinutes(own.every) ?? resolved.settings.cycleIntervalMinutes;
  const source = await sourceOf(invocation, path);
  const cycle = { invocation, source, list: await readCredentials(source), options, own };
  return single ? runCycle(cycle) : runCycles(cycle, minutes * MINUTE_MS);
}

/** The bounds are those of the setting. */
function everyMinutes(flag: unknown): number | undefined {
  if (flag === undefined) return undefined;
  const minutes = /^\d{1,5}$/.test(String(flag)) ? Number(flag) : 0;
  if (minutes >= 1 && minutes <= EVERY_MINUTES_MAX) return minutes;
  const most = count(EVERY_MINUTES_MAX);
  throw new SluiceError('usage.invalid', {
    detail: `--every takes whole minutes from 1 to ${most}, such as --every 15, not ${String(flag)}`,
  });
}

/** `--to` with an hour, and not with the address of a database, is the end of the span. */
function untilOf(given: OwnFlags): OwnFlags {
  const { to, ...own } = given;
  if (to === undefined || hourIn(String(to)) === undefined) return given;
  return { until: to, ...own };
}

function optionsOf(own: OwnFlags, nowMs: number): Readonly<Record<string, unknown>> {
  const { from, until, opt } = own;
  const given = jobOptions(opt);
  if (from === undefined) return given;
  // With an end, the span is shared out day by day.
  const end = new Date(Math.floor(nowMs / HOUR_MS + AHEAD_HOURS) * HOUR_MS);
  return { ...given, from, to: until ?? end.toISOString().slice(0, 13) };
}

/** Until it is interrupted. What a late cycle has missed is skipped, never done twice at once. */
async function runCycles(cycle: Cycle, everyMs: number): Promise<number> {
  const { invocation } = cycle;
  const { clock } = await invocation.workbench();
  const say = (line: string) => {
    if (!invocation.flags.quiet) invocation.io.stderr.write(`${line}\n`);
  };
  const leaving = new Leaving();
  const startMs = clock.monoMs();
  try {
    for (let turn = 0; ; ) {
      const exit = await runCycle(cycle);
      if (leaving.exit !== undefined) return leaving.exit;
      if (exit !== EXIT.ok && exit !== EXIT.failures) return exit;
      const due = Math.max(turn + 1, Math.ceil((clock.monoMs() - startMs) / everyMs));
      const missed = due - turn - 1;
      if (missed > 0) {
        const are = missed === 1 ? 'one cycle is' : `${missed} cycles are`;
        say(`It took longer than its time: ${are} skipped.`);
      }
      turn = due;
      const waitMs = Math.max(0, startMs + turn * everyMs - clock.monoMs());
      const at = new Date(clock.wallMs() + waitMs).toISOString().slice(11, 16);
      say(`The next cycle begins at ${at} UTC. Ctrl-C ends it here.`);
      await clock.sleep(waitMs, leaving.signal).catch(() => {});
      if (leaving.exit !== undefined) return leaving.exit;
      cycle.list = await listNow(cycle, leaving.signal, say);
      if (leaving.exit !== undefined) return leaving.exit;
    }
  } finally {
    leaving.stop();
  }
}

/** The list is read anew for each cycle; where that fails, the last one that was read is good. */
async function listNow(
  { source, list }: Cycle,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<CredentialList> {
  try {
    return await readCredentials(source, signal);
  } catch (error) {
    if (!signal.aborted) say(`${messageOf(error)} This cycle takes the list as it was.`);
    return list;
  }
}

/** Whether a signal has come, also where no job is followed. A job in hand obeys it by itself. */
class Leaving {
  readonly #controller = new AbortController();
  readonly stop: () => void;
  exit: number | undefined;

  constructor() {
    this.stop = onInterrupts((code) => {
      this.exit ??= code;
      this.#controller.abort(new AbortCause('abort'));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}

async function runCycle(cycle: Cycle): Promise<number> {
  const worker = await openWorker(cycle.invocation);
  return 'remote' in worker ? cycleThere(cycle, worker.remote) : cycleHere(cycle, worker.session);
}

async function cycleHere(cycle: Cycle, session: EngineSession): Promise<number> {
  const { invocation, list, own } = cycle;
  const bench = await invocation.workbench();
  const { clock } = bench;
  const startMs = clock.monoMs();
  const download = planDownload(own, 'none', invocation.io.cwd);
  let job: Job;
  try {
    const { outbox } = await bench.openOutbox(session);
    outbox.check(deliverFlags(own), true);
    const left = await deliverEarlier(invocation, session, COLLECTOR);
    if (left !== undefined) {
      await session.close();
      return left;
    }
    await storeLogins(session.accounts, invocation.resolved.settings.tenant, list.logins);
    job = await storeJob(cycle, session);
  } catch (error) {
    await session.close();
    throw error;
  }
  const exit = await runToEnd({
    invocation,
    bench,
    session,
    job,
    collector: await bench.registry.get(COLLECTOR),
    download,
    own,
    notes: [noteOf(job.id, list)],
    deliver: deliverFlags(own),
    start: () => session.engine.run(job.id),
    brief: true,
  });
  const durationMs = clock.monoMs() - startMs;
  const store = await bench.openReader();
  try {
    const ended = (await store.job(job.id)) ?? job;
    const campaigns = await campaignSummaries(store, ended);
    printCampaigns(invocation, { job: ended, campaigns, durationMs });
  } finally {
    await store.close();
  }
  return exit;
}

/** The list without its passwords is the input. */
async function storeJob({ invocation, list, source, options }: Cycle, session: EngineSession) {
  const bench = await invocation.workbench();
  const { settings } = invocation.resolved;
  const { spec } = await prepareJob(
    {
      collector: COLLECTOR,
      input: Readable.from([Buffer.from(list.csv)]),
      inputName: source.name,
      column: undefined,
      wishes: { format: 'csv' },
      options,
      tenant: settings.tenant,
      concurrency: 0,
      retries: undefined,
      idempotencyKey: undefined,
    },
    {
      registry: bench.registry,
      dataDir: bench.dataDir,
      cwd: invocation.io.cwd,
      clock: bench.clock,
      random: bench.random,
      retries: settings.retries,
    },
  );
  await session.uploads.share(spec.input.path);
  return (await session.store.createJob(spec)).job;
}

async function cycleThere(
  { invocation, list, source: { name }, options, own }: Cycle,
  remote: Remote,
): Promise<number> {
  checkRemoteFlags(own);
  const { clock } = await invocation.workbench();
  const startMs = clock.monoMs();
  const download = planDownload(own, 'none', invocation.io.cwd);
  await sendLogins(remote, list.logins);
  const query = new URLSearchParams({
    collector: COLLECTOR,
    options: JSON.stringify(options),
    format: 'csv',
    name,
  });
  const { job } = await remote.post<{ job: ShownJob }>(`/v1/uploads?${query}`, {
    headers: { 'content-type': 'application/octet-stream' },
    body: Readable.from([Buffer.from(list.csv)]),
    name,
    signal: new AbortController().signal,
  });
  const addresses = await addressesFrom(invocation, deliverFlags(own));
  if (addresses.length > 0) await new RemoteJobs(remote).deliver(job.id, addresses);
  const notes = [noteOf(job.id, list)];
  const exitOf = (ended: ShownJob) => exitCodeOf(ended, own);
  const exit = await followRemote({ invocation, remote, job, own, download, notes, exitOf });
  const ended = await remote.ask<ShownJob>({ method: 'GET', path: `/v1/jobs/${job.id}` });
  const durationMs = clock.monoMs() - startMs;
  const campaigns = summariesOf(await statesThere(remote, ended), ended);
  printCampaigns(invocation, { job: ended, campaigns, durationMs });
  return exit;
}

/** What the server keeps of the clients since the job began. */
async function statesThere(remote: Remote, job: ShownJob): Promise<readonly ClientState[]> {
  const states: ClientState[] = [];
  const since = new Date(job.createdMs).toISOString();
  for (let after: string | undefined; ; ) {
    const query = new URLSearchParams({
      changedSince: since,
      limit: '200',
      ...(after && { after }),
    });
    const path = `/v1/collections/${CLIENT_STATES}/entries?${query}`;
    const page = await remote
      .ask<EntryPage>({ method: 'GET', path })
      .catch((error: unknown): EntryPage => {
        // Nothing was kept of any client.
        if (error instanceof SluiceError && error.code === 'collection.not_found')
          return NO_ENTRIES;
        throw error;
      });
    states.push(...page.entries.map(({ value }) => value));
    after = page.next;
    if (after === undefined) return states;
  }
}

interface EntryPage {
  readonly entries: readonly { readonly value: ClientState }[];
  readonly next?: string;
}

const NO_ENTRIES: EntryPage = { entries: [] };

function noteOf(id: string, { clients, campaigns }: CredentialList): string {
  const words = `${clients} ${clients === 1 ? 'client' : 'clients'}`;
  return `Job ${id}, ${words} of ${campaigns} ${campaigns === 1 ? 'campaign' : 'campaigns'}`;
}
