/**
 * Shares of the slots by weight, all of them in use, and a small job that comes into the middle of
 * it. A row holds its slot for 20 ms: 64 slots are 3,200 rows a second at best.
 */
import { join } from 'node:path';
import type { SharesInput, SharesResult } from '../contenders/sluice-shares.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const CONTENDER = new URL('../contenders/sluice-shares.ts', import.meta.url);
const ROWS = 100_000;
const SLOTS = 64;
const ROW_MS = 20;
const NEWCOMER_AT_MS = 3_000;
const NEWCOMER_MS_MAX = 100;
const WEIGHTS: Readonly<Record<string, number>> = { one: 1, two: 2, five: 5 };
const WEIGHT_SUM = 8;

export const scenario: Scenario = {
  name: 'fair',
  what: 'tenants of weights 1, 2 and 5 with 100,000 rows each, then 10 rows of a new one',
  must: [
    ...Object.keys(WEIGHTS).map((tenant) => ({
      metric: `share of weight ${WEIGHTS[tenant]}`,
      text: '± 2 %',
      holds: ({ ratio }: Figure) => Math.abs(ratio - 1) <= 0.02,
    })),
    {
      metric: 'first row of the newcomer ms',
      text: '≤ 100 ms',
      holds: ({ sluice }: Figure) => sluice <= NEWCOMER_MS_MAX,
    },
    { metric: 'slots busy', text: '≥ 0.98', holds: ({ sluice }: Figure) => sluice >= 0.98 },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const { runs } = await ctx.repeat({ runs: (round) => takeRun(ctx, `run-${round}`) });
  const all = (of: (run: SharesResult) => number) => runs.map(of);
  return [
    ...Object.entries(WEIGHTS).map(([tenant, weight]) =>
      figure(
        'fair',
        `share of weight ${weight}`,
        all((run) => run.shares[tenant] ?? 0),
        weight / WEIGHT_SUM,
        'by weight',
      ),
    ),
    figure(
      'fair',
      'first row of the newcomer ms',
      all((run) => run.newcomerMs),
      NEWCOMER_MS_MAX,
      'allowed',
    ),
    figure(
      'fair',
      'slots busy',
      all((run) => run.busy),
      1,
      'all slots',
    ),
  ];
}

async function takeRun(ctx: BenchContext, name: string): Promise<SharesResult> {
  const input: SharesInput = {
    dataDir: join(ctx.directory, name),
    slots: SLOTS,
    rowMs: ROW_MS,
    rows: ctx.quick ? ROWS / 5 : ROWS,
    weights: WEIGHTS,
    newcomerAtMs: NEWCOMER_AT_MS,
  };
  const { value } = await ctx.child<SharesResult>({ file: CONTENDER, input });
  ctx.note(JSON.stringify(value));
  return value;
}
