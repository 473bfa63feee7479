/**
 * Recorded runs of benchmarks, from files of the package: what was measured, of which release and
 * commit, on which machine. A file that cannot be read is left out, and said so in the log.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';

const BudgetWire = z.object({
  of: z.enum(['ratio', 'sluice']),
  side: z.enum(['least', 'most']),
  value: z.number(),
});

export const BenchRunWire = z.object({
  schema: z.literal(1),
  release: z.string(),
  commit: z.string(),
  clean: z.boolean().default(true).meta({
    description: 'Whether the sources were those of the commit.',
  }),
  measured: z.string().meta({ description: 'When it began, ISO 8601.' }),
  machine: z.string(),
  state: z.enum(['quiet', 'busy']).meta({
    description: '`busy`: others were at work; ratios alone can be compared.',
  }),
  load: z.tuple([z.number(), z.number()]).optional().meta({
    description: 'Load average of a minute, before and after.',
  }),
  rounds: z.int().meta({ description: 'Rounds of which the median is told.' }),
  note: z.string().optional(),
  figures: z.array(
    z.object({
      scenario: z.string(),
      what: z.string(),
      metric: z.string(),
      sluice: z.number(),
      peer: z.number().meta({ description: 'Of another program, a bound or an ideal.' }),
      peerName: z.string(),
      ratio: z.number().meta({ description: '`sluice / peer`.' }),
      must: z.array(
        z.object({ text: z.string(), holds: z.boolean(), budget: BudgetWire.optional() }),
      ),
    }),
  ),
});
export type BenchRun = z.infer<typeof BenchRunWire>;

/** With the name of its file, without `.json`. */
export interface NamedRun extends BenchRun {
  readonly name: string;
}

/** Oldest first; none where the folder is not there. */
export async function readBenchRuns(
  folder: string,
  log: Pick<Logger, 'warn'>,
): Promise<readonly NamedRun[]> {
  const files = await readdir(folder).catch(() => []);
  const runs: NamedRun[] = [];
  for (const file of files.filter((each) => each.endsWith('.json'))) {
    try {
      const run = BenchRunWire.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
      runs.push({ name: file.slice(0, -'.json'.length), ...run });
    } catch (error) {
      log.warn(`The recorded benchmark ${file} cannot be read: ${messageOf(error)}`);
    }
  }
  return runs.sort((a, b) => (a.measured < b.measured ? -1 : 1));
}
