/** What this machine can do: a test of each kind of work, and a benchmark of doing it at once. */
import { z } from 'zod';
import { BENCHMARK_WORK } from '../../engine/tasks/benchmark.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';

const work = z.enum(BENCHMARK_WORK);
const point = z.object({
  workers: z.int(),
  perSecond: z.number(),
  speedUp: z.number().meta({ description: 'Against one worker.' }),
});
const StatusWire = z.object({
  state: z.enum(['none', 'running', 'done', 'failed']),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
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
const tag = 'Operation';

export function performanceRoutes({ benchmarks }: ServerParts): Route[] {
  const wire = () => {
    const { points, results, ...rest } = benchmarks.status;
    return {
      ...rest,
      points: [...points],
      results: results.map((result) => ({ ...result, points: [...result.points] })),
    };
  };
  return [
    route({
      id: 'testMachine',
      method: 'POST',
      path: '/v1/performance/test',
      access: 'operator',
      tag,
      summary: 'Do each kind of work once, and tell how long it took',
      answers: { 200: TestWire },
      handle: async () => ({ works: [...(await benchmarks.tryOut())] }),
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
