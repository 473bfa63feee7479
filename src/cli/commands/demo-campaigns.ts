/**
 * `sluice demo campaigns`: the calls of stand-in call centres, then an hour later what is new and
 * what has changed, delivered to a stand-in of BigQuery; with servers that cut files off and a
 * warehouse that is busy or does not answer. What is kept, and the table, are compared with the
 * truth.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TruthCall } from '../../../sandbox/vicidial/truth.ts';
import { formatDuration } from '../../base/duration.ts';
import type { CallRecord } from '../../collectors/campaigns/call-record.ts';
import { CALLS } from '../../collectors/campaigns/calls-in-both.ts';
import { count } from '../../engine/job-words.ts';
import type { Store } from '../../store/store.ts';
import { compareCalls, type TruthFindings } from '../demo/call-truth.ts';
import { type StandIn, startStandIn } from '../demo/sandbox-process.ts';
import { EXIT } from '../exit.ts';
import { loadSettings } from '../load-settings.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { collectCampaigns } from './campaigns.ts';

interface Facts {
  readonly url: string;
  readonly credentialsFile: string;
}

interface WarehouseFacts {
  readonly url: string;
  readonly keyFile: string;
}

const TABLE = 'samples.calls';
const TO = 'bigquery://sandbox/samples/calls?key=id';
const CLIENTS = 6;
const HOURS = 48;
const LATER_MINUTES = 60;
const PAGE = 1_000;

export async function demoCampaigns(invocation: Invocation, own: OwnFlags): Promise<number> {
  const clients = wholeNumber('--count', own.count, 1) ?? CLIENTS;
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const say = (text: string) => {
    if (!invocation.flags.quiet && !invocation.flags.json) invocation.io.stderr.write(`${text}\n`);
  };
  const started: StandIn<unknown>[] = [];
  const standIn = async <T>(kind: string, args: readonly string[]): Promise<T> => {
    const one = await startStandIn<T>(kind, args);
    started.push(one);
    return one.facts;
  };
  try {
    const diallers = standIn<Facts>('vicidial', [
      ...['--clients', String(clients), '--hours', String(HOURS), '--calls', '30'],
      ...['--latency-ms', '150', '--fault-shares', 'truncate:0.08,reset:0.04,proxy-login:0.03'],
      ...['--dir', join(directory, 'vicidial')],
    ]);
    const warehouse = standIn<WarehouseFacts>('bigquery', [
      ...['--rows', '0', '--auth', '--dir', join(directory, 'bigquery')],
      ...['--fault-shares', 'rate-limit:0.05,unavailable:0.05,lost:0.05,job-error:0.05'],
    ]);
    const places = { ...(await diallers), warehouse: await warehouse };
    return await runAll(invocation, places, join(directory, 'data'), say);
  } finally {
    await Promise.all(started.map((one) => one.close()));
    if (own.keep === true) say(`Kept: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function runAll(
  invocation: Invocation,
  { url, credentialsFile, warehouse }: Facts & { readonly warehouse: WarehouseFacts },
  dataDir: string,
  say: (text: string) => void,
): Promise<number> {
  const loaded = loadSettings(invocation.io, { ...invocation.flags, data: dataDir });
  const settings = {
    ...{ ...loaded.settings, databaseUrl: '', allowHosts: ['127.0.0.1'] },
    ...{ bigqueryUrl: warehouse.url, googleKeyFile: warehouse.keyFile },
  };
  const resolved = { ...loaded, settings };
  const bench = await invocation.open(resolved);
  const inside = { ...invocation, resolved, workbench: async () => bench };
  const { clock } = bench;
  const cycle = async () => {
    const startMs = clock.monoMs();
    const own = { single: true, opt: [`hoursFirst=${HOURS + 2}`], deliver: [TO] };
    const exit = await collectCampaigns(inside, [credentialsFile], own);
    return { exit, durationMs: clock.monoMs() - startMs };
  };
  say('Invented call centres on this machine; one export in seven is cut off, reset or refused.');
  say('Their calls go to a stand-in of BigQuery, where one request in seven goes wrong.\n');
  const first = await cycle();
  if (first.exit !== EXIT.ok) return first.exit;
  say('\nAn hour later:\n');
  const body = JSON.stringify({ do: 'advance', minutes: LATER_MINUTES });
  await (await fetch(`${url}/__control`, { method: 'POST', body })).arrayBuffer();
  const second = await cycle();
  if (second.exit !== EXIT.ok) return second.exit;
  const store = await bench.openReader();
  try {
    const kept = await keptCalls(store, settings.tenant);
    const truth = await truthOf(url);
    const found = compareCalls(kept, truth);
    const delivered = compareCalls(await callsIn(warehouse.url), truth);
    const times = { firstMs: first.durationMs, secondMs: second.durationMs };
    return summarize(invocation, found, delivered, times);
  } finally {
    await store.close();
  }
}

async function keptCalls(store: Store, tenant: string): Promise<ReadonlyMap<string, CallRecord>> {
  const calls = new Map<string, CallRecord>();
  for (let after: string | undefined; ; ) {
    const query = { tenant, collection: CALLS, limit: PAGE };
    const entries = await store.entries({ ...query, ...(after !== undefined && { after }) });
    if (entries.length === 0) return calls;
    for (const { key, json } of entries) calls.set(key, JSON.parse(json) as CallRecord);
    after = entries.at(-1)?.key;
  }
}

async function truthOf(url: string): Promise<readonly TruthCall[]> {
  return linesAt<TruthCall>(`${url}/__truth`);
}

/** What the table holds. A call that is there twice counts as one too many. */
async function callsIn(url: string): Promise<ReadonlyMap<string, CallRecord>> {
  const calls = new Map<string, CallRecord>();
  for (const { table, row } of await linesAt<TableRow>(`${url}/__truth`)) {
    if (table !== TABLE) continue;
    const known = Object.entries(row).filter(([, value]) => value !== null);
    const call = Object.fromEntries(known) as unknown as CallRecord;
    calls.set(calls.has(call.id) ? `${call.id} again` : call.id, call);
  }
  return calls;
}

interface TableRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

async function linesAt<T>(url: string): Promise<readonly T[]> {
  const lines = (await (await fetch(url)).text()).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

function summarize(
  { io, flags }: Invocation,
  found: TruthFindings,
  delivered: TruthFindings,
  times: { readonly firstMs: number; readonly secondMs: number },
): number {
  const wrong = wrongIn(found) + wrongIn(delivered);
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ type: 'demo', ...found, delivered, ...times })}\n`);
  } else {
    const took = `${formatDuration(times.firstMs)}, then ${formatDuration(times.secondMs)}`;
    io.stdout.write(`\n  Took          ${took}\n  As expected   ${wordsOf(found)}\n`);
    io.stdout.write(`  In BigQuery   ${wordsOf(delivered)}\n`);
    for (const one of [...found.different, ...delivered.different]) {
      io.stdout.write(`                ${one}\n`);
    }
  }
  return wrong === 0 ? EXIT.ok : EXIT.failures;
}

function wrongIn({ missing, unknown, different }: TruthFindings): number {
  return missing + unknown + different.length;
}

function wordsOf(found: TruthFindings): string {
  const { calls, missing, unknown } = found;
  return wrongIn(found) === 0
    ? `all ${count(calls)} calls are there once, as the sandbox means them`
    : `${count(missing)} of ${count(calls)} calls are missing, ${count(unknown)} unknown`;
}
