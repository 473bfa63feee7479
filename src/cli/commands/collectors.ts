import { z } from 'zod';
import type { Collector } from '../../collectors/collector.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';
import { table } from '../table.ts';

export async function listCollectors(invocation: Invocation): Promise<number> {
  const { registry } = await invocation.workbench();
  const { io, flags } = invocation;
  const collectors = registry.list();
  if (flags.json) {
    for (const { name, summary } of collectors) {
      io.stdout.write(`${JSON.stringify({ name, summary: summary ?? '' })}\n`);
    }
    return EXIT.ok;
  }
  const rows = collectors.map(({ name, summary }) => [name, summary ?? '']);
  io.stdout.write(table(['COLLECTOR', 'WHAT IT COLLECTS'], rows));
  return EXIT.ok;
}

/** Prints the schemas of a collector's input, options and records. */
export async function describeCollector(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const { registry } = await invocation.workbench();
  const { io } = invocation;
  const collector = await registry.get(registry.canonicalName(args[0] as string, io.cwd));
  io.stdout.write(`${JSON.stringify(describe(collector), null, 2)}\n`);
  return EXIT.ok;
}

function describe(collector: Collector): Readonly<Record<string, unknown>> {
  const { name, summary, columnFor, input, options, record } = collector;
  return {
    name,
    summary,
    column: columnFor === undefined ? undefined : `--column names the one that holds ${columnFor}`,
    input: columnFor === undefined ? schemaOf(input) : undefined,
    options: schemaOf(options),
    record: schemaOf(record),
  };
}

function schemaOf(schema: z.ZodType | undefined): unknown {
  return schema ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) : undefined;
}
