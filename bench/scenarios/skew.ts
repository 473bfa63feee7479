/**
 * Rows that take very different times, and few slots. No schedule ends before the sum divided by the
 * slots, or before the longest row: that bound is the first peer. It can only be met by who knows how
 * long each row will take; the second peer is the best that can be done without, each row in its turn
 * into the first free slot at no cost. With this seed no long row comes last, and the two are 3 % apart.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAVY_TAIL, latencyOfPath, latencyTotals } from '../../sandbox/servers/latency-server.ts';
import type { Batches, BatchesDone } from '../contenders/batches.ts';
import type { SluiceJob, SluiceJobDone } from '../contenders/sluice-job.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 1_000;
const SLOTS = 10;
const SEED = 7;
const BOUND = 'lower bound: sum / slots, or the longest';
const IN_TURN = 'each row in turn, no cost at all';

export const scenario: Scenario = {
  name: 'skew',
  what: `${ROWS} rows of heavy-tailed latency, ${SLOTS} slots`,
  must: [
    { metric: 'wall s', peerName: BOUND, text: '≤ 1.05×', holds: ({ ratio }) => ratio <= 1.05 },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const rows = ctx.quick ? ROWS / 10 : ROWS;
  const farm = await ctx.farm('latency', ['--seed', String(SEED)]);
  const paths = Array.from({ length: rows }, (_, n) => `/row/${n}`);
  const { sumMs, maxMs } = latencyTotals(SEED, paths, HEAVY_TAIL);
  const input = join(ctx.directory, 'rows.csv');
  writeFileSync(input, `url\n${paths.map((path) => `http://skew.example${path}`).join('\n')}\n`);
  const runs = await ctx.repeat({
    sluice: async (round) => {
      const job: SluiceJob = {
        dataDir: join(ctx.directory, `sluice-${round}`),
        collector: fileURLToPath(new URL('../collectors/one-page.ts', import.meta.url)),
        input,
        concurrency: SLOTS,
        settings: {
          hostConcurrency: SLOTS,
          hostRate: 'none',
          resolve: [`*=127.0.0.1:${farm.port}`],
        },
      };
      const file = new URL('../contenders/sluice-job.ts', import.meta.url);
      const { value } = await ctx.child<SluiceJobDone>({ file, input: job });
      if (value.completed !== rows) throw new Error(`only ${value.completed} of ${rows}`);
      return value.wallMs / 1_000;
    },
    batches: async () => {
      const file = new URL('../contenders/batches.ts', import.meta.url);
      const batches: Batches = { urls: paths.map((path) => farm.url + path), size: SLOTS };
      const { value } = await ctx.child<BatchesDone>({ file, input: batches });
      if (value.answers !== rows) throw new Error(`only ${value.answers} of ${rows}`);
      return value.wallMs / 1_000;
    },
  });
  const boundS = Math.max(sumMs / SLOTS, maxMs) / 1_000;
  return [
    figure('skew', 'wall s', runs.sluice, boundS, BOUND),
    figure('skew', 'wall s', runs.sluice, inTurnMs(paths) / 1_000, IN_TURN),
    figure('skew', 'wall s', runs.sluice, runs.batches, `batches of ${SLOTS} with a barrier`),
  ];
}

/** When the last row ends if each begins where a slot is free first. */
function inTurnMs(paths: readonly string[]): number {
  const freeMs = new Array<number>(SLOTS).fill(0);
  for (const path of paths) {
    const first = freeMs.indexOf(Math.min(...freeMs));
    freeMs[first] = (freeMs[first] ?? 0) + latencyOfPath(SEED, path, HEAVY_TAIL);
  }
  return Math.max(...freeMs);
}
