/** A stored job's download, as the command line and the API ask for it. */
import { join } from 'node:path';
import type { Collector, ResultTable } from '../collectors/collector.ts';
import type { Job } from '../model/job.ts';
import type { DownloadRequest } from './download.ts';
import { schemaKeys } from './download-columns.ts';
import { schemaColumns } from './record-columns.ts';

/** What people choose; the rest follows from the job and its collector. */
export interface DownloadChoice
  extends Pick<DownloadRequest, 'format' | 'safeFormulas' | 'signal'> {
  /** Default: as the collector says, else a line for each row. */
  readonly shape?: DownloadRequest['shape'] | undefined;
}

export interface DownloadFrom {
  readonly store: DownloadRequest['store'];
  /** Absolute; jobs name their inputs within it. */
  readonly dataDir: string;
}

/** A job by its id, with its input as it lies on this machine. */
export function jobWithInput({ id, input }: Job, dataDir: string): Pick<Job, 'id' | 'input'> {
  return { id, input: { ...input, path: input.path === '' ? '' : join(dataDir, input.path) } };
}

export function jobDownload(
  job: Job,
  collector: Collector,
  { store, dataDir }: DownloadFrom,
  choice: DownloadChoice,
): DownloadRequest {
  const recordKeys = schemaKeys(collector.record);
  const columns = schemaColumns(collector.record);
  return {
    job: {
      ...jobWithInput(job, dataDir),
      options: (collector.options?.parse(job.options) ?? job.options) as Record<string, unknown>,
    },
    store,
    shape: choice.shape ?? collector.defaults?.output ?? 'row',
    format: choice.format,
    safeFormulas: choice.safeFormulas,
    ...(choice.signal ? { signal: choice.signal } : {}),
    ...(collector.table ? { table: collector.table as ResultTable<unknown> } : {}),
    ...(columns ? { columns } : {}),
    ...(recordKeys ? { recordKeys } : {}),
  };
}
