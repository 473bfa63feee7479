/** What this machine can do: a test of each kind of work, and a benchmark of doing it at once. */
import { z } from 'zod';
import { BENCHMARK_WORK } from '../../engine/tasks/benchmark.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { withShownMs } from '../shown-ms.ts';

const work = z.enum(BENCHMARK_WORK);
const point = z.object({
  workers: z.int(),
  perSecond: z.number(),
  speedUp: z.number().meta({ description: 'Against one worker.' }),
});
const StatusWire = z.object({
  state: z.enum(['none', 'running', 'done', 'failed']),
  startedMs: z.int().optional(),
  endedMs: z.int().optional(),
  points: z.array(point.extend({ work })).meta({ description: 'Measured so far.' }),
  results: z.array(
    z.object({
      work,
      points: z.array(point),
      limit: z.string().meta({ description: 'What more workers run into, in words.' }),
    }),
  ),
  error: z.string().optional(),
});
const TestWire = z.object({ works: z.array(z.object({ work, tookMs: z.number() })) });
const PoolsWire = z.object({
  pools: z.array(
    z.object({
      kind: z.string(),
      runner: z.enum(['inline', 'thread', 'process']),
      size: z.int().meta({ description: 'Workers that are there; or how many there may be.' }),
      min: z.int(),
      max: z.int(),
      active: z.int(),
      waiting: z.int(),
      completed: z.int().meta({ description: 'Since clearedMs, as all that follows.' }),
      failed: z.int(),
      meanMs: z.number(),
      p50Ms: z.number(),
      p95Ms: z.number(),
      successRate: z
        .number()
        .nullable()
        .meta({ description: '0 to 1; null before the first end.' }),
    }),
  ),
  tasks: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string(),
        label: z.string(),
        state: z.enum(['waiting', 'running']),
        startedMs: z.int().meta({ description: 'Since when it runs, or waits.' }),
        elapsedMs: z.int(),
      }),
    )
    .meta({ description: 'What runs and what waits now, the first 50 of each pool.' }),
  clearedMs: z.int(),
});
const tag = 'Operation';

export function performanceRoutes({ benchmarks, pools }: ServerParts): Route[] {
  const wire = () => {
    const { points, results, ...rest } = benchmarks.status;
    return {
      ...rest,
      points: [...points],
      results: results.map((result) => ({ ...result, points: [...result.points] })),
    };
  };
  const shown = () => {
    const read = withShownMs(pools.read());
    return { ...read, pools: [...read.pools], tasks: [...read.tasks] };
  };
  return [
    route({
      id: 'listPools',
      method: 'GET',
      path: '/v1/performance/pools',
      access: 'operator',
      tag,
      summary: 'Show the workers of this process by kind of work, and what they do',
      answers: { 200: PoolsWire },
      handle: shown,
    }),
    route({
      id: 'clearPools',
      method: 'POST',
      path: '/v1/performance/metrics/clear',
      access: 'operator',
      tag,
      summary: 'Count what the workers do anew from now on',
      description: 'What is under way stays, and so do the metrics for Prometheus.',
      answers: { 200: PoolsWire },
      handle() {
        pools.clear();
        return shown();
      },
    }),
    route({
      id: 'testMachine',
      method: 'POST',
      path: '/v1/performance/test',
      access: 'operator',
      tag,
      summary: 'Do each kind of work once, and tell how long it took',
      answers: { 200: TestWire },
      handle: async () => ({ works: withShownMs([...(await benchmarks.tryOut())]) }),
    }),
    route({
      id: 'startBenchmark',
      method: 'POST',
      path: '/v1/performance/benchmark',
      access: 'operator',
      tag,
      summary: 'Measure what doing things at once brings on this machine',
      description:
        'Computing in threads, waiting as for a slow service, and durable writes; jobs that run meanwhile are slowed down, and make the figures smaller.',
      body: z.strictObject({
        work: z
          .array(work)
          .min(1)
          .max(BENCHMARK_WORK.length)
          .default([...BENCHMARK_WORK]),
        eachMs: z
          .number()
          .min(10)
          .max(10_000)
          .default(500)
          .meta({ description: 'For how long each number of workers is measured.' }),
      }),
      answers: { 202: StatusWire },
      handle({ body, reply }) {
        benchmarks.start(body.work, body.eachMs);
        reply.code(202);
        return wire();
      },
    }),
    route({
      id: 'getBenchmark',
      method: 'GET',
      path: '/v1/performance/benchmark',
      access: 'operator',
      tag,
      summary: 'Show the last benchmark, or the one that runs',
      answers: { 200: StatusWire },
      handle: wire,
    }),
  ];
}
