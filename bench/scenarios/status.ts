/**
 * Asking how a job is: while it runs at full speed, 500 times a second; and how fast the answer can
 * be had at all, beside a bare Fastify route that answers from memory with the same schema.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BareFastify, BareFastifyDone } from '../contenders/bare-fastify.ts';
import type { SluiceStatus, SluiceStatusDone } from '../contenders/sluice-status.ts';
import { figure } from '../harness/figures.ts';
import { writeNumberedRows } from '../harness/numbered-rows.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 1_500_000;
const PER_SECOND = 500;
const STEADY_MS = 10_000;
const FAST_MS = 5_000;
const CONNECTIONS = 20;
const STEADY_CONNECTIONS = 200;
const BARE = 'bare Fastify route';

export const scenario: Scenario = {
  name: 'status',
  what: `GET /v1/jobs/:id, ${PER_SECOND} a second while a job that does nothing runs at full speed`,
  must: [
    { metric: 'p99 ms under load', text: '≤ 50 ms', holds: ({ sluice }) => sluice <= 50 },
    { metric: 'answers/s', text: '≥ 0.5×', holds: ({ ratio }) => ratio >= 0.5 },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const input = join(ctx.directory, 'rows.csv');
  await writeNumberedRows(input, ctx.quick ? ROWS / 5 : ROWS);
  const fastMs = ctx.quick ? FAST_MS / 5 : FAST_MS;
  const runs = await ctx.repeat({
    sluice: async (round) => {
      const given: SluiceStatus = {
        dataDir: join(ctx.directory, `sluice-${round}`),
        collector: fileURLToPath(new URL('../collectors/nothing.ts', import.meta.url)),
        input,
        perSecond: PER_SECOND,
        steadyMs: ctx.quick ? STEADY_MS / 5 : STEADY_MS,
        fastMs,
        steadyConnections: STEADY_CONNECTIONS,
        connections: CONNECTIONS,
      };
      const file = new URL('../contenders/sluice-status.ts', import.meta.url);
      const { value } = await ctx.child<SluiceStatusDone>({ file, input: given });
      const { steady, tasksPerSecond, fast, cpuUs } = value;
      ctx.note(
        `under load p50 ${steady.p50Ms.toFixed(1)} ms, p99 ${steady.p99Ms.toFixed(1)} ms, ` +
          `${Math.round(tasksPerSecond)} tasks/s`,
      );
      return { steady, fast, cpuUs };
    },
    bare: async () => {
      const given: BareFastify = { fastMs, connections: CONNECTIONS };
      const file = new URL('../contenders/bare-fastify.ts', import.meta.url);
      return (await ctx.child<BareFastifyDone>({ file, input: given })).value;
    },
  });
  const bound = (metric: string, values: readonly number[], most: number) =>
    figure('status', metric, values, most, 'bound');
  return [
    bound(
      'p50 ms under load',
      runs.sluice.map(({ steady }) => steady.p50Ms),
      50,
    ),
    bound(
      'p99 ms under load',
      runs.sluice.map(({ steady }) => steady.p99Ms),
      50,
    ),
    figure(
      'status',
      'answers/s',
      runs.sluice.map(({ fast }) => fast.perSecond),
      runs.bare.map(({ fast }) => fast.perSecond),
      BARE,
    ),
    figure(
      'status',
      'CPU µs an answer',
      runs.sluice.map(({ cpuUs }) => cpuUs),
      runs.bare.map(({ cpuUs }) => cpuUs),
      BARE,
    ),
  ];
}
