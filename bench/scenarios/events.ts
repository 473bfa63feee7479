/**
 * What live events cost: tasks that do nothing, followed by nobody and by 500 clients at once, all of
 * which read from one process beside the engine. Throughput suffers from that process too, since the
 * machine is shared; the engine's own processor time does not.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SluiceEvents, SluiceEventsDone } from '../contenders/sluice-events.ts';
import { figure } from '../harness/figures.ts';
import { writeNumberedRows } from '../harness/numbered-rows.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 200_000;
const READERS = 500;
const ALONE = 'the same, followed by nobody';

export const scenario: Scenario = {
  name: 'events',
  what: `${ROWS.toLocaleString('en-US')} tasks that do nothing, followed live by ${READERS} clients, one of which is cut off`,
  must: [{ metric: 'engine CPU µs a task', text: '≤ 1.05×', holds: ({ ratio }) => ratio <= 1.05 }],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const rows = ctx.quick ? ROWS / 10 : ROWS;
  const input = join(ctx.directory, 'rows.csv');
  await writeNumberedRows(input, rows);
  const run = (readers: number) => async (round: number) => {
    const job: SluiceEvents = {
      dataDir: join(ctx.directory, `sluice-${readers}-${round}`),
      collector: fileURLToPath(new URL('../collectors/nothing.ts', import.meta.url)),
      input,
      readers,
    };
    const file = new URL('../contenders/sluice-events.ts', import.meta.url);
    const { value } = await ctx.child<SluiceEventsDone>({ file, input: job });
    if (value.records !== rows) throw new Error(`only ${value.records} of ${rows}`);
    if (value.sawEnd !== readers) throw new Error(`${value.sawEnd} of ${readers} saw the end`);
    if (readers > 0) {
      ctx.note(
        `each reader got ${Math.round(value.bytesRead / readers / 1_000)} kB in ` +
          `${(value.wallMs / 1_000).toFixed(1)} s; one that read nothing was cut off behind ` +
          `${(value.stuckBytes / 1e6).toFixed(1)} MB`,
      );
    }
    return { perSecond: rows / (value.wallMs / 1_000), cpuUs: (value.cpuMs * 1_000) / rows };
  };
  const runs = await ctx.repeat({ followed: run(READERS), alone: run(0) });
  const compare = (metric: string, of: (run: { perSecond: number; cpuUs: number }) => number) =>
    figure('events', metric, runs.followed.map(of), runs.alone.map(of), ALONE);
  return [
    compare('tasks/s', (each) => each.perSecond),
    compare('engine CPU µs a task', (each) => each.cpuUs),
  ];
}
