import { z } from 'zod';
import type { Collector } from '../../collectors/collector.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';
import { namedServer } from '../remote.ts';
import { table } from '../table.ts';

export async function listCollectors(invocation: Invocation): Promise<number> {
  const { io, flags } = invocation;
  const remote = namedServer(invocation);
  const collectors =
    remote === undefined
      ? (await invocation.workbench()).registry.list()
      : (await remote.ask<{ collectors: Described[] }>({ method: 'GET', path: '/v1/collectors' }))
          .collectors;
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
  const { io } = invocation;
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    const path = `/v1/collectors/${encodeURIComponent(args[0] as string)}`;
    const described = await remote.ask<Described>({ method: 'GET', path });
    io.stdout.write(`${JSON.stringify(words(described), null, 2)}\n`);
    return EXIT.ok;
  }
  const { registry } = await invocation.workbench();
  const collector = await registry.get(registry.canonicalName(args[0] as string, io.cwd));
  io.stdout.write(`${JSON.stringify(describe(collector), null, 2)}\n`);
  return EXIT.ok;
}

/** Schemas are JSON Schema here. */
interface Described {
  readonly name: string;
  readonly summary?: string | undefined;
  readonly columnFor?: string | undefined;
  readonly input?: unknown;
  readonly options?: unknown;
  readonly record?: unknown;
}

function describe({ name, summary, columnFor, input, options, record }: Collector) {
  const schemas = { input: schemaOf(input), options: schemaOf(options), record: schemaOf(record) };
  return words({ name, summary, columnFor, ...schemas });
}

function words({ name, summary, columnFor, input, options, record }: Described) {
  return {
    name,
    summary,
    column: columnFor === undefined ? undefined : `--column names the one that holds ${columnFor}`,
    input: columnFor === undefined ? input : undefined,
    options,
    record,
  };
}

function schemaOf(schema: z.ZodType | undefined): unknown {
  return schema ? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) : undefined;
}
