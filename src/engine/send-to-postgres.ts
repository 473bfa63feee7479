/** Records of a job into a table of some Postgres. */
import type { TableTarget } from '../store/postgres/table-target.ts';
import type { DownloadCounts } from './download.ts';
import { type RecordSource, sendRecords } from './download-table.ts';

export type { TableTarget } from '../store/postgres/table-target.ts';
export { tableTarget } from '../store/postgres/table-target.ts';

/**
 * Each record is there once, however often it is sent: by its job, row and index, or by the key
 * that the target names. `again` is the command that sends what could not be sent. Rejects with
 * `export.*` and `output.misfit`.
 */
export async function sendToPostgres(
  source: RecordSource,
  target: TableTarget,
  poolMax: number,
  again = `sluice jobs download ${source.job.id}`,
): Promise<DownloadCounts> {
  const { PostgresTable } = await import('../store/postgres/postgres-table.ts');
  const jobId = source.job.id;
  const options = { target, jobId, poolMax, again };
  return sendRecords(source, (columns) => PostgresTable.open({ ...options, columns }));
}
