import { crc32 } from 'node:zlib';
import type { CachedReply } from './http-cache.ts';

/**
 * One kept answer as a file. Its name says all that is decided without opening it (which page, how
 * large, fresh until when, last used when), so a start reads directories only. Its content is a sum
 * in eight hex digits, a line of JSON, and the body as it was. A file that is cut short, damaged or
 * of another format has the wrong sum or shape and counts as missing; nothing is believed unread.
 */
export interface FileFacts {
  readonly bytes: number;
  /** Wall time, ms, in whole seconds; 0 = it is always asked about. */
  readonly freshUntilMs: number;
  /** Wall time, ms, in whole seconds. */
  readonly usedMs: number;
}

interface Head {
  readonly format: number;
  readonly key: string;
  readonly freshUntilMs: number;
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const FORMAT = 1;
const SUM_CHARS = 8;
const HEAD_FROM = SUM_CHARS + 1;
const LINE_END = 10;
const NAME = /^([0-9a-f]{32})-([0-9a-z]{1,10})-([0-9a-z]{1,10})-([0-9a-z]{1,10})$/;

export function fileName(digest: string, { bytes, freshUntilMs, usedMs }: FileFacts): string {
  const parts = [bytes, Math.floor(freshUntilMs / 1_000), Math.floor(usedMs / 1_000)];
  return [digest, ...parts.map((part) => Math.max(part, 0).toString(36))].join('-');
}

/** undefined = no such file's name. */
export function readFileName(name: string): (FileFacts & { readonly digest: string }) | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, digest = '', bytes = '', fresh = '', used = ''] = match;
  return {
    digest,
    bytes: Number.parseInt(bytes, 36),
    freshUntilMs: Number.parseInt(fresh, 36) * 1_000,
    usedMs: Number.parseInt(used, 36) * 1_000,
  };
}

/** A copy: what becomes of the body afterwards changes nothing. */
export function encodeCacheFile(key: string, { reply, freshUntilMs }: CachedReply): Buffer {
  const { url, status, headers, body } = reply;
  const head: Head = { format: FORMAT, key, freshUntilMs, url, status, headers };
  const text = Buffer.from(JSON.stringify(head));
  const file = Buffer.allocUnsafe(HEAD_FROM + text.byteLength + 1 + body.byteLength);
  text.copy(file, HEAD_FROM);
  file[HEAD_FROM + text.byteLength] = LINE_END;
  file.set(body, HEAD_FROM + text.byteLength + 1);
  file.write(`${sumOf(file)}\n`, 0, 'latin1');
  return file;
}

/** undefined = damaged, or another page's. The body is a part of `file`. */
export function decodeCacheFile(key: string, file: Buffer): CachedReply | undefined {
  const headEnd = file.indexOf(LINE_END, HEAD_FROM);
  if (headEnd === -1 || file.toString('latin1', 0, SUM_CHARS) !== sumOf(file)) return undefined;
  let head: Head;
  try {
    head = JSON.parse(file.toString('utf8', HEAD_FROM, headEnd)) as Head;
  } catch {
    return undefined;
  }
  if (head.format !== FORMAT || head.key !== key) return undefined;
  const { url, status, headers, freshUntilMs } = head;
  const body = file.subarray(headEnd + 1);
  const reply = { url, status, headers, body, sentMs: 0, headersMs: 0, totalMs: 0, wireBytes: 0 };
  return { reply, freshUntilMs };
}

function sumOf(file: Buffer): string {
  return crc32(file.subarray(HEAD_FROM)).toString(16).padStart(SUM_CHARS, '0');
}
