/**
 * Records into a table of BigQuery, each there once. A batch is loaded as a file into a table of
 * its own and from there merged into the table by its key; load and merge are jobs whose names are
 * made of the batch's id. The service takes a name once, so a batch that comes again (the answer
 * was lost, the program was killed) finds its jobs done and does nothing.
 *
 * `insertAll` is not used: it knows a row again for about a minute only, and what it brings cannot
 * be merged for half an hour.
 */

import { hash } from 'node:crypto';
import { SluiceError } from '../base/errors.ts';
import { type BigQueryAddress, bigQueryPlace } from '../bigquery/bigquery-address.ts';
import type { BigQueryClient } from '../bigquery/bigquery-client.ts';
import { type Field, jsonLine } from '../bigquery/bigquery-columns.ts';
import { BigQueryError, GoogleCredentialsError } from '../bigquery/bigquery-error.ts';
import { type BigQueryJob, endOfJob, type JobEnd } from '../bigquery/bigquery-jobs.ts';
import { foundRows } from '../bigquery/bigquery-rows.ts';
import {
  ColumnMisfit,
  locationOf,
  preparedFields,
  startQuery,
  type TablePlace,
  tableName,
  tablePath,
} from '../bigquery/bigquery-table.ts';
import type { TableColumn } from '../model/table.ts';
import {
  type BatchPace,
  busy,
  type DeliveryBatch,
  type DeliveryRow,
  type DeliverySink,
  ID_COLUMN,
  VERSION_COLUMN,
} from './delivery-sink.ts';

/** A batch costs two jobs of some seconds and a reading of the keys: few large ones are better. */
const PACE: BatchPace = { rowsMax: 20_000, charsMax: 8 * 2 ** 20, lingerMs: 5_000 };
/** Loads of one batch after which it is left for later. */
const LOADS_MAX = 3;
const REFUSED_SHOWN = 3;
/** A table that was left behind goes by itself. */
const STAGING_MS = 24 * 3_600_000;
const QUOTA_REST_MS = 300_000;

/** A batch as it is sent. */
interface Prepared {
  readonly batch: DeliveryBatch;
  readonly location: string;
  readonly target: TablePlace;
  readonly staging: TablePlace;
  /** That of the row's id is the first. */
  readonly fields: readonly Field[];
  readonly keyFields: readonly Field[];
  /** Of two with the same key the later one. */
  readonly rows: readonly DeliveryRow[];
  /** Rows among them without the key: each is one of its own. */
  readonly keyless: number;
  readonly bytes: Buffer;
}

export class BigQuerySink implements DeliverySink {
  readonly place: string;
  readonly pace = PACE;
  readonly #client: BigQueryClient;
  readonly #address: BigQueryAddress;
  #location: string | undefined;
  /** By table: the columns that were prepared last, as text. */
  readonly #prepared = new Map<
    string,
    { readonly of: string; readonly fields: readonly Field[] }
  >();

  constructor(client: BigQueryClient, address: BigQueryAddress) {
    this.#client = client;
    this.#address = address;
    this.place = bigQueryPlace(address);
  }

  async write(batch: DeliveryBatch, signal: AbortSignal): Promise<void> {
    if (batch.rows.length === 0) return;
    try {
      const prepared = await this.#prepare(batch, signal);
      await this.#deliver(prepared, signal);
    } catch (error) {
      // What is known of the table may be why.
      this.#prepared.clear();
      if (signal.aborted) throw signal.reason;
      throw this.#told(error);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #prepare(batch: DeliveryBatch, signal: AbortSignal): Promise<Prepared> {
    const { project, dataset, table = batch.table } = this.#address;
    this.#location ??= await locationOf(this.#client, { project, dataset }, signal);
    const location = this.#location;
    const key = batch.key ?? [ID_COLUMN];
    const columns: readonly TableColumn[] = [{ name: ID_COLUMN, type: 'text' }, ...batch.columns];
    const places = key.map((name) => columns.findIndex((column) => column.name === name));
    const missing = key[places.indexOf(-1)];
    if (missing !== undefined) throw this.#refusal(`records have no column ${missing} for the key`);
    const target = { project, dataset, table };
    const fields = await this.#fields({ place: target, location, columns, key }, signal);
    const { rows, keyless } = lastOfEach(batch, places);
    const lines = rows.map(({ id, values }) => jsonLine(fields, [id, ...values]));
    return {
      ...{ batch, location, target, fields, rows, keyless },
      staging: { project, dataset, table: `sluice_batch_${batch.id.replaceAll('-', '_')}` },
      keyFields: places.map((at) => fields[at] as Field),
      bytes: Buffer.from(lines.join('')),
    };
  }

  async #fields(
    wanted: Parameters<typeof preparedFields>[1],
    signal: AbortSignal,
  ): Promise<readonly Field[]> {
    const { table } = wanted.place;
    const of = JSON.stringify(wanted.columns);
    const before = this.#prepared.get(table);
    if (before?.of === of) return before.fields;
    const fields = await preparedFields(this.#client, wanted, signal);
    this.#prepared.set(table, { of, fields });
    return fields;
  }

  async #deliver(prepared: Prepared, signal: AbortSignal): Promise<void> {
    const { batch, rows, staging } = prepared;
    const merges = mergesOf(prepared);
    for (let [load, loads] = [1, 1]; ; loads += 1) {
      const loaded = await this.#load(prepared, load, signal);
      const taken = Number(loaded.job.statistics?.load?.outputRows ?? Number.NaN);
      const isWhole = !(taken < rows.length);
      if (isWhole && (await this.#mergeAll(prepared, merges, signal))) break;
      if (loads === LOADS_MAX && !isWhole) {
        throw await this.#refusedRows(prepared, loaded.job, signal);
      }
      if (loads === LOADS_MAX) {
        const message = `batch ${batch.id} was loaded and not found again`;
        throw new BigQueryError({ status: 503, reason: 'backendError', message });
      }
      load = loaded.attempt + 1;
    }
    // One that stays is emptied by its time.
    await this.#client.delete(tablePath(staging), signal).catch(() => {});
  }

  /** false: what was loaded had gone before it was merged, and has to be loaded again. */
  async #mergeAll(
    prepared: Prepared,
    merges: readonly Merge[],
    signal: AbortSignal,
  ): Promise<boolean> {
    await this.#expire(prepared.staging, signal);
    for (const merge of merges) {
      const merged = await this.#merge(prepared, merge, signal);
      if (merged === undefined) return false;
      const changed = Number(merged.job.statistics?.query?.numDmlAffectedRows ?? Number.NaN);
      if (!(changed < merge.rows)) continue;
      merge.from = merged.attempt + 1;
      return false;
    }
    return true;
  }

  #load(
    { batch, location, staging, fields, bytes, rows }: Prepared,
    from: number,
    signal: AbortSignal,
  ): Promise<JobEnd> {
    const { project, dataset: datasetId, table: tableId } = staging;
    const schema = { fields: fields.map(({ name, type }) => ({ name, type })) };
    // The same rows may come again with more columns, which the merge then needs.
    const digest = hash('sha256', JSON.stringify(schema)).slice(0, 8);
    const load = {
      destinationTable: { projectId: project, datasetId, tableId },
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      schema,
      createDisposition: 'CREATE_IF_NEEDED',
      writeDisposition: 'WRITE_TRUNCATE',
      // It then ends well, and what is missing can be named row by row.
      maxBadRecords: rows.length,
    };
    const named = {
      place: { project, location },
      name: `sluice-${batch.id}-load-${digest}`,
      from,
      start: async (jobId: string) => {
        const jobReference = { projectId: project, jobId, location };
        const configuration = { load, labels: { made_by: 'sluice' } };
        await this.#client.upload(project, { configuration, jobReference }, bytes, signal);
      },
    };
    return endOfJob(this.#client, named, signal);
  }

  /** undefined: the batch's table is not there. */
  async #merge(
    { batch, location, staging }: Prepared,
    { name, query, from }: Merge,
    signal: AbortSignal,
  ): Promise<JobEnd | undefined> {
    const place = { project: staging.project, location };
    const start = (id: string) => startQuery(this.#client, place, id, query, signal);
    const named = { place, name: `sluice-${batch.id}-${name}`, from, start };
    try {
      return await endOfJob(this.#client, named, signal);
    } catch (error) {
      const isGone = error instanceof BigQueryError && error.isMissing;
      if (isGone && error.message.includes(staging.table)) return undefined;
      throw error;
    }
  }

  async #expire(staging: TablePlace, signal: AbortSignal): Promise<void> {
    const expirationTime = String(this.#client.clock.wallMs() + STAGING_MS);
    await this.#client.patch(tablePath(staging), { expirationTime }, signal).catch((error) => {
      // It is merged already, or the merge will say so.
      if (!(error instanceof BigQueryError && error.isMissing)) throw error;
    });
  }

  /** The service tells of a few; which ones they are, the table tells. */
  async #refusedRows(
    { staging, location, rows, fields }: Prepared,
    { status }: BigQueryJob,
    signal: AbortSignal,
  ): Promise<SluiceError> {
    const { project } = staging;
    const taken = new Set<string | undefined>();
    const query = `SELECT \`${fields[0]?.name}\` FROM ${tableName(staging)}`;
    for await (const page of foundRows(this.#client, { project, location }, query, signal)) {
      for (const [id] of page.rows) taken.add(id);
    }
    const refused = rows.filter(({ id }) => !taken.has(id)).map(({ id }) => id);
    const shown = refused.slice(0, REFUSED_SHOWN).join(', ');
    const more =
      refused.length > REFUSED_SHOWN ? ` and ${refused.length - REFUSED_SHOWN} more` : '';
    const why = [...new Set((status.errors ?? []).map(({ message }) => message ?? ''))];
    const said = why.slice(0, REFUSED_SHOWN).join(' ').trim().replace(/\.$/, '');
    return this.#refusal(`it does not take ${rowsWord(refused.length)} ${shown}${more}: ${said}`);
  }

  #refusal(detail: string): SluiceError {
    return new SluiceError('sink.refused', { place: this.place, detail });
  }

  #told(error: unknown): unknown {
    const { place } = this;
    if (error instanceof ColumnMisfit) {
      const { column, found, wanted } = error;
      return new SluiceError('sink.misfit', { place, column, found, type: wanted });
    }
    if (error instanceof GoogleCredentialsError) {
      return new SluiceError('sink.credentials', { place, detail: error.message });
    }
    if (!(error instanceof BigQueryError)) return error;
    const detail = error.message;
    if (error.isBusy) {
      const restMs = error.reason === 'quotaExceeded' ? QUOTA_REST_MS : undefined;
      return busy(place, detail, error.retryAfterMs ?? restMs);
    }
    const code = error.status === 0 ? 'unavailable' : error.isPassing ? 'failed' : 'refused';
    return new SluiceError(`sink.${code}`, { place, detail }, { cause: error });
  }
}

/** A statement that moves rows on, under its name. */
interface Merge {
  readonly name: string;
  readonly query: string;
  readonly rows: number;
  /** The number of the next job. */
  from: number;
}

/** NULL is no key: nothing could be known again by it. */
function lastOfEach(
  { rows, columns }: DeliveryBatch,
  places: readonly number[],
): Pick<Prepared, 'rows' | 'keyless'> {
  const byKey = new Map<string, DeliveryRow>();
  const versionAt = columns.findIndex(({ name }) => name === VERSION_COLUMN);
  const versionOf = (row: DeliveryRow) => String(row.values[versionAt] ?? '');
  let keyless = 0;
  for (const row of rows) {
    const cells = places.map((at) => (at === 0 ? row.id : row.values[at - 1]));
    const isKeyless = cells.includes(undefined);
    if (isKeyless) keyless += 1;
    const name = isKeyless ? row.id : JSON.stringify(cells);
    const before = byKey.get(name);
    if (before && versionOf(before) > versionOf(row)) continue;
    byKey.set(name, row);
  }
  return { rows: [...byKey.values()], keyless };
}

/** One; two where some rows have no key, because a join wants one equality. */
function mergesOf(prepared: Prepared): Merge[] {
  const { staging, rows, keyless, fields, keyFields } = prepared;
  const all = tableName(staging);
  if (keyless === 0) return [mergeOf('merge', prepared, { from: all, by: keyFields, rows })];
  const known = keyFields.map(({ name }) => `\`${name}\` IS NOT NULL`).join(' AND ');
  const keyed = { from: `(SELECT * FROM ${all} WHERE ${known})`, by: keyFields };
  const own = { from: `(SELECT * FROM ${all} WHERE NOT (${known}))`, by: fields.slice(0, 1) };
  return [
    mergeOf('merge', prepared, { ...keyed, rows: { length: rows.length - keyless } }),
    mergeOf('merge-own', prepared, { ...own, rows: { length: keyless } }),
  ];
}

interface MergeParts {
  readonly from: string;
  readonly by: readonly Field[];
  readonly rows: { readonly length: number };
}

function mergeOf(
  name: string,
  { target, fields, batch: { columns } }: Prepared,
  { from, by, rows }: MergeParts,
): Merge {
  const names = fields.map((field) => `\`${field.name}\``);
  const keys = by.map((field) => `\`${field.name}\``);
  const others = names.filter((each) => !keys.includes(each));
  // Each row counts as changed, also one that is nothing but its key.
  const version = fields.find((_, at) => columns[at - 1]?.name === VERSION_COLUMN)?.name;
  // What is newer stays: not by leaving the row out, since each row has to count as changed.
  const put = (each: string) =>
    version === undefined
      ? `S.${each}`
      : `CASE WHEN T.\`${version}\` > S.\`${version}\` THEN T.${each} ELSE S.${each} END`;
  const set = (others.length === 0 ? names : others).map((each) => `${each} = ${put(each)}`);
  const query =
    `MERGE ${tableName(target)} T USING ${from} S` +
    ` ON ${keys.map((each) => `T.${each} = S.${each}`).join(' AND ')}` +
    ` WHEN MATCHED THEN UPDATE SET ${set.join(', ')}` +
    ` WHEN NOT MATCHED THEN INSERT (${names.join(', ')})` +
    ` VALUES (${names.map((each) => `S.${each}`).join(', ')})`;
  return { name, query, rows: rows.length, from: 1 };
}

function rowsWord(count: number): string {
  return count === 1 ? 'row' : `${count} rows,`;
}
