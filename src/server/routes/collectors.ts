import { z } from 'zod';
import type { Collector } from '../../collectors/collector.ts';
import type { ServerParts } from '../parts.ts';
import { jsonSchema, type Route, route } from '../route.ts';

const CollectorWire = z.object({
  name: z.string(),
  summary: z.string().optional(),
  columnFor: z.string().optional().meta({ description: 'What the chosen column must hold.' }),
  needsInput: z.boolean(),
  options: z.record(z.string(), z.unknown()).optional().meta({ description: 'JSON Schema.' }),
  input: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'JSON Schema of a row.' }),
  record: z.record(z.string(), z.unknown()).optional().meta({ description: 'JSON Schema.' }),
});
const tag = 'Collectors';

export function collectorRoutes({ registry }: ServerParts): Route[] {
  return [
    route({
      id: 'listCollectors',
      method: 'GET',
      path: '/v1/collectors',
      access: 'read',
      tag,
      summary: 'List what can be collected',
      answers: { 200: z.object({ collectors: z.array(CollectorWire) }) },
      handle: () => ({ collectors: registry.list().map(collectorWire) }),
    }),
    route({
      id: 'getCollector',
      method: 'GET',
      path: '/v1/collectors/:name',
      access: 'read',
      tag,
      summary: 'Describe a collector: its options, its input, its records',
      params: z.strictObject({ name: z.string().max(200) }),
      answers: { 200: CollectorWire },
      handle: ({ params }) => collectorWire(registry.named(params.name)),
    }),
  ];
}

function collectorWire(collector: Collector) {
  const { name, summary, columnFor, options, input, record, plan } = collector;
  return {
    name,
    ...(summary === undefined ? {} : { summary }),
    ...(columnFor === undefined ? {} : { columnFor }),
    needsInput: columnFor !== undefined || (input !== undefined && plan === undefined),
    ...(options === undefined ? {} : { options: jsonSchema(options, 'input') }),
    ...(input === undefined ? {} : { input: jsonSchema(input, 'input') }),
    ...(record === undefined ? {} : { record: jsonSchema(record, 'output') }),
  };
}
