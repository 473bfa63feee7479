/** What a job has brought, campaign by campaign: from what it kept of its clients. */
import { CLIENT_STATES, type ClientState } from '../collectors/campaigns/collect-client.ts';
import type { Job } from '../model/job.ts';
import type { RecordPosition, Store } from '../store/store.ts';

export interface CampaignSummary {
  readonly campaign: string;
  readonly clients: number;
  /** Clients of which something is missing. */
  readonly failed: number;
  /** Read from the servers. */
  readonly rows: number;
  /** Calls that are new or have changed; undefined where they are too many to be told apart. */
  readonly records: number | undefined;
  readonly bytes: number;
  /** Why, for failures that are not like one before. */
  readonly causes: readonly string[];
  /** What helps against them. */
  readonly hints: readonly string[];
  /** What went wrong and was tried again since, each once: such as a process that was killed. */
  readonly overcome: readonly string[];
}

interface Tally {
  readonly clients: Set<string>;
  readonly failed: Set<string>;
  readonly causes: Set<string>;
  readonly hints: Set<string>;
  readonly overcome: Set<string>;
  rows: number;
  records: number;
  bytes: number;
}

type Reading = Pick<Store, 'records' | 'entries'>;

const PAGE = 1_000;
const CAUSES_MAX = 3;
/** More are counted in all only: telling them apart means reading them. */
const RECORDS_MAX = 200_000;

/** By name. */
export async function campaignSummaries(
  store: Reading,
  job: Job,
): Promise<readonly CampaignSummary[]> {
  const tallies = new Map<string, Tally>();
  addClients(await statesOf(store, job), job.id, tallies);
  const all = job.counters.records;
  const apart = tallies.size > 1 && all <= RECORDS_MAX;
  if (apart) await addRecords(store, job.id, tallies);
  return summaries(tallies, all, apart);
}

/** The same of what a server tells of the clients; calls are not told apart. */
export function summariesOf(
  states: Iterable<ClientState>,
  job: Pick<Job, 'id' | 'counters'>,
): readonly CampaignSummary[] {
  const tallies = new Map<string, Tally>();
  addClients(states, job.id, tallies);
  return summaries(tallies, job.counters.records, false);
}

function summaries(
  tallies: ReadonlyMap<string, Tally>,
  all: number,
  apart: boolean,
): readonly CampaignSummary[] {
  return [...tallies]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([campaign, { clients, failed, causes, hints, overcome, rows, bytes, records }]) => ({
      campaign,
      clients: clients.size,
      failed: failed.size,
      rows,
      records: apart ? records : tallies.size === 1 ? all : undefined,
      bytes,
      causes: [...causes].slice(0, CAUSES_MAX),
      hints: [...hints].slice(0, CAUSES_MAX),
      overcome: [...overcome].filter((each) => !causes.has(each)).slice(0, CAUSES_MAX),
    }));
}

async function statesOf(
  store: Reading,
  { tenant, createdMs }: Job,
): Promise<readonly ClientState[]> {
  const states: ClientState[] = [];
  for (let after: string | undefined; ; ) {
    const entries = await store.entries({
      tenant,
      collection: CLIENT_STATES,
      changedSinceMs: createdMs,
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    if (entries.length === 0) return states;
    after = entries.at(-1)?.key;
    for (const { json } of entries) states.push(JSON.parse(json) as ClientState);
  }
}

function addClients(
  states: Iterable<ClientState>,
  jobId: string,
  tallies: Map<string, Tally>,
): void {
  for (const { campaign, client, run } of states) {
    if (run.jobId !== jobId) continue;
    const tally = tallyOf(tallies, campaign);
    tally.clients.add(client);
    tally.rows += run.rows;
    tally.bytes += run.bytes;
    for (const { message } of run.earlier ?? []) tally.overcome.add(message);
    if (run.error === undefined) continue;
    tally.failed.add(client);
    tally.causes.add(run.error.message);
    if (run.error.hint !== undefined) tally.hints.add(run.error.hint);
  }
}

async function addRecords(
  store: Reading,
  jobId: string,
  tallies: Map<string, Tally>,
): Promise<void> {
  for (let after: RecordPosition | undefined; ; ) {
    const records = await store.records(jobId, after, PAGE);
    if (records.length === 0) return;
    const last = records.at(-1);
    after = last && { seq: last.seq, index: last.index };
    for (const { json } of records) {
      const { campaign } = JSON.parse(json) as { readonly campaign: string };
      tallyOf(tallies, campaign).records += 1;
    }
  }
}

function tallyOf(tallies: Map<string, Tally>, campaign: string): Tally {
  let tally = tallies.get(campaign);
  if (!tally) {
    const [clients, failed] = [new Set<string>(), new Set<string>()];
    const [causes, hints, overcome] = [new Set<string>(), new Set<string>(), new Set<string>()];
    tally = { clients, failed, causes, hints, overcome, rows: 0, records: 0, bytes: 0 };
    tallies.set(campaign, tally);
  }
  return tally;
}
