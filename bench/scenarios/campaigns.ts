/**
 * Whether processes idle while campaigns wait: eight campaigns of unequal size over four processes,
 * beside the least that it can take, and beside one campaign after another. Every export is held back
 * for a while by the stand-in, which counts for how long; a client's exports come one after another,
 * and a process has one client at a time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, start } from '../../test/e2e/sluice-process.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CAMPAIGNS = 8;
const PROCESSES = 4;
/** Of the largest campaign; the others have a half, a third, a quarter … of them. */
const CLIENTS = 30;
/** Of real servers it is some seconds: a process and a login take the same time there as here. */
const LATENCY_MS = 1_000;
const LIMIT_MS = 900_000;

export const scenario: Scenario = {
  name: 'campaigns',
  what: `${CAMPAIGNS} campaigns of unequal size, ${PROCESSES} processes`,
  must: [
    {
      metric: 'seconds',
      peerName: 'the least',
      text: '≤ 1.1×',
      holds: ({ ratio }) => ratio <= 1.1,
    },
  ],
  run: measure,
};

interface Run {
  readonly wallMs: number;
  readonly leastMs: number;
}

interface Stats {
  /** By `campaign/client`. */
  readonly clients: Readonly<Record<string, { readonly waitedMs: number }>>;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const runs = await ctx.repeat({
    sluice: (round) => takeRun(ctx, `sluice-${round}`, PROCESSES),
    sequential: (round) => takeRun(ctx, `sequential-${round}`, 1),
  });
  const seconds = (all: readonly Run[]) => all.map(({ wallMs }) => wallMs / 1_000);
  const least = runs.sluice.map(({ leastMs }) => leastMs / 1_000);
  return [
    figure('campaigns', 'seconds', seconds(runs.sluice), least, 'the least'),
    figure('campaigns', 'seconds', seconds(runs.sluice), seconds(runs.sequential), 'one by one'),
  ];
}

async function takeRun(ctx: BenchContext, name: string, processes: number): Promise<Run> {
  const cwd = join(ctx.directory, name);
  mkdirSync(cwd);
  const dir = join(cwd, 'vicidial');
  const clients = ctx.quick ? CLIENTS / 3 : CLIENTS;
  const flags = { dir, campaigns: CAMPAIGNS, clients, servers: clients * 8, calls: 5, hours: 24 };
  const words = Object.entries({ ...flags, 'latency-ms': LATENCY_MS }).flatMap(([flag, value]) => [
    `--${flag}`,
    String(value),
  ]);
  const farm = await ctx.farm('vicidial', words);
  try {
    const startedMs = performance.now();
    const collect = ['campaigns', 'collect', join(dir, 'credentials.csv'), '--single', '--json'];
    const { code, stdout, stderr } = await start(collect, {
      cwd,
      env: {
        SLUICE_ALLOW_HOSTS: '127.0.0.1',
        MAX_CAMPAIGN_PROCESSES: String(processes),
        CONCURRENT_REQUESTS: '1',
        SLUICE_CAMPAIGN_HOURS_FIRST: '23',
      },
      limitMs: LIMIT_MS,
    }).ended;
    const wallMs = performance.now() - startedMs;
    if (code !== 0) throw new Error(stderr.slice(-2_000));
    const { records } = jsonLines(stdout).at(-1) as { readonly records: number };
    const waits = Object.values((await farm.stats<Stats>()).clients).map(
      ({ waitedMs }) => waitedMs,
    );
    const sum = waits.reduce((all, ms) => all + ms, 0);
    const leastMs = Math.max(sum / processes, ...waits);
    const figures = `${Math.round(wallMs)} ms, ${Math.round(leastMs)} ms at the least`;
    ctx.note(`${name}: ${waits.length} clients, ${records} calls, ${figures}`);
    return { wallMs, leastMs };
  } finally {
    await farm.close();
  }
}
