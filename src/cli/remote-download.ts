/** Writes the results that a server has, as the download flags ask for. */
import { resolve } from 'node:path';
import { FileOutput } from '../sinks/file-output.ts';
import { StreamOutput } from '../sinks/stream-output.ts';
import type { DownloadPlan } from './download-flags.ts';
import type { Remote } from './remote.ts';
import { jobPath } from './remote-jobs.ts';
import type { Io } from './workbench.ts';

/** A file is there whole or not at all; standard output has what came until an error. */
export async function downloadFrom(
  remote: Remote,
  jobId: string,
  { path, format, shape, safeFormulas }: DownloadPlan,
  io: Io,
  signal?: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams({ format, safeFormulas, ...(shape && { shape }) });
  const answer = await remote.open({
    method: 'GET',
    path: `${jobPath(jobId)}/download?${query}`,
    ...(signal && { signal }),
  });
  const output =
    path === undefined ? new StreamOutput(io.stdout) : await FileOutput.open(resolve(io.cwd, path));
  try {
    for await (const chunk of chunksOf(answer, remote)) await output.write(chunk);
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
}

/** Tells a server that breaks off from a disk that is full. */
async function* chunksOf(answer: Response, remote: Remote): AsyncGenerator<Buffer> {
  const body = answer.body?.[Symbol.asyncIterator]();
  for (;;) {
    const next = await body?.next().catch((error: unknown) => {
      throw remote.lost(error);
    });
    if (next === undefined || next.done) return;
    yield Buffer.from(next.value);
  }
}
