/** `sluice report JOB`: what came of a job, as one page with charts. */
import { resolve } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { FileOutput } from '../../sinks/file-output.ts';
import { EXIT } from '../exit.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';
import { gatherReport } from '../report/gather.ts';
import { reportPage } from '../report/page.ts';

export async function writeReport(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const [id] = args as [string];
  if (namedServer(invocation) !== undefined) {
    const detail = 'sluice report reads a data directory or a database, not a server';
    throw new SluiceError('usage.invalid', { detail });
  }
  const store = await (await invocation.workbench()).openReader();
  try {
    const job = await store.job(id);
    if (!job) throw new SluiceError('job.not_found', { id });
    const page = reportPage(job, await gatherReport(store, id));
    if (own.output === undefined || own.output === '-') {
      io.stdout.write(page);
      return EXIT.ok;
    }
    const path = String(own.output);
    const output = await FileOutput.open(resolve(io.cwd, path));
    try {
      await output.write(Buffer.from(page));
      await output.finish();
    } catch (error) {
      await output.discard();
      throw error;
    }
    if (!flags.quiet) io.stderr.write(`Report: ${path}\n`);
    return EXIT.ok;
  } finally {
    await store.close();
  }
}
