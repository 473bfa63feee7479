/** A stored job's download, as the command line and the API ask for it. */
import { join } from 'node:path';
import { SluiceError } from '../base/errors.ts';
import type { Collector, ResultTable } from '../collectors/collector.ts';
import type { Registry } from '../collectors/registry.ts';
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

/**
 * The collector of a job that is only read. A user's file may be gone, or broken, since: undefined
 * then, and `onLost` is told what it was.
 */
export async function collectorLeft(
  registry: Pick<Registry, 'get'>,
  { collector }: Pick<Job, 'collector'>,
  onLost: (error: SluiceError) => void = () => {},
): Promise<Collector | undefined> {
  try {
    return await registry.get(collector);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    onLost(error);
    return undefined;
  }
}

/** `collector`: undefined where it is gone; the records say what columns they have. */
export function jobDownload(
  job: Job,
  collector: Collector | undefined,
  { store, dataDir }: DownloadFrom,
  choice: DownloadChoice,
): DownloadRequest {
  const recordKeys = schemaKeys(collector?.record);
  const columns = schemaColumns(collector?.record);
  return {
    job: {
      ...jobWithInput(job, dataDir),
      options: (collector?.options?.parse(job.options) ?? job.options) as Record<string, unknown>,
    },
    store,
    shape: choice.shape ?? collector?.defaults?.output ?? 'row',
    format: choice.format,
    safeFormulas: choice.safeFormulas,
    ...(choice.signal ? { signal: choice.signal } : {}),
    ...(collector?.table ? { table: collector.table as ResultTable<unknown> } : {}),
    ...(columns ? { columns } : {}),
    ...(recordKeys ? { recordKeys } : {}),
  };
}
