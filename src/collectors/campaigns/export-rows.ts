/**
 * One export, asked for and read while it comes: whole lines are cut off what has come, parsed in
 * the campaign's process and handed on. Neither the file nor a part of it that grows with the file
 * is ever in memory.
 */
import { SluiceError } from '../../base/errors.ts';
import { FailureError } from '../../model/failure.ts';
import type { SharedAccount } from '../account-service.ts';
import type { CollectContext } from '../collector.ts';
import type { CallTexts } from './calls-in-both.ts';
import type { InProcess } from './campaign-processes.ts';
import { serverLane } from './client-input.ts';
import { isFile, judgeExport, troubleIn } from './judge-export.ts';
import { orRedirected, refused } from './login-gate.ts';
import { callsIn, type RowContext } from './parse-rows.ts';
import { authorization, type VicidialLogin } from './vicidial-requests.ts';

export interface ExportAsk {
  readonly url: URL;
  readonly account: SharedAccount<VicidialLogin>;
  readonly context: RowContext;
  readonly process: InProcess;
  /** Longest silence, and longest time for all of it, ms. */
  readonly timeoutMs: number;
  readonly deadlineMs: number;
}

export interface ExportTally {
  rows: number;
  bytes: number;
  damaged: number;
}

/** The end of the file is not there: it may be had another time, or in smaller pieces. */
export class TruncatedExport extends Error {
  override readonly name = 'TruncatedExport';
}

/**
 * What is parsed, and then stored, at once, bytes: little to begin with, so that a small export is
 * stored row by row nearly, and twice as much each time, since a file that goes on is a large one.
 */
const PIECE_BYTES = 64 * 1024;
const PIECE_BYTES_MAX = 2 * 2 ** 20;
/** A server that sends slowly is not waited for that long, ms. */
const PIECE_MS_MAX = 1_000;
const LINE_BYTES_MAX = 8 * 2 ** 20;
const HEAD_BYTES = 8_192;
const EXPORT_BYTES_MAX = 2 ** 40;
const BREAKS = ['fetch.reset', 'fetch.timeout_body', 'fetch.body_corrupt'];
const CR = 13;
const LF = 10;
const FIRST_COLUMN = 'call_date\t';

/** Calls in groups of any size, none of them empty. Counts into `tally`. */
export async function* exportedCalls(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  ask: ExportAsk,
  tally: ExportTally,
): AsyncGenerator<CallTexts> {
  const { context, process } = ask;
  const body = await openExport(ctx, ask, process.signal);
  if (body === undefined) return;
  let columns: readonly string[] | undefined;
  for await (const bytes of wholeLines(body, tally, { nowMs: () => ctx.nowMs() })) {
    if (columns === undefined) checkHeader(bytes, ask.account.secret);
    const parsed = await process.parse({ context, columns, bytes });
    columns = parsed.columns;
    const count = parsed.ends.length;
    tally.rows += count + parsed.damaged;
    tally.damaged += parsed.damaged;
    if (count > 0) yield callsIn(parsed);
  }
  if (columns === undefined) throw withoutLine();
}

/** The bytes of the file; undefined = there are no calls. Throws where something else came. */
export async function openExport(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  { url, account, timeoutMs, deadlineMs }: Omit<ExportAsk, 'process' | 'context'>,
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { secret } = account;
  const asked = ctx.fetch(url, {
    stream: true,
    headers: { authorization: authorization(secret), accept: 'text/plain,*/*;q=0.5' },
    anyStatus: true,
    robots: false,
    redirectsMax: 0,
    timeoutMs,
    deadlineMs,
    bodyBytesMax: EXPORT_BYTES_MAX,
    lane: serverLane(secret.url),
    ...(signal && { signal }),
  });
  const { status, headers, body } = await asked.catch(orRedirected);
  account.called();
  if (status !== 200 || !isFile(headers)) {
    const answer = { url: url.href, status, headers, head: await headOf(body) };
    const verdict = judgeExport(answer, secret, ctx.nowMs());
    if (verdict.kind === 'empty') return undefined;
    if (verdict.kind === 'login' || verdict.kind === 'fail') throw refused(verdict, account);
    throw notExported();
  }
  return unbroken(body);
}

export function withoutLine(): TruncatedExport {
  return new TruncatedExport('The export came without a line.');
}

/** A connection that breaks in the middle is a file without its end. */
async function* unbroken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (!(error instanceof SluiceError) || !BREAKS.includes(error.code)) throw error;
    throw new TruncatedExport(error.message);
  }
}

interface PieceSizes {
  readonly nowMs: () => number;
  /** Of the first, bytes. */
  readonly bytes?: number;
}

/**
 * Pieces that end in CR LF, each of which is there until the next one is asked for: all of them are
 * in one buffer, since a gigabyte of buffers keeps the garbage collector busy. Throws where the
 * last of them does not end so.
 */
export async function* wholeLines(
  body: AsyncIterable<Uint8Array>,
  tally: Pick<ExportTally, 'bytes'>,
  { nowMs, bytes = PIECE_BYTES }: PieceSizes,
): AsyncGenerator<Uint8Array> {
  let pieceBytes = bytes;
  let held = Buffer.alloc(0);
  let heldBytes = 0;
  let sinceMs = nowMs();
  for await (const piece of body) {
    tally.bytes += piece.length;
    held = withRoom(held, heldBytes, piece.length);
    held.set(piece, heldBytes);
    heldBytes += piece.length;
    if (heldBytes < pieceBytes && nowMs() - sinceMs < PIECE_MS_MAX) continue;
    const end = lastLineEnd(held.subarray(0, heldBytes));
    if (end > 0) {
      pieceBytes = Math.min(PIECE_BYTES_MAX, pieceBytes * 2);
      yield held.subarray(0, end);
      held.copyWithin(0, end, heldBytes);
      heldBytes -= end;
    }
    if (heldBytes > LINE_BYTES_MAX) throw lineTooLong();
    sinceMs = nowMs();
  }
  const end = lastLineEnd(held.subarray(0, heldBytes));
  if (end > 0) yield held.subarray(0, end);
  if (end < heldBytes) throw new TruncatedExport('The export ends in the middle of a row.');
}

function withRoom(held: Buffer, heldBytes: number, bytes: number): Buffer<ArrayBuffer> {
  const needed = heldBytes + bytes;
  if (held.length >= needed) return held as Buffer<ArrayBuffer>;
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * held.length));
  larger.set(held.subarray(0, heldBytes));
  return larger;
}

/** Behind the last CR LF; 0 = there is none. */
function lastLineEnd(bytes: Uint8Array): number {
  for (let at = bytes.lastIndexOf(LF); at > 0; at = bytes.lastIndexOf(LF, at - 1)) {
    if (bytes[at - 1] === CR) return at + 1;
  }
  return 0;
}

/** Of the first piece: that it begins as an export does. */
export function checkHeader(bytes: Uint8Array, login: VicidialLogin): void {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  if (head.startsWith(FIRST_COLUMN)) return;
  throw new FailureError(troubleIn(head, login));
}

async function headOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= HEAD_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES).toString('latin1');
}

function notExported(): FailureError {
  const message = 'VICIdial showed its form instead of the export.';
  const hint = 'Its version may want other parameters, or something in front of it drops them.';
  return new FailureError({ class: 'transient', code: 'campaigns.form', message, hint });
}

function lineTooLong(): FailureError {
  const message = 'A line of the export is longer than 8 MiB: it is no list of calls.';
  return new FailureError({ class: 'invalid', code: 'campaigns.line_too_long', message });
}
