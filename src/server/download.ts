/**
 * A job's download as the answer to a request: written at the pace at which it is read, begun only
 * when there is something to send, so that what cannot be done is still answered as a problem.
 */
import type { FastifyReply } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { type CollectionExport, writeCollection } from '../engine/collection-export.ts';
import { writeDownload } from '../engine/download.ts';
import { type FailuresRequest, writeFailures } from '../engine/download-failures.ts';
import { collectorLeft, jobDownload, jobWithInput } from '../engine/job-download.ts';
import { writeManifest } from '../engine/manifest.ts';
import type { Job } from '../model/job.ts';
import type { ExportFormat } from '../sinks/export-format.ts';
import type { Output } from '../sinks/output.ts';
import { StreamOutput } from '../sinks/stream-output.ts';
import type { ServerParts } from './parts.ts';
import { isGone } from './reader-gone.ts';
import { endWithHead } from './route.ts';

export const DOWNLOAD_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
  sqlite: 'application/vnd.sqlite3',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** A reader that takes nothing for so long is let go. */
const STALLED_MS = 120_000;
const NAME_CHARS_MAX = 100;

export interface DownloadWish {
  readonly format: ExportFormat;
  readonly shape?: 'row' | 'record' | undefined;
  readonly safeFormulas: 'off' | 'results' | 'all';
}

/** Sends the download of a job that the caller may see; `signal` aborts when the caller leaves. */
export async function answerDownload(
  parts: Pick<ServerParts, 'registry' | 'store' | 'dataDir' | 'inputHere' | 'clock' | 'log'>,
  job: Job,
  wish: DownloadWish,
  { reply, signal }: { readonly reply: FastifyReply; readonly signal: AbortSignal },
): Promise<FastifyReply> {
  const collector = await collectorLeft(parts.registry, job);
  await parts.inputHere(job.input.path);
  const request = jobDownload(job, collector, parts, { ...wish, signal });
  reply.type(DOWNLOAD_TYPES[wish.format]);
  reply.header('content-disposition', attachment(job, wish.format));
  return answerFile(parts, { reply, signal }, (output) => writeDownload(request, output));
}

/** Sends rows of the job that failed, as CSV. */
export async function answerFailures(
  parts: Pick<ServerParts, 'store' | 'dataDir' | 'inputHere' | 'clock' | 'log'>,
  job: Job,
  wish: Pick<FailuresRequest, 'which' | 'only' | 'duplicates' | 'safeFormulas'>,
  { reply, signal }: { readonly reply: FastifyReply; readonly signal: AbortSignal },
): Promise<FastifyReply> {
  const { store, dataDir } = parts;
  await parts.inputHere(job.input.path);
  const request = { job: jobWithInput(job, dataDir), store, signal, ...wish };
  reply.type(DOWNLOAD_TYPES.csv);
  const rest = wish.which === 'refused' ? 'rejects.csv' : 'failures.csv';
  reply.header('content-disposition', attachment(job, rest));
  return answerFile(parts, { reply, signal }, (output) => writeFailures(request, output));
}

/** Sends the entries of a collection that the caller may see. */
export async function answerCollection(
  parts: Pick<ServerParts, 'clock' | 'log'>,
  request: CollectionExport,
  call: { readonly reply: FastifyReply; readonly signal: AbortSignal },
): Promise<FastifyReply> {
  const { format, query } = request;
  call.reply.type(DOWNLOAD_TYPES[format]);
  const value = `attachment; filename="${query.collection}.${format}"`;
  call.reply.header('content-disposition', value);
  return answerFile(parts, call, (output) => writeCollection(request, output));
}

/** Sends what the job's records say of files, as JSON lines. */
export async function answerManifest(
  parts: Pick<ServerParts, 'store' | 'clock' | 'log'>,
  job: Job,
  { reply, signal }: { readonly reply: FastifyReply; readonly signal: AbortSignal },
): Promise<FastifyReply> {
  const request = { jobId: job.id, store: parts.store, signal };
  reply.type(DOWNLOAD_TYPES.jsonl);
  reply.header('content-disposition', attachment(job, 'files.jsonl'));
  return answerFile(parts, { reply, signal }, (output) => writeManifest(request, output));
}

async function answerFile(
  { clock, log }: Pick<ServerParts, 'clock' | 'log'>,
  { reply, signal }: { readonly reply: FastifyReply; readonly signal: AbortSignal },
  write: (output: Output) => Promise<unknown>,
): Promise<FastifyReply> {
  if (reply.request.method === 'HEAD') return endWithHead(reply);
  const output = new AnswerOutput(reply, clock);
  try {
    await write(output);
    await output.finish();
  } catch (error) {
    // A write fails before it is told that the reader has left.
    const left = signal.aborted || isGone(reply.raw);
    if (!output.begun && !left) {
      reply.removeHeader('content-disposition');
      throw error;
    }
    const fields = { requestId: reply.request.id };
    if (left) log.debug(`A reader left before the end: ${messageOf(error)}`, fields);
    else log.error(`An answer was cut off: ${messageOf(error)}`, fields);
    await output.discard();
  }
  return reply;
}

/** The answer's body. From its first bytes on an error can only cut it short. */
class AnswerOutput implements Output {
  readonly #reply: FastifyReply;
  readonly #clock: Clock;
  readonly #stream: StreamOutput;
  begun = false;

  constructor(reply: FastifyReply, clock: Clock) {
    this.#reply = reply;
    this.#clock = clock;
    this.#stream = new StreamOutput(reply.raw);
  }

  async write(chunk: Buffer): Promise<void> {
    this.#begin();
    const stalled = this.#clock.after(STALLED_MS, () => this.#reply.raw.destroy());
    try {
      await this.#stream.write(chunk);
    } finally {
      stalled.cancel();
    }
  }

  async finish(): Promise<void> {
    this.#begin();
    this.#reply.raw.end();
  }

  /** Without the mark of its end: the reader is not to take a part for the whole. */
  async discard(): Promise<void> {
    if (!this.#reply.sent) this.#reply.hijack();
    this.#reply.raw.destroy();
  }

  #begin(): void {
    if (this.begun) return;
    this.begun = true;
    const { raw } = this.#reply;
    this.#reply.hijack();
    raw.writeHead(200, this.#reply.getHeaders() as Record<string, string>);
  }
}

/** `attachment`, named after the job's input; other letters than ASCII's as RFC 6266 has it. */
function attachment(
  job: Job,
  format: ExportFormat | 'rejects.csv' | 'failures.csv' | 'files.jsonl',
): string {
  const base = job.input.name.replace(/\.[a-z0-9]{1,5}$/i, '').slice(0, NAME_CHARS_MAX);
  const plain = base.replace(/[^\w.-]+/g, '_');
  const end = `${plain === '' ? '' : '-'}${job.id}.${format}`;
  const value = `attachment; filename="${plain}${end}"`;
  if (plain === base) return value;
  const exact = encodeURIComponent(base.toWellFormed()).replace(/['()*]/g, percent);
  return `${value}; filename*=UTF-8''${exact}${end}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
