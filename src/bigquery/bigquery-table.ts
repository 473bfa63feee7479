/** A table that rows are merged into: made where it is missing, with columns added as they come. */
import { createHash } from 'node:crypto';
import type { TableColumn } from '../model/table.ts';
import type { BigQueryClient } from './bigquery-client.ts';
import { type Field, fieldNames, fieldOf, holds, typeOfField } from './bigquery-columns.ts';
import { BigQueryError } from './bigquery-error.ts';
import { endOfJob, type JobPlace } from './bigquery-jobs.ts';

export interface TablePlace {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** A column of the table cannot hold what comes. */
export class ColumnMisfit extends Error {
  readonly column: string;
  readonly found: string;
  readonly wanted: string;

  constructor(column: string, found: string, wanted: string) {
    super(`Column ${column} is ${found} and cannot hold ${wanted}`);
    this.column = column;
    this.found = found;
    this.wanted = wanted;
  }
}

interface TableResource {
  readonly schema?: { readonly fields?: readonly Field[] };
}

/** Columns by which a table is laid out, at most. */
const CLUSTER_MAX = 4;

export function tablePath({ project, dataset, table }: TablePlace): string {
  const parts = [project, 'datasets', dataset, 'tables', table];
  return parts.map(encodeURIComponent).join('/');
}

/** In a statement. */
export function tableName({ project, dataset, table }: TablePlace): string {
  return `\`${project}.${dataset}.${table}\``;
}

/** Where the dataset is, and so its jobs. */
export async function locationOf(
  client: BigQueryClient,
  { project, dataset }: Pick<TablePlace, 'project' | 'dataset'>,
  signal?: AbortSignal,
): Promise<string> {
  const path = [project, 'datasets', dataset].map(encodeURIComponent).join('/');
  const { location } = await client.get<{ location: string }>(path, {}, signal);
  return location;
}

export interface WantedTable {
  readonly place: TablePlace;
  readonly location: string;
  readonly columns: readonly TableColumn[];
  /** Names of columns. */
  readonly key: readonly string[];
}

/**
 * The table's field for each column, in their order. Rejects with ColumnMisfit where one is of a
 * type that cannot hold the column's values and cannot be widened.
 */
export async function preparedFields(
  client: BigQueryClient,
  wanted: WantedTable,
  signal?: AbortSignal,
): Promise<readonly Field[]> {
  const { place, columns } = wanted;
  const names = fieldNames(columns);
  const asked = columns.map(({ type }, at) => fieldOf(names[at] as string, type));
  const found = await foundOrMade(client, wanted, asked, signal);
  const fields: Field[] = [];
  const missing: Field[] = [];
  const narrow: Field[] = [];
  for (const [at, { name, type }] of columns.entries()) {
    const field = asked[at] as Field;
    const there = found.find((one) => one.name.toLowerCase() === field.name.toLowerCase());
    if (there === undefined) missing.push(field);
    else if (holds(there, type) === 'no') throw new ColumnMisfit(name, typeOfField(there), type);
    else if (holds(there, type) === 'widen') {
      narrow.push(there);
      fields.push({ ...there, type: 'FLOAT' });
      continue;
    }
    fields.push(there ?? field);
  }
  if (missing.length > 0) {
    const schema = { fields: [...found, ...missing] };
    await client.patch(tablePath(place), { schema }, signal);
  }
  // Only now: to add columns is to send all types as they were found.
  for (const field of narrow) await widen(client, wanted, field, signal);
  return fields;
}

async function foundOrMade(
  client: BigQueryClient,
  { place, columns, key }: WantedTable,
  fields: readonly Field[],
  signal: AbortSignal | undefined,
): Promise<readonly Field[]> {
  const there = await fieldsOf(client, place, signal);
  if (there !== undefined) return there;
  const { project, dataset, table } = place;
  // A merge then reads less than all of it.
  const clustered = key
    .map((name) => fields[columns.findIndex((column) => column.name === name)])
    .filter((field) => field !== undefined && field.type !== 'FLOAT' && field.type !== 'JSON')
    .slice(0, CLUSTER_MAX)
    .map((field) => (field as Field).name);
  const tableReference = { projectId: project, datasetId: dataset, tableId: table };
  const clustering = clustered.length === 0 ? {} : { clustering: { fields: clustered } };
  const path = `${encodeURIComponent(project)}/datasets/${encodeURIComponent(dataset)}/tables`;
  try {
    await client.post(path, { tableReference, schema: { fields }, ...clustering }, signal);
    return fields;
  } catch (error) {
    if (!(error instanceof BigQueryError && error.isDuplicate)) throw error;
    return (await fieldsOf(client, place, signal)) ?? fields;
  }
}

/** undefined where there is no such table. */
export async function fieldsOf(
  client: BigQueryClient,
  place: TablePlace,
  signal?: AbortSignal,
): Promise<readonly Field[] | undefined> {
  try {
    const { schema } = await client.get<TableResource>(tablePath(place), {}, signal);
    return schema?.fields ?? [];
  } catch (error) {
    if (error instanceof BigQueryError && error.isMissing) return undefined;
    throw error;
  }
}

async function widen(
  client: BigQueryClient,
  { place, location }: WantedTable,
  { name }: Field,
  signal: AbortSignal | undefined,
): Promise<void> {
  const jobPlace: JobPlace = { project: place.project, location };
  const query = `ALTER TABLE ${tableName(place)} ALTER COLUMN \`${name}\` SET DATA TYPE FLOAT64`;
  const digest = createHash('sha256').update(`${client.clock.wallMs()}${query}`).digest('hex');
  await endOfJob(
    client,
    {
      place: jobPlace,
      // To widen what is wide already changes nothing: its name need not be known again.
      name: `sluice-widen-${digest.slice(0, 32)}`,
      start: (id) => startQuery(client, jobPlace, id, query, signal),
    },
    signal,
  );
}

/** Whoever waits for a job for so long has given it up, ms. */
const JOB_MS_MAX = 900_000;

export function startQuery(
  client: BigQueryClient,
  { project, location }: JobPlace,
  jobId: string,
  query: string,
  signal?: AbortSignal,
): Promise<unknown> {
  return client.post(
    `${encodeURIComponent(project)}/jobs`,
    {
      configuration: {
        query: { query, useLegacySql: false },
        jobTimeoutMs: String(JOB_MS_MAX),
        labels: { made_by: 'sluice' },
      },
      jobReference: { projectId: project, jobId, location },
    },
    signal,
  );
}
