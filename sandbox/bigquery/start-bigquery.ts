/**
 * The stand-in of BigQuery: its REST interface on a loopback port, over a DuckDB in memory. What
 * goes wrong is by seed or by command; everything it holds can be asked for as lines of JSON.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../src/base/errors.ts';
import { answer, startStandIn } from '../servers/stand-in.ts';
import { tryLines } from '../try-lines.ts';
import { type ApiAnswer, answerApi, callKind } from './bigquery-api.ts';
import { type BigQueryCommand, control } from './bigquery-control.ts';
import { type CallKind, type Fault, Faults, faultProblem } from './bigquery-faults.ts';
import { Jobs } from './bigquery-jobs.ts';
import { type BigQueryOptions, resolveBigQueryOptions } from './bigquery-options.ts';
import { BigQueryCounters, type BigQueryStats } from './bigquery-stats.ts';
import { Streaming } from './insert-all.ts';
import { notFound, problemBody, problemOf } from './problems.ts';
import {
  type BigQueryFiles,
  makeSamples,
  type TruthRow,
  truthLines,
  truthRows,
  writeBigQueryFiles,
} from './samples.ts';
import { type KeyFile, ServiceAccount } from './service-account.ts';
import { UploadSessions } from './uploads.ts';
import { Warehouse } from './warehouse.ts';

export interface BigQueryStandIn {
  readonly port: number;
  readonly url: string;
  readonly project: string;
  readonly seed: number;
  /** What the account's programs sign with. */
  readonly key: KeyFile;
  readonly files: BigQueryFiles | undefined;
  stats(): BigQueryStats;
  control(command: BigQueryCommand): unknown;
  /** What is in all tables by now, in no order. */
  truth(): Promise<readonly TruthRow[]>;
  /** Of one table, as `dataset.table`; empty where it is not there. */
  rows(table: string): Promise<readonly TruthRow['row'][]>;
  /** `dataset.table` of all that are there. */
  tables(): readonly string[];
  /** Forgets counts and what was still to go wrong. */
  reset(): void;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 256 * 2 ** 20;

/** Starts it on 127.0.0.1. Throws RangeError for options out of bounds. */
export async function startBigQuery(options: BigQueryOptions = {}): Promise<BigQueryStandIn> {
  const config = resolveBigQueryOptions(options);
  const { seed, project, location } = config;
  let aheadMs = 0;
  const realMs = () => Math.floor(performance.timeOrigin + performance.now());
  const nowMs = () => realMs() + aheadMs;
  const warehouse = await Warehouse.open(project, nowMs);
  await makeSamples(warehouse, config, options.credentials);
  const counters = new BigQueryCounters();
  const faults = new Faults(seed, config.faults);
  const account = new ServiceAccount(project, config.tokenMs, realMs);
  const parts = {
    ...{ config, warehouse, faults, counters },
    jobs: new Jobs({ warehouse, location, jobMs: config.jobMs, nowMs, afterMs }),
    streaming: new Streaming({ ...config, warehouse, nowMs }),
    uploads: new UploadSessions(),
  };
  const controlParts = {
    ...{ warehouse, faults, account },
    advance: (ms: number) => {
      aheadMs += ms;
    },
  };
  const reset = () => {
    counters.clear();
    faults.clear();
  };

  const service = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const kind = callKind(request.method ?? 'GET', url);
    if (kind === undefined) return send(response, fromProblem(notFound(url.pathname)));
    const done = counters.open(kind);
    response.once('close', done);
    const body = await bodyOf(request);
    const fault = faults.next(kind);
    if (fault) counters.fault(fault.mode);
    if (fault?.mode === 'reset') return request.socket.destroy();
    await afterMs(config.latencyMs + (fault?.mode === 'slow' ? fault.ms : 0));
    const said = await answered(kind, fault, request, url, body).catch((error: unknown) => {
      const problem = problemOf(error);
      counters.refused(problem.reason);
      return fromProblem(problem);
    });
    if (fault?.mode === 'lost') return request.socket.destroy();
    send(response, said);
  };

  const answered = async (
    kind: CallKind,
    fault: Fault | undefined,
    { method = 'GET', headers }: IncomingMessage,
    url: URL,
    body: Buffer,
  ): Promise<ApiAnswer> => {
    const problem = fault && faultProblem(fault.mode);
    if (problem) throw problem;
    if (kind === 'token') {
      counters.token();
      return { status: 200, body: account.token(new URLSearchParams(body.toString()), url.origin) };
    }
    if (config.auth) account.check(headers.authorization);
    return answerApi(parts, { method, url, headers, body, fault: fault?.mode });
  };

  const stats = () => counters.read();
  const server = await startStandIn(options.port ?? 0, stats, (request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    if (!url.pathname.startsWith('/__')) {
      void service(request, response, url).catch(() => response.destroy());
      return;
    }
    if (url.pathname === '/__truth') {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      Readable.from(truthLines(warehouse)).pipe(response);
      return;
    }
    if (request.method === 'POST' && url.pathname === '/__reset') {
      reset();
      return send(response, { status: 200, body: { ok: true } });
    }
    if (request.method === 'POST' && url.pathname === '/__control') {
      void bodyOf(request)
        .then((text) => control(controlParts, JSON.parse(text.toString()) as BigQueryCommand))
        .then(
          (body) => send(response, { status: 200, body }),
          (error) => send(response, { status: 400, body: { error: messageOf(error) } }),
        );
      return;
    }
    const error = 'POST /__control, POST /__reset, /__stats, /__truth';
    return send(response, { status: 404, body: { error } });
  });

  const key = account.keyFile(server.url);
  const { directory } = options;
  return {
    ...{ port: server.port, url: server.url, project, seed, key, stats, reset },
    files:
      directory === undefined ? undefined : await writeBigQueryFiles(directory, warehouse, key),
    control: (command) => control(controlParts, command),
    truth: () => Array.fromAsync(truthRows(warehouse)),
    rows: async (table) =>
      (await Array.fromAsync(truthRows(warehouse)))
        .filter((one) => one.table === table)
        .map(({ row }) => row),
    tables: () => warehouse.tables.map(({ datasetId, id }) => `${datasetId}.${id}`),
    close: async () => {
      await server.close();
      await warehouse.close();
    },
  };
}

/** What to tell a person who started it. */
export function describeBigQuery({ url, project, seed, files }: BigQueryStandIn): string {
  const lines = [
    `BigQuery's interface at ${url}, project ${project} (seed ${seed})`,
    `what it saw: ${url}/__stats; what to do to it: POST ${url}/__control; what it holds: ${url}/__truth`,
    ...(files
      ? [
          `the account's key: ${files.keyFile}`,
          `the truth: ${files.truthFile}`,
          ...tryLines({
            SLUICE_BIGQUERY_URL: url,
            GOOGLE_APPLICATION_CREDENTIALS: files.keyFile,
          }),
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function fromProblem(problem: ReturnType<typeof problemOf>): ApiAnswer {
  // The token service has errors of its own form.
  if (/^(invalid_|unsupported_)/.test(problem.reason)) {
    const { status, reason, message } = problem;
    return { status, body: { error: reason, error_description: message } };
  }
  return { status: problem.status, body: problemBody(problem) };
}

function send(response: ServerResponse, { status, body, headers }: ApiAnswer): void {
  if (response.destroyed) return;
  const text = body === undefined ? '' : JSON.stringify(body);
  answer(response, status, text, {
    'content-type': 'application/json; charset=UTF-8',
    ...headers,
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > BODY_BYTES_MAX) throw new RangeError('the body is too large');
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function afterMs(ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
