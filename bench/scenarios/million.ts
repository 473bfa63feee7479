/** Whether memory grows with the input: a million rows beside fifty thousand. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SluiceJob, SluiceJobDone } from '../contenders/sluice-job.ts';
import { figure } from '../harness/figures.ts';
import { writeNumberedRows } from '../harness/numbered-rows.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const FEW = 50_000;
const MANY = 1_000_000;

export const scenario: Scenario = {
  name: 'million',
  what: 'a CSV of 1,000,000 rows and a collector that does nothing, beside 50,000 rows of the same',
  must: [
    { metric: 'peak memory MB', text: '≤ 1.2×', holds: ({ ratio }) => ratio <= 1.2 },
    { metric: 'peak memory MB', text: '≤ 250 MB', holds: ({ sluice }) => sluice <= 250 },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const many = ctx.quick ? MANY / 5 : MANY;
  const inputs = { few: join(ctx.directory, 'few.csv'), many: join(ctx.directory, 'many.csv') };
  await writeNumberedRows(inputs.few, FEW);
  await writeNumberedRows(inputs.many, many);
  const run = async (kind: 'few' | 'many', rows: number, round: number) => {
    const job: SluiceJob = {
      dataDir: join(ctx.directory, `${kind}-${round}`),
      collector: fileURLToPath(new URL('../collectors/silence.ts', import.meta.url)),
      input: inputs[kind],
    };
    const file = new URL('../contenders/sluice-job.ts', import.meta.url);
    const { value, peakBytes } = await ctx.child<SluiceJobDone>({ file, input: job });
    if (value.completed !== rows) throw new Error(`only ${value.completed} of ${rows}`);
    return { peakMb: peakBytes / 2 ** 20, perSecond: rows / (value.wallMs / 1_000) };
  };
  const runs = await ctx.repeat({
    few: (round) => run('few', FEW, round),
    many: (round) => run('many', many, round),
  });
  const compare = (metric: string, of: (run: { peakMb: number; perSecond: number }) => number) =>
    figure('million', metric, runs.many.map(of), runs.few.map(of), 'Sluice with 50,000 rows');
  return [
    compare('peak memory MB', (each) => each.peakMb),
    compare('rows/s', (each) => each.perSecond),
  ];
}
