/**
 * What the engine itself costs: reading, planning, admitting, running and committing tasks that do
 * nothing, beside a loop that only writes the same rows.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BareSqlite, BareSqliteDone } from '../contenders/bare-sqlite.ts';
import type { SluiceJob, SluiceJobDone } from '../contenders/sluice-job.ts';
import { figure } from '../harness/figures.ts';
import { writeNumberedRows } from '../harness/numbered-rows.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 200_000;
const BARE = 'better-sqlite3 loop, batches of 500, FULL';

export const scenario: Scenario = {
  name: 'noop',
  what: `${ROWS.toLocaleString('en-US')} tasks that do nothing, from the input to durable results of 500 bytes`,
  must: [{ metric: 'tasks/s', text: '≥ 0.6×', holds: ({ ratio }) => ratio >= 0.6 }],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const rows = ctx.quick ? ROWS / 10 : ROWS;
  const input = join(ctx.directory, 'rows.csv');
  await writeNumberedRows(input, rows);
  const perSecond = (done: number, wallMs: number) => {
    if (done !== rows) throw new Error(`only ${done} of ${rows}`);
    return done / (wallMs / 1_000);
  };
  const runs = await ctx.repeat({
    sluice: async (round) => {
      const job: SluiceJob = {
        dataDir: join(ctx.directory, `sluice-${round}`),
        collector: fileURLToPath(new URL('../collectors/nothing.ts', import.meta.url)),
        input,
      };
      const file = new URL('../contenders/sluice-job.ts', import.meta.url);
      const { value, cpuMs } = await ctx.child<SluiceJobDone>({ file, input: job });
      return { perSecond: perSecond(value.records, value.wallMs), cpuUs: (cpuMs * 1_000) / rows };
    },
    bare: async (round) => {
      const directory = join(ctx.directory, `bare-${round}`);
      mkdirSync(directory);
      const file = new URL('../contenders/bare-sqlite.ts', import.meta.url);
      const loop: BareSqlite = { directory, rows };
      const { value, cpuMs } = await ctx.child<BareSqliteDone>({ file, input: loop });
      return { perSecond: perSecond(value.rows, value.wallMs), cpuUs: (cpuMs * 1_000) / rows };
    },
  });
  const compare = (metric: string, of: (run: { perSecond: number; cpuUs: number }) => number) =>
    figure('noop', metric, runs.sluice.map(of), runs.bare.map(of), BARE);
  return [compare('tasks/s', (run) => run.perSecond), compare('CPU µs a task', (run) => run.cpuUs)];
}
