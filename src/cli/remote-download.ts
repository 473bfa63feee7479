/** Writes the results that a server has, as the download flags ask for. */
import { resolve } from 'node:path';
import { schemaColumns } from '../engine/record-columns.ts';
import { sendToPostgres } from '../engine/send-to-postgres.ts';
import { FileOutput } from '../sinks/file-output.ts';
import { StreamOutput } from '../sinks/stream-output.ts';
import type { DownloadPlan, FailedRows } from './download-flags.ts';
import type { ShownJob } from './job-reader.ts';
import type { Invocation } from './program.ts';
import type { Remote } from './remote.ts';
import { jobPath } from './remote-jobs.ts';
import { remoteRecords } from './remote-records.ts';
import type { Io } from './workbench.ts';

/** A file is there whole or not at all; standard output has what came until an error. */
export async function downloadFrom(
  remote: Remote,
  job: Pick<ShownJob, 'id' | 'collector'>,
  { path, format, shape, safeFormulas, table }: DownloadPlan,
  { io, workbench, resolved }: Pick<Invocation, 'io' | 'workbench' | 'resolved'>,
  signal?: AbortSignal,
): Promise<void> {
  if (table !== undefined) {
    const { registry } = await workbench();
    // One of the server's own: its columns are found in the records.
    const collector = await registry.get(job.collector).catch(() => undefined);
    const columns = schemaColumns(collector?.record);
    const source = { job, store: remoteRecords(remote, signal), ...(columns && { columns }) };
    await sendToPostgres(source, table, resolved.settings.exportConnections);
    return;
  }
  const query = new URLSearchParams({ format, safeFormulas, ...(shape && { shape }) });
  await saveFrom(remote, `${jobPath(job.id)}/download?${query}`, path, io, signal);
}

/** The rows that failed, as CSV. */
export async function failuresFrom(
  remote: Remote,
  jobId: string,
  { only, duplicates }: FailedRows,
  { path, safeFormulas }: DownloadPlan,
  { io }: Pick<Invocation, 'io'>,
): Promise<void> {
  const query = new URLSearchParams({
    safeFormulas,
    ...(only !== undefined && { only }),
    ...(duplicates && { duplicates: 'true' }),
  });
  await saveFrom(remote, `${jobPath(jobId)}/failures/download?${query}`, path, io);
}

/** Writes the body that a server answers with to `file`, or to standard output. */
export async function saveFrom(
  remote: Remote,
  path: string,
  file: string | undefined,
  io: Io,
  signal?: AbortSignal,
): Promise<void> {
  const answer = await remote.open({ method: 'GET', path, ...(signal && { signal }) });
  const output =
    file === undefined ? new StreamOutput(io.stdout) : await FileOutput.open(resolve(io.cwd, file));
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
