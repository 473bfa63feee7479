/** Answers about datasets and tables, and what is in them. */
import { wireRow } from './cells.ts';
import { invalid } from './problems.ts';
import { fieldsIn, quoted } from './table-schema.ts';
import type { Dataset, Table, Warehouse } from './warehouse.ts';

type Body = Readonly<Record<string, unknown>>;

export function datasetResource({ id, location, createdMs }: Dataset, project: string): unknown {
  return {
    kind: 'bigquery#dataset',
    id: `${project}:${id}`,
    datasetReference: { projectId: project, datasetId: id },
    location,
    creationTime: String(createdMs),
    lastModifiedTime: String(createdMs),
  };
}

export async function tableResource(warehouse: Warehouse, table: Table): Promise<unknown> {
  const { datasetId, id, fields, createdMs, expirationMs, clustering } = table;
  const { project } = warehouse;
  return {
    kind: 'bigquery#table',
    id: `${project}:${datasetId}.${id}`,
    tableReference: { projectId: project, datasetId, tableId: id },
    type: 'TABLE',
    schema: { fields },
    location: warehouse.dataset(datasetId).location,
    numRows: String(await rowCount(warehouse, table)),
    numBytes: '0',
    creationTime: String(createdMs),
    lastModifiedTime: String(createdMs),
    ...(expirationMs !== undefined && { expirationTime: String(expirationMs) }),
    ...(clustering !== undefined && { clustering }),
  };
}

export async function makeTable(
  warehouse: Warehouse,
  datasetId: string,
  body: Body,
): Promise<Table> {
  const { tableId } = (body.tableReference ?? {}) as { readonly tableId?: string };
  if (!/^[\p{L}\p{N}_ -]{1,1024}$/u.test(tableId ?? '')) {
    throw invalid(`Invalid table ID "${tableId}". Table IDs must be alphanumeric`);
  }
  const { expirationTime, clustering } = body;
  return warehouse.createTable(datasetId, tableId as string, fieldsIn(body.schema), {
    expirationMs: expirationTime === undefined ? undefined : Number(expirationTime),
    clustering,
  });
}

export async function changeTable(warehouse: Warehouse, table: Table, body: Body): Promise<void> {
  if (body.schema !== undefined) await warehouse.changeFields(table, fieldsIn(body.schema));
  if (body.expirationTime !== undefined) {
    table.expirationMs = body.expirationTime === null ? undefined : Number(body.expirationTime);
  }
}

/** A page of the rows as they lie there. */
export async function tableRows(
  warehouse: Warehouse,
  table: Table,
  query: URLSearchParams,
  pageRows: number,
): Promise<unknown> {
  const total = await rowCount(warehouse, table);
  const start = Number(query.get('pageToken') ?? query.get('startIndex') ?? 0);
  const limit = Math.min(pageRows, Number(query.get('maxResults') ?? pageRows));
  const found = await warehouse.query(
    `SELECT * FROM ${nameOf(table)} LIMIT ${limit} OFFSET ${start}`,
    { dataset: undefined, parameters: {} },
  );
  const form = { int64Timestamps: query.get('formatOptions.useInt64Timestamp') === 'true' };
  const end = start + found.rows.length;
  return {
    kind: 'bigquery#tableDataList',
    totalRows: String(total),
    rows: found.rows.map((row) => wireRow(row, form)),
    ...(end < total && { pageToken: String(end) }),
  };
}

async function rowCount(warehouse: Warehouse, table: Table): Promise<number> {
  const { rows } = await warehouse.query(`SELECT count(*) FROM ${nameOf(table)}`, {
    dataset: undefined,
    parameters: {},
  });
  return Number(rows[0]?.[0] ?? 0);
}

function nameOf({ datasetId, id }: Table): string {
  return `${quoted(datasetId)}.${quoted(id)}`.replaceAll('"', '`');
}
