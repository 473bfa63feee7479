/**
 * `sluice demo leads`: three users, each with accounts and lists of their own, against a stand-in
 * of X with short windows. Accounts rest, one is suspended on the way; what comes out is compared
 * with the truth.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TruthList } from '../../../sandbox/x/truth.ts';
import type { XStats } from '../../../sandbox/x/x-stats.ts';
import { formatDuration } from '../../base/duration.ts';
import { LEADS } from '../../collectors/leads/collect-list.ts';
import { count } from '../../engine/job-words.ts';
import { leadListsOf, storeLeadJob } from '../../engine/lead-job.ts';
import { Board, userLine } from '../demo/leads-board.ts';
import { startXProcess, type XProcess } from '../demo/x-process.ts';
import { every } from '../every.ts';
import { EXIT } from '../exit.ts';
import { onInterrupts } from '../interrupts.ts';
import { loadSettings } from '../load-settings.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import type { EngineSession, Workbench } from '../workbench.ts';

const USERS = ['ada', 'ben', 'cleo'] as const;
const LISTS = 12;
const ACCOUNTS = 9;
/** Members of a list. */
const SIZE = 2_000;
const SANDBOX = [
  ...['--lists', String(LISTS), '--accounts', String(ACCOUNTS)],
  ...['--window-ms', '4000', '--limits', 'followers:2,following:2,list-members:4,search:4'],
  ...['--latency-ms', '40', '--faults', 'error503:0.01,reset:0.01'],
];
/** Pauses as a patient person would not wait for them. */
const DELAYS = {
  callDelayMinMs: 40,
  callDelayMaxMs: 120,
  accountRestMs: 1_000,
  batchSize: 100_000,
};
const LIVE_MS = 200;
const PLAIN_MS = 3_000;

interface User {
  readonly name: string;
  readonly jobId: string;
  readonly lists: number;
  readonly expected: ReadonlySet<string>;
}

interface Outcome {
  readonly users: readonly {
    readonly user: string;
    readonly leads: number;
    readonly missing: number;
    readonly extra: number;
    readonly twice: number;
  }[];
  readonly quarantined: readonly string[];
  readonly durationMs: number;
  readonly stats: Pick<XStats, 'calls' | 'throttled' | 'overlaps' | 'afterDeath' | 'early'>;
}

export async function demoLeads(invocation: Invocation, own: OwnFlags): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const size = wholeNumber('--count', own.count, 1) ?? SIZE;
  let x: XProcess | undefined;
  try {
    x = await startXProcess(join(directory, 'x'), [...SANDBOX, '--list-size', `${size}`]);
    return await collectAll(invocation, x, directory);
  } finally {
    await x?.close();
    if (own.keep === true) invocation.io.stderr.write(`Kept: ${directory}\n`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function collectAll(invocation: Invocation, x: XProcess, directory: string): Promise<number> {
  const { io, flags } = invocation;
  const say = (text: string) => {
    if (!flags.quiet && !flags.json) io.stderr.write(text);
  };
  const loaded = loadSettings(io, { ...flags, data: join(directory, 'data') });
  const settings = { ...loaded.settings, ...DELAYS, databaseUrl: '', xBaseUrl: x.url };
  const bench = await invocation.open({ ...loaded, settings });
  const session = await bench.openEngine('run');
  try {
    const users = await prepare(bench, session, x);
    say(`${USERS.length} users, ${ACCOUNTS} accounts, ${LISTS} lists at a stand-in of X.\n`);
    say('Its windows are short, and one account is suspended on the way.\n\n');
    const startedMs = bench.clock.monoMs();
    const board = new Board(say, io.stderr.isTTY === true, io.stderr.columns ?? 100);
    const draw = async () => board.draw(await linesOf(users, bench, session));
    let drawing: Promise<void> | undefined;
    const stopDrawing = every(bench.clock, io.stderr.isTTY ? LIVE_MS : PLAIN_MS, () => {
      drawing ??= draw().finally(() => {
        drawing = undefined;
      });
    });
    let interrupted: number | undefined;
    const stopSignals = onInterrupts((code) => {
      interrupted = code;
      void session.engine.abort();
    });
    try {
      for (const { jobId } of users) await session.engine.run(jobId);
      await Promise.all(users.map(({ jobId }) => session.engine.settled(jobId)));
    } finally {
      stopDrawing();
      stopSignals();
      await drawing;
    }
    if (interrupted !== undefined) return interrupted;
    await draw();
    const outcome = await compare(users, bench.clock.monoMs() - startedMs, session, x);
    if (flags.json) io.stdout.write(`${JSON.stringify({ type: 'demo', ...outcome })}\n`);
    else io.stdout.write(`\n${summary(outcome)}`);
    return isRight(outcome) ? EXIT.ok : EXIT.failures;
  } finally {
    await session.close();
  }
}

/** Every user gets the accounts and lists whose turn it is; the jobs are stored, not started. */
async function prepare(bench: Workbench, session: EngineSession, x: XProcess): Promise<User[]> {
  const rows = (await readFile(x.accountsFile, 'utf8')).trim().split('\n').slice(1);
  for (const [index, row] of rows.entries()) {
    const [name = '', token = ''] = row.split(',');
    const tenant = USERS[index % USERS.length] as string;
    await session.accounts.add({ tenant, service: 'x', name }, { token }, false);
  }
  const [first = ''] = (rows[0] ?? '').split(',');
  await x.command({ do: 'suspend', account: first, afterCalls: 1 });
  const lines = (await readFile(x.truthFile, 'utf8')).trim().split('\n');
  const truth = lines
    .map((line) => JSON.parse(line) as TruthList)
    .filter(({ kind }) => kind === 'list');
  const { settings } = bench.resolved;
  const parts = { ...bench, ...session, settings };
  const leads = leadListsOf(parts);
  const users: User[] = [];
  for (const [index, name] of USERS.entries()) {
    const own = truth.filter((_, at) => Math.floor(at / (LISTS / USERS.length)) === index);
    for (const { source, target, name: called } of own) {
      await leads.book.create(name, { source, target, name: called });
    }
    const made = await storeLeadJob(parts, name, {}, {});
    if (made === undefined) throw new Error('no list is due in the demo');
    const expected = new Set(own.flatMap(({ ids }) => ids));
    users.push({ name, jobId: made.job.id, lists: own.length, expected });
  }
  return users;
}

async function linesOf(
  users: readonly User[],
  { clock }: Workbench,
  { store, accounts }: EngineSession,
): Promise<string[]> {
  const nowMs = clock.wallMs();
  const lines = users.map(async ({ name, jobId, lists, expected }) => {
    const job = await store.job(jobId);
    const { completed = 0, discarded = 0, records = 0 } = job?.counters ?? {};
    const of = { user: name, leads: records, expected: expected.size, lists };
    const own = accounts.list(name, 'x');
    return userLine({ ...of, done: completed + discarded, accounts: own }, nowMs);
  });
  return Promise.all(lines);
}

async function compare(
  users: readonly User[],
  durationMs: number,
  { store, accounts }: EngineSession,
  x: XProcess,
): Promise<Outcome> {
  const rows = users.map(async ({ name, jobId, expected }) => {
    const found = new Set<string>();
    for (let after = ''; ; ) {
      const page = await store.entries({ tenant: name, collection: LEADS, after, limit: 1_000 });
      for (const { key } of page) found.add(key);
      after = page.at(-1)?.key ?? '';
      if (page.length === 0) break;
    }
    const records = (await store.job(jobId))?.counters.records ?? 0;
    return {
      user: name,
      leads: found.size,
      missing: expected.difference(found).size,
      extra: found.difference(expected).size,
      twice: records - found.size,
    };
  });
  const { calls, throttled, overlaps, afterDeath, early } = await x.stats();
  const aside = accounts.list(undefined, 'x').filter(({ state }) => state === 'quarantined');
  return {
    users: await Promise.all(rows),
    quarantined: aside.map(({ name, reason }) => `${name}: ${reason ?? ''}`),
    durationMs,
    stats: { calls, throttled, overlaps, afterDeath, early },
  };
}

function isRight({ users, stats }: Outcome): boolean {
  const wrong = users.some(({ missing, extra, twice }) => missing + extra + twice !== 0);
  return !wrong && stats.overlaps + stats.afterDeath + stats.early === 0;
}

function summary(outcome: Outcome): string {
  const { users, quarantined, durationMs, stats } = outcome;
  const lines = users.map(({ user, leads, missing, extra, twice }) => {
    const right = missing + extra + twice === 0;
    const wrong = `${missing} missing, ${extra} too many, ${twice} twice`;
    return `${user.padEnd(14)}${count(leads)} leads: ${right ? 'those of the truth, each once' : wrong}`;
  });
  return `${[
    ...lines,
    `${'Set aside'.padEnd(14)}${quarantined.join('; ') || 'no account'}`,
    `${'Calls'.padEnd(14)}${count(stats.calls)}, of them ${count(stats.throttled)} told to wait`,
    `${'Accounts'.padEnd(14)}used by two at once ${stats.overlaps} times, too early ${stats.early} times`,
    `${'Took'.padEnd(14)}${formatDuration(durationMs)}`,
    isRight(outcome) ? 'All as the truth has it.' : 'This is NOT as the truth has it.',
  ].join('\n')}\n`;
}
