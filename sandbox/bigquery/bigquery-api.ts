/** The service's addresses: which answer belongs to which. */
import type { CallKind, FaultMode, Faults } from './bigquery-faults.ts';
import { type Jobs, jobResource } from './bigquery-jobs.ts';
import type { BigQueryConfig } from './bigquery-options.ts';
import type { BigQueryCounters } from './bigquery-stats.ts';
import type { Streaming } from './insert-all.ts';
import { invalid, notFound } from './problems.ts';
import { queryAnswer, wishesOf } from './query-api.ts';
import { changeTable, datasetResource, makeTable, tableResource, tableRows } from './table-api.ts';
import { readMultipart, type Upload, type UploadSessions } from './uploads.ts';
import type { Warehouse } from './warehouse.ts';

export interface ApiParts {
  readonly config: BigQueryConfig;
  readonly warehouse: Warehouse;
  readonly jobs: Jobs;
  readonly streaming: Streaming;
  readonly uploads: UploadSessions;
  readonly faults: Faults;
  readonly counters: BigQueryCounters;
}

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** What goes wrong with what it asks for, beyond its answer. */
  readonly fault: FaultMode | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATH = /^(\/upload)?(?:\/resumable\/upload)?(?:\/bigquery\/v2)?\/projects\/([^/]+)(\/.*)?$/;

/** What a request is about; undefined = no address of the service. */
export function callKind(method: string, { pathname, searchParams }: URL): CallKind | undefined {
  const match = PATH.exec(pathname);
  if (!match) return pathname === '/token' ? 'token' : undefined;
  const [, upload, , rest = ''] = match;
  if (upload !== undefined)
    return searchParams.get('upload_id') && method === 'POST' ? undefined : 'load';
  if (rest.endsWith('/insertAll')) return 'insertAll';
  if (rest === '/queries') return 'query';
  if (rest.startsWith('/queries/') || rest.startsWith('/jobs/')) return 'job';
  if (rest === '/jobs') return method === 'POST' ? 'query' : 'job';
  return rest.includes('/tables') ? 'table' : 'dataset';
}

/** Throws a Problem. */
export async function answerApi(parts: ApiParts, request: ApiRequest): Promise<ApiAnswer> {
  const [, upload, project = '', rest = ''] = PATH.exec(request.url.pathname) ?? [];
  const { warehouse } = parts;
  if (project !== warehouse.project) throw notFound(`Project ${project}`);
  if (upload !== undefined) return uploadAnswer(parts, request);
  const [, area, id, under, tableId, last] = rest.split('/').map(decodeURIComponent);
  const { method } = request;
  if (area === 'queries') return queriesAnswer(parts, request, id);
  if (area === 'jobs') return jobsAnswer(parts, request, id);
  if (area !== 'datasets') throw notFound(`${method} ${request.url.pathname}`);
  if (under !== 'tables') return datasetsAnswer(parts, request, id);
  return tablesAnswer(parts, request, id as string, tableId, last);
}

async function datasetsAnswer(
  { warehouse }: ApiParts,
  request: ApiRequest,
  id: string | undefined,
): Promise<ApiAnswer> {
  const { method, url } = request;
  const { project } = warehouse;
  if (id === undefined && method === 'POST') {
    const body = jsonIn(request);
    const { datasetId } = (body.datasetReference ?? {}) as { readonly datasetId?: string };
    if (!/^\w{1,1024}$/.test(datasetId ?? '')) throw invalid(`Invalid dataset ID "${datasetId}"`);
    const location = String(body.location ?? 'US');
    const made = await warehouse.createDataset(datasetId as string, location);
    return ok(datasetResource(made, project));
  }
  if (id === undefined) {
    const datasets = [...warehouse.datasets.values()].map((one) => datasetResource(one, project));
    return ok({ kind: 'bigquery#datasetList', datasets });
  }
  if (method === 'DELETE') {
    await warehouse.dropDataset(id, url.searchParams.get('deleteContents') === 'true');
    return { status: 204 };
  }
  return ok(datasetResource(warehouse.dataset(id), project));
}

async function tablesAnswer(
  parts: ApiParts,
  request: ApiRequest,
  datasetId: string,
  id: string | undefined,
  last: string | undefined,
): Promise<ApiAnswer> {
  const { warehouse, config, streaming, counters } = parts;
  const { method, url } = request;
  warehouse.dataset(datasetId);
  if (id === undefined && method === 'POST') {
    return ok(
      await tableResource(warehouse, await makeTable(warehouse, datasetId, jsonIn(request))),
    );
  }
  if (id === undefined) {
    const tables = warehouse.tables
      .filter((table) => table.datasetId === datasetId)
      .map((table) => ({
        kind: 'bigquery#table',
        id: `${warehouse.project}:${datasetId}.${table.id}`,
        tableReference: { projectId: warehouse.project, datasetId, tableId: table.id },
        type: 'TABLE',
      }));
    return ok({ kind: 'bigquery#tableList', tables, totalItems: tables.length });
  }
  const table = warehouse.table(datasetId, id);
  if (last === 'insertAll') {
    const rows = await streaming.insert(table, jsonIn(request), request.fault === 'partial');
    counters.streamed(rows.taken);
    const { insertErrors } = rows;
    const kind = 'bigquery#tableDataInsertAllResponse';
    return ok({ kind, ...(insertErrors.length > 0 && { insertErrors }) });
  }
  if (last === 'data')
    return ok(await tableRows(warehouse, table, url.searchParams, config.pageRows));
  if (method === 'DELETE') {
    await warehouse.dropTable(datasetId, id);
    return { status: 204 };
  }
  if (method === 'PATCH' || method === 'PUT') await changeTable(warehouse, table, jsonIn(request));
  return ok(await tableResource(warehouse, table));
}

async function jobsAnswer(
  { jobs, warehouse }: ApiParts,
  request: ApiRequest,
  path: string | undefined,
): Promise<ApiAnswer> {
  const { project } = warehouse;
  if (path === undefined && request.method === 'POST') {
    const { configuration, jobReference } = jsonIn(request) as Metadata;
    const job = {
      configuration: configuration ?? {},
      reference: jobReference,
      fault: request.fault,
    };
    return ok(jobResource(jobs.insert(job), project));
  }
  if (path === undefined) {
    return ok({ kind: 'bigquery#jobList', jobs: jobs.all.map((job) => jobResource(job, project)) });
  }
  const job = jobs.get(path);
  if (request.url.pathname.endsWith('/cancel')) {
    job.cancelled = true;
    return ok({ kind: 'bigquery#jobCancelResponse', job: jobResource(job, project) });
  }
  return ok(jobResource(job, project));
}

async function queriesAnswer(
  { jobs, config, warehouse }: ApiParts,
  request: ApiRequest,
  id: string | undefined,
): Promise<ApiAnswer> {
  const { project } = warehouse;
  if (id !== undefined) {
    const { searchParams } = request.url;
    const int64 = searchParams.get('formatOptions.useInt64Timestamp') === 'true';
    const wishes = wishesOf((name) => searchParams.get(name) ?? undefined, config.pageRows, int64);
    const kind = 'bigquery#getQueryResultsResponse';
    return ok(await queryAnswer(jobs, jobs.get(id), wishes, kind, project));
  }
  const body = jsonIn(request);
  const { requestId, location } = body as {
    readonly requestId?: string;
    readonly location?: string;
  };
  // The same request again is the same query.
  const jobId = requestId === undefined ? undefined : `query_${requestId.replace(/[^\w-]/g, '_')}`;
  const before = jobs.all.find((job) => job.id === jobId);
  const reference = { ...(jobId && { jobId }), ...(location && { location }) };
  const job =
    before ?? jobs.insert({ configuration: { query: body }, reference, fault: request.fault });
  const int64 = (body.formatOptions as { useInt64Timestamp?: boolean })?.useInt64Timestamp === true;
  const wishes = wishesOf((name) => body[name], config.pageRows, int64);
  return ok(await queryAnswer(jobs, job, wishes, 'bigquery#queryResponse', project));
}

interface Metadata {
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
}

function uploadAnswer(parts: ApiParts, request: ApiRequest): ApiAnswer {
  const { uploads } = parts;
  const { url, headers, body } = request;
  const id = url.searchParams.get('upload_id');
  if (id !== null) {
    const range = headers['content-range'];
    const received = uploads.receive(id, range === undefined ? undefined : String(range), body);
    if ('upload' in received) return loadAnswer(parts, request, received.upload);
    const { length } = received;
    return { status: 308, headers: length > 0 ? { range: `bytes=0-${length - 1}` } : {} };
  }
  switch (url.searchParams.get('uploadType')) {
    case 'multipart':
      return loadAnswer(parts, request, readMultipart(body, String(headers['content-type'] ?? '')));
    case 'resumable': {
      const session = uploads.begin(body.length === 0 ? {} : jsonIn(request));
      const location = new URL(url);
      location.searchParams.set('upload_id', session);
      return { status: 200, headers: { location: location.href, 'x-guploader-uploadid': session } };
    }
    default:
      throw invalid('uploadType is multipart or resumable');
  }
}

function loadAnswer(
  { jobs, warehouse, counters }: ApiParts,
  { fault }: ApiRequest,
  upload: Upload,
): ApiAnswer {
  const { configuration = {}, jobReference } = upload.metadata as Metadata;
  if (configuration.load === undefined) throw invalid('An upload needs a load job');
  const job = jobs.insert({ configuration, reference: jobReference, bytes: upload.bytes, fault });
  void job.done.then(() => {
    const { load } = (job.result?.statistics ?? {}) as { load?: { outputRows: string } };
    counters.loaded(Number(load?.outputRows ?? 0));
  });
  return ok(jobResource(job, warehouse.project));
}

function jsonIn({ body }: ApiRequest): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('Parse Error: the body is no JSON');
  }
}

function ok(body: unknown): ApiAnswer {
  return { status: 200, body };
}
