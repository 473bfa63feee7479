/**
 * How many at once, when nobody said: a server that answers 300 a second to 30 requests at once and
 * collapses beyond. Sluice learns the slots of its host from a start of 10 and of 200, and while the
 * server's capacity halves midway.
 *
 * The yardstick is the best of all fixed numbers, swept in the same round by Sluice itself with the
 * number told. A fixed number learns nothing, so it is measured for a few seconds of each capacity;
 * its first second, in which it starts, is left out. Sluice is measured from its first request on.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KneeServerStats } from '../../sandbox/servers/knee-server.ts';
import type { RequestsInput, RequestsResult } from '../contenders/sluice-requests.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CONTENDER = new URL('../contenders/sluice-requests.ts', import.meta.url);
const CAPACITY = 30;
const SECONDS = 60;
const SWEEP_SECONDS = 6;
const FIXED = [20, 25, 28, 30, 32, 36, 42];
const FIXED_HALVED = [15, 18, 21, 25, 28, 30, 32];
/** What people set when they know nothing. */
const FIXED_GUESS = 100;
const ROWS_A_SECOND = 500;

export const scenario: Scenario = {
  name: 'knee',
  what: 'goodput of a server that collapses beyond 30 requests at once, which nobody told',
  must: [
    { metric: 'from 10, served/s', peerName: 'best fixed', text: '≥ 0.9×', holds: atLeast(0.9) },
    { metric: 'from 200, served/s', peerName: 'best fixed', text: '≥ 0.8×', holds: atLeast(0.8) },
    { metric: 'halving, served/s', peerName: 'best fixed', text: '≥ 0.9×', holds: atLeast(0.9) },
  ],
  run: measure,
};

function atLeast(least: number): (figure: Figure) => boolean {
  return ({ ratio }) => ratio >= least;
}

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const seconds = ctx.quick ? 20 : SECONDS;
  const rows = join(ctx.directory, 'rows.csv');
  const count = seconds * ROWS_A_SECOND;
  const urls = Array.from({ length: count }, (_, row) => `http://knee.example/${row}`);
  writeFileSync(rows, `url\n${urls.join('\n')}\n`);
  const take = (run: Pick<KneeRun, 'name' | 'slots' | 'seconds' | 'halvesAtS'>) =>
    takeRun(ctx, { ...run, rows });
  const best =
    (kind: string, levels: readonly number[], halvesAtS?: number) => async (round: number) => {
      const found: number[] = [];
      for (const slots of levels) {
        const name = `${kind}-${slots}-${round}`;
        const runS = (halvesAtS ?? 0) + SWEEP_SECONDS;
        const bySecond = await take({ name, slots: String(slots), seconds: runS, halvesAtS });
        // Without the first second of each capacity: what was under way belongs to the other.
        const kept = bySecond.filter((_, second) => second !== 0 && second !== halvesAtS);
        found.push(mean(kept));
      }
      ctx.note(
        `${kind}: ${levels.map((slots, at) => `${slots}: ${found[at]?.toFixed(0)}/s`).join(', ')}`,
      );
      return Math.max(...found);
    };
  const learn = (start: number, halvesAtS?: number) => async (round: number) => {
    const name = `from-${start}-${halvesAtS ?? 0}-${round}`;
    const bySecond = await take({ name, slots: `1-400@${start}`, seconds, halvesAtS });
    ctx.note(bySecond.join(' '));
    return mean(bySecond);
  };
  const taken = await ctx.repeat({
    'best fixed': best('fixed', FIXED),
    'fixed 100': best('guess', [FIXED_GUESS]),
    'from 10': learn(10),
    'from 200': learn(200),
    'best fixed, halving': best('halved', FIXED_HALVED, SWEEP_SECONDS),
    'fixed 100, halving': best('guess-halved', [FIXED_GUESS], SWEEP_SECONDS),
    halving: learn(10, seconds / 2),
  });
  const compare = (what: 'from 10' | 'from 200' | 'halving', peer: keyof typeof taken) =>
    figure('knee', `${what}, served/s`, taken[what], taken[peer], peer.split(', ')[0] as string);
  return [
    compare('from 10', 'best fixed'),
    compare('from 200', 'best fixed'),
    compare('halving', 'best fixed, halving'),
    compare('from 10', 'fixed 100'),
    compare('halving', 'fixed 100, halving'),
  ];
}

interface KneeRun {
  readonly name: string;
  readonly slots: string;
  readonly seconds: number;
  readonly halvesAtS: number | undefined;
  readonly rows: string;
}

/** Answers of 200 in each second from the first request on. */
async function takeRun(ctx: BenchContext, run: KneeRun): Promise<readonly number[]> {
  const halves = run.halvesAtS && `${run.halvesAtS * 1_000}:${CAPACITY / 2}`;
  const farm = await ctx.farm('knee', [
    ...['--capacity', String(CAPACITY), '--base-latency-ms', '100'],
    ...(halves ? ['--changes', halves] : []),
  ]);
  const input: RequestsInput = {
    rows: run.rows,
    dataDir: join(ctx.directory, run.name),
    port: farm.port,
    slots: run.slots,
    endAfterMs: (run.seconds + 1) * 1_000,
    settings: { retries: '100' },
  };
  await ctx.child<RequestsResult>({ file: CONTENDER, input });
  const { goodputBySecond } = await farm.stats<KneeServerStats>();
  await farm.close();
  return Array.from({ length: run.seconds }, (_, second) => goodputBySecond[second] ?? 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
