/** Recorded runs of benchmarks: all of them for charts, one of them as its file. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { BenchRunWire } from '../bench-runs.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';

const tag = 'Operation';
const name = z.string().max(100);

export function benchRoutes({ benchRuns }: ServerParts): Route[] {
  return [
    route({
      id: 'listRecordedBenchmarks',
      method: 'GET',
      path: '/v1/benchmarks',
      access: 'read',
      tag,
      summary: 'List recorded runs of benchmarks, oldest first',
      description: 'Those that came with this package; each names its release, commit and machine.',
      answers: { 200: z.object({ runs: z.array(BenchRunWire.extend({ name })) }) },
      handle: async () => ({ runs: [...(await benchRuns())] }),
    }),
    route({
      id: 'getRecordedBenchmark',
      method: 'GET',
      path: '/v1/benchmarks/:name',
      access: 'read',
      tag,
      summary: 'Give one recorded run of benchmarks, as its file has it',
      params: z.strictObject({ name }),
      answers: { 200: BenchRunWire },
      async handle({ params, reply }) {
        const run = (await benchRuns()).find((each) => each.name === params.name);
        if (run === undefined) throw new SluiceError('bench.not_found', { name: params.name });
        const { name: _, ...file } = run;
        reply.header('content-disposition', `attachment; filename="${params.name}.json"`);
        return file;
      },
    }),
  ];
}
