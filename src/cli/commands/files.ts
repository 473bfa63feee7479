/** `sluice files …`: what collectors have kept. */
import { resolve } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { counted } from '../../engine/job-words.ts';
import { writeManifest } from '../../engine/manifest.ts';
import { FileOutput } from '../../sinks/file-output.ts';
import type { Output } from '../../sinks/output.ts';
import { StreamOutput } from '../../sinks/stream-output.ts';
import { EXIT } from '../exit.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';
import { saveFrom } from '../remote-download.ts';
import { jobPath } from '../remote-jobs.ts';

/** The files that a job's records name, as JSON lines. */
export async function printManifest(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  own: OwnFlags,
): Promise<number> {
  const { io } = invocation;
  const [jobId] = args as [string];
  const path = own.output === undefined || own.output === '-' ? undefined : String(own.output);
  const remote = namedServer(invocation);
  if (remote !== undefined) {
    await saveFrom(remote, `${jobPath(jobId)}/files`, path, io);
    return EXIT.ok;
  }
  const store = await (await invocation.workbench()).openReader();
  try {
    if ((await store.job(jobId)) === undefined) {
      throw new SluiceError('job.not_found', { id: jobId });
    }
    const lines = await into(path, invocation, (output) => writeManifest({ jobId, store }, output));
    if (path !== undefined && !invocation.flags.quiet) {
      io.stderr.write(`${counted(lines, 'file')}: ${path}\n`);
    }
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

/** A file is there whole or not at all; standard output has what came until an error. */
async function into<T>(
  path: string | undefined,
  { io }: Invocation,
  write: (output: Output) => Promise<T>,
): Promise<T> {
  const output =
    path === undefined ? new StreamOutput(io.stdout) : await FileOutput.open(resolve(io.cwd, path));
  try {
    const result = await write(output);
    await output.finish();
    return result;
  } catch (error) {
    await output.discard();
    throw error;
  }
}
