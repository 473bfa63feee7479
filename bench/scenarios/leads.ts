/**
 * How much of what accounts may do is done: lists of leads over six accounts, for as long as three
 * windows of their limits, beside a round robin that sleeps after a 429. Time is scaled: a window of
 * 15 minutes takes 30 s.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { start } from '../../test/e2e/sluice-process.ts';
import type { RoundRobin } from '../contenders/leads-round-robin.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';
import {
  callsIn,
  startXFarm,
  TIME_SCALE,
  WINDOW_MS,
  writeAccounts,
  type XFarm,
  type XStats,
  xEnv,
} from '../harness/x-farm.ts';

const ACCOUNTS = 6;
const LIMIT = 100;
const WINDOWS = 3;
/** Windows begin at an account's first call: the last ones have done their part by then. */
const UNTIL_MS = WINDOWS * WINDOW_MS - 2_000;
const PLAN = { accounts: ACCOUNTS, lists: 8, listSize: 20_000, limit: LIMIT, latencyMs: 50 };

export const scenario: Scenario = {
  name: 'leads',
  what: `lists of leads over ${ACCOUNTS} accounts of ${LIMIT} calls a window, for ${WINDOWS} windows`,
  must: [
    {
      metric: 'share of the calls that are allowed',
      peerName: 'all of them',
      text: '≥ 0.95',
      holds: ({ ratio }) => ratio >= 0.95,
    },
    {
      metric: '429s of an account in a window',
      text: '≤ 1',
      holds: ({ sluice }) => sluice <= 1,
    },
  ],
  run: measure,
};

interface Got {
  readonly share: number;
  readonly throttledMax: number;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const runs = await ctx.repeat({
    sluice: (round) => withFarm(ctx, `sluice-${round}`, runSluice),
    turns: (round) => withFarm(ctx, `turns-${round}`, runTurns),
  });
  const shares = (all: readonly Got[]) => all.map(({ share }) => share);
  const throttled = (all: readonly Got[]) => all.map(({ throttledMax }) => throttledMax);
  const share = 'share of the calls that are allowed';
  return [
    figure('leads', share, shares(runs.sluice), 1, 'all of them'),
    figure('leads', share, shares(runs.sluice), shares(runs.turns), 'round robin, 30 s of sleep'),
    figure(
      'leads',
      '429s of an account in a window',
      throttled(runs.sluice),
      throttled(runs.turns),
      'round robin, 30 s of sleep',
    ),
  ];
}

async function withFarm(
  ctx: BenchContext,
  name: string,
  run: (ctx: BenchContext, farm: XFarm, name: string) => Promise<XStats>,
): Promise<Got> {
  const farm = await startXFarm(ctx, `x-${name}`, PLAN);
  try {
    const stats = await run(ctx, farm, name);
    const { served, throttledMax } = callsIn(stats);
    const most = stats.maximum['list-members']?.calls ?? 0;
    if (stats.overlaps > 0 && name.startsWith('sluice')) throw new Error('an account used twice');
    ctx.note(`${name}: ${served} of ${most} calls, ${stats.throttled} answers of 429`);
    return { share: served / most, throttledMax };
  } finally {
    await farm.close();
  }
}

async function runSluice(ctx: BenchContext, farm: XFarm, name: string): Promise<XStats> {
  const cwd = join(ctx.directory, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'lists.csv'), `id,name,source,target\n${farm.lists.join('\n')}\n`);
  const env = { ...xEnv(farm), MAX_ACCOUNTS_PER_USER: String(ACCOUNTS) };
  const accounts = writeAccounts(join(cwd, 'accounts.csv'), farm);
  const imported = await start(['accounts', 'import', accounts], { cwd, env }).ended;
  if (imported.code !== 0) throw new Error(imported.stderr);
  const words = ['run', 'leads', 'lists.csv', '--opt', 'batch=1000000', '--opt', 'pages=100000'];
  const running = start([...words, '--allow-host', '127.0.0.1'], { cwd, env });
  await firstCall(farm);
  await delay(UNTIL_MS);
  const stats = await farm.stats<XStats>();
  // Not in good order: that would go on calling.
  running.child.kill('SIGKILL');
  const { stderr } = await running.ended;
  if (/error:/i.test(stderr)) throw new Error(stderr);
  return stats;
}

async function runTurns(ctx: BenchContext, farm: XFarm): Promise<XStats> {
  const input: RoundRobin = {
    url: farm.url,
    tokens: farm.accounts.map(({ token }) => token),
    targets: farm.lists.map((line) => line.split(',').at(-1) ?? ''),
    atOnce: ACCOUNTS,
    restMs: 30_000 / TIME_SCALE,
    pauseMinMs: 500 / TIME_SCALE,
    pauseMaxMs: 1_500 / TIME_SCALE,
    untilMs: UNTIL_MS,
  };
  const file = new URL('../contenders/leads-round-robin.ts', import.meta.url);
  await ctx.child({ file, input });
  return farm.stats<XStats>();
}

async function firstCall(farm: XFarm): Promise<void> {
  while (callsIn(await farm.stats<XStats>()).served === 0) await delay(20);
}
