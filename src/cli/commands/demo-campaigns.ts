/**
 * `sluice demo campaigns`: the calls of stand-in call centres, then an hour later what is new and
 * what has changed, with servers that cut files off on the way; compared with the truth.
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

const CLIENTS = 6;
const HOURS = 48;
const LATER_MINUTES = 60;
const PAGE = 1_000;

export async function demoCampaigns(invocation: Invocation, own: OwnFlags): Promise<number> {
  const clients = wholeNumber('--count', own.count) ?? CLIENTS;
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const say = (text: string) => {
    if (!invocation.flags.quiet && !invocation.flags.json) invocation.io.stderr.write(`${text}\n`);
  };
  let sandbox: StandIn<Facts> | undefined;
  try {
    sandbox = await startStandIn<Facts>('vicidial', [
      ...['--clients', String(clients), '--hours', String(HOURS), '--calls', '60'],
      ...['--latency-ms', '150', '--fault-shares', 'truncate:0.08,reset:0.04,proxy-login:0.03'],
      ...['--dir', join(directory, 'vicidial')],
    ]);
    return await runAll(invocation, sandbox.facts, join(directory, 'data'), say);
  } finally {
    await sandbox?.close();
    if (own.keep === true) say(`Kept: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function runAll(
  invocation: Invocation,
  { url, credentialsFile }: Facts,
  dataDir: string,
  say: (text: string) => void,
): Promise<number> {
  const loaded = loadSettings(invocation.io, { ...invocation.flags, data: dataDir });
  const settings = { ...loaded.settings, databaseUrl: '', allowHosts: ['127.0.0.1'] };
  const resolved = { ...loaded, settings };
  const bench = await invocation.open(resolved);
  const inside = { ...invocation, resolved, workbench: async () => bench };
  const { clock } = bench;
  const cycle = async () => {
    const startMs = clock.monoMs();
    const own = { single: true, opt: [`hoursFirst=${HOURS + 2}`] };
    const exit = await collectCampaigns(inside, [credentialsFile], own);
    return { exit, durationMs: clock.monoMs() - startMs };
  };
  say('Invented call centres on this machine; one export in seven is cut off, reset or refused.\n');
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
    const found = compareCalls(kept, await truthOf(url));
    const times = { firstMs: first.durationMs, secondMs: second.durationMs };
    return summarize(invocation, found, times);
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
  const lines = (await (await fetch(`${url}/__truth`)).text()).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TruthCall);
}

function summarize(
  { io, flags }: Invocation,
  found: TruthFindings,
  times: { readonly firstMs: number; readonly secondMs: number },
): number {
  const { calls, missing, unknown, different } = found;
  const wrong = missing + unknown + different.length;
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ type: 'demo', ...found, ...times })}\n`);
  } else {
    const good = `all ${count(calls)} calls are as the sandbox means them`;
    const bad = `${count(missing)} of ${count(calls)} calls are missing, ${count(unknown)} unknown`;
    const took = `${formatDuration(times.firstMs)}, then ${formatDuration(times.secondMs)}`;
    io.stdout.write(`\n  Took          ${took}\n  As expected   ${wrong === 0 ? good : bad}\n`);
    for (const one of different) io.stdout.write(`                ${one}\n`);
  }
  return wrong === 0 ? EXIT.ok : EXIT.failures;
}
