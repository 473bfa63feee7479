/** The records of a job of a server, read part by part as those of a store. */
import type { RecordPosition, Store, StoredRecord } from '../store/store.ts';
import type { Remote } from './remote.ts';
import { jobPath } from './remote-jobs.ts';

interface Part {
  readonly records: readonly { seq: number; index: number; record: unknown }[];
}

export function remoteRecords(remote: Remote, signal?: AbortSignal): Pick<Store, 'records'> {
  return {
    async records(jobId, after, limit): Promise<readonly StoredRecord[]> {
      const query = new URLSearchParams({ format: 'json', limit: String(limit) });
      if (after !== undefined) query.set('after', positionText(after));
      const { records } = await remote.ask<Part>({
        method: 'GET',
        path: `${jobPath(jobId)}/records?${query}`,
        ...(signal && { signal }),
      });
      return records.map(({ seq, index, record }) => {
        return { seq, index, json: JSON.stringify(record) };
      });
    },
  };
}

function positionText({ seq, index }: RecordPosition): string {
  return `${seq}.${index}`;
}
