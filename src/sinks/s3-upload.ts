/**
 * Objects of any size into S3-compatible storage. A small one is one request. A large one goes in
 * parts, several at once, read one by one, so that memory stays flat; each is sent with its SHA-256
 * and its CRC-32, which the storage compares.
 *
 * The key alone says where an interrupted upload goes on: an upload of that key which was begun and
 * not ended is looked for, its parts that hold what the source holds now are taken as sent, and the
 * rest is sent. So nothing needs to be remembered here, and a source that has changed meanwhile
 * never ends as a mixture. Where the whole object is there already, nothing is sent.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { SluiceError } from '../base/errors.ts';
import { eachTag, inTag, type S3Client } from './s3-client.ts';
import { objectUrl } from './s3-place.ts';
import {
  abortUpload,
  type BegunUpload,
  begunUploads,
  partsOf,
  type SentPart,
} from './s3-uploads.ts';

/** Bytes that can be read again, from anywhere. */
export interface UploadSource {
  readonly size: number;
  /** Bytes `from` to `to`; rejects where there are fewer. */
  read(from: number, to: number): Promise<Uint8Array>;
}

export interface UploadOrder {
  /** Behind the place's prefix. */
  readonly path: string;
  readonly contentType: string;
  readonly source: UploadSource;
  readonly signal?: AbortSignal;
  /** Bytes that are there, of all; those found there from before count too. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface S3UploadLimits {
  /** Parts of all objects that are sent at once. */
  readonly parallel: number;
  /** Bytes of a part, 5 MiB at least; larger ones where an object would have too many. */
  readonly partBytes: number;
}

export interface Uploaded {
  readonly path: string;
  readonly size: number;
  /** Requests with bytes that it took: 0 where it was there already. */
  readonly sent: number;
  /** Parts that an earlier try had left. */
  readonly found: number;
}

const MB = 2 ** 20;
const PART_BYTES_MIN = 5 * MB;
const PARTS_MAX = 10_000;
/** What was sent already is worth a minute of waiting. */
const PATIENT_TRIES = 8;
export const UPLOAD_LIMITS: S3UploadLimits = { parallel: 4, partBytes: 8 * MB };

interface Part {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

export class S3Upload {
  readonly #client: S3Client;
  readonly #limits: S3UploadLimits;
  readonly #gate: Gate;

  constructor(client: S3Client, limits: S3UploadLimits = UPLOAD_LIMITS) {
    if (!(limits.partBytes >= PART_BYTES_MIN)) {
      throw new SluiceError('task.option', { what: 'partBytes', value: String(limits.partBytes) });
    }
    this.#client = client;
    this.#limits = limits;
    this.#gate = new Gate(limits.parallel);
  }

  /** Resolves when the object is there, whole. Rejects with `files.*` or the signal's reason. */
  async put(order: UploadOrder): Promise<Uploaded> {
    const { source, path } = order;
    const partBytes = partBytesOf(source.size, this.#limits.partBytes);
    if (source.size <= partBytes) {
      const bytes = await source.read(0, source.size);
      await this.#gate.pass(() => this.#putWhole(order, bytes));
      order.onProgress?.(source.size, source.size);
      return { path, size: source.size, sent: 1, found: 0 };
    }
    return new PartedUpload(this.#client, this.#gate, order, partBytes).run();
  }

  async #putWhole({ path, contentType, signal }: UploadOrder, body: Uint8Array): Promise<void> {
    const url = objectUrl(this.#client.to, this.#client.to.prefix + path);
    const headers = { 'content-type': contentType, 'x-amz-checksum-crc32': crcOf(body) };
    await this.#client.ask({ method: 'PUT', url, headers, body, signal });
  }
}

class PartedUpload {
  readonly #client: S3Client;
  readonly #gate: Gate;
  readonly #order: UploadOrder;
  readonly #key: string;
  readonly #url: string;
  readonly #parts: readonly Part[];
  readonly #there = new Map<number, { readonly etag: string; readonly crc: string }>();
  #withCrc = true;
  #uploadId = '';
  #doneBytes = 0;
  #sent = 0;

  constructor(client: S3Client, gate: Gate, order: UploadOrder, partBytes: number) {
    this.#client = client;
    this.#gate = gate;
    this.#order = order;
    this.#key = client.to.prefix + order.path;
    this.#url = objectUrl(client.to, this.#key);
    this.#parts = partsIn(order.source.size, partBytes);
  }

  async run(): Promise<Uploaded> {
    const { path, source } = this.#order;
    if (await this.#isThere()) {
      this.#order.onProgress?.(source.size, source.size);
      return { path, size: source.size, sent: 0, found: this.#parts.length };
    }
    const others = await this.#begin();
    const found = this.#there.size;
    const missing = this.#parts.filter(({ number }) => !this.#there.has(number));
    await allOrFirst(missing, this.#gate.size, (part) => this.#send(part));
    await this.#complete();
    // Begun before and overtaken: they would be paid for until somebody looks.
    for (const other of others) await abortUpload(this.#client, other);
    return { path, size: source.size, sent: this.#sent, found };
  }

  /** Whether the object is there from before, equal part by part. */
  async #isThere(): Promise<boolean> {
    const { source, signal } = this.#order;
    const head = await this.#client.ask(
      { method: 'HEAD', url: this.#url, tries: PATIENT_TRIES, signal },
      '404',
    );
    const etag = head.headers.get('etag')?.replaceAll('"', '') ?? '';
    const suffix = `-${this.#parts.length}`;
    if (head.status === 404 || !etag.endsWith(suffix)) return false;
    if (Number(head.headers.get('content-length')) !== source.size) return false;
    const digest = createHash('md5');
    for (const { from, to } of this.#parts) {
      signal?.throwIfAborted();
      digest.update(
        createHash('md5')
          .update(await source.read(from, to))
          .digest(),
      );
    }
    return etag === digest.digest('hex') + suffix;
  }

  /** Goes on with the upload of this key that has most, or begins one; the other ones it found. */
  async #begin(): Promise<readonly BegunUpload[]> {
    const { signal } = this.#order;
    const begun = (await begunUploads(this.#client, this.#key, { signal })).filter(
      ({ key }) => key === this.#key,
    );
    let best: { readonly upload: BegunUpload; readonly parts: readonly SentPart[] } | undefined;
    for (const upload of begun) {
      const parts = await partsOf(this.#client, upload, signal);
      if (best === undefined || parts.length > best.parts.length) best = { upload, parts };
    }
    if (best === undefined) {
      this.#uploadId = await this.#create();
      return [];
    }
    this.#uploadId = best.upload.uploadId;
    this.#withCrc = best.upload.withCrc;
    for (const part of best.parts) await this.#recognise(part);
    return begun.filter((upload) => upload !== best.upload);
  }

  async #create(): Promise<string> {
    const { contentType, signal } = this.#order;
    const { text } = await this.#client.ask({
      method: 'POST',
      url: `${this.#url}?uploads=`,
      headers: { 'content-type': contentType, 'x-amz-checksum-algorithm': 'CRC32' },
      tries: PATIENT_TRIES,
      signal,
    });
    const uploadId = inTag(text, 'UploadId');
    if (uploadId === undefined) throw this.#client.refusal(text);
    return uploadId;
  }

  /** Takes a part as sent where it holds what the source holds there now. */
  async #recognise({ number, size, etag, crc }: SentPart): Promise<void> {
    const part = this.#parts[number - 1];
    if (part === undefined || size !== part.to - part.from) return;
    const { source, signal } = this.#order;
    signal?.throwIfAborted();
    const bytes = await source.read(part.from, part.to);
    const same =
      crc === undefined
        ? etag.replaceAll('"', '') === createHash('md5').update(bytes).digest('hex')
        : crc === crcOf(bytes);
    if (same) this.#have(part, etag, crcOf(bytes));
  }

  #send(part: Part): Promise<void> {
    return this.#gate.pass(async () => {
      const { source, signal } = this.#order;
      signal?.throwIfAborted();
      const body = await source.read(part.from, part.to);
      const crc = crcOf(body);
      const id = encodeURIComponent(this.#uploadId);
      const { headers } = await this.#client.ask({
        method: 'PUT',
        url: `${this.#url}?partNumber=${part.number}&uploadId=${id}`,
        headers: this.#withCrc ? { 'x-amz-checksum-crc32': crc } : {},
        body,
        tries: PATIENT_TRIES,
        signal,
      });
      this.#sent += 1;
      this.#have(part, headers.get('etag') ?? '', crc);
    });
  }

  #have(part: Part, etag: string, crc: string): void {
    this.#there.set(part.number, { etag, crc });
    this.#doneBytes += part.to - part.from;
    this.#order.onProgress?.(this.#doneBytes, this.#order.source.size);
  }

  async #complete(): Promise<void> {
    const parts = this.#parts.map(({ number }) => {
      const { etag = '', crc = '' } = this.#there.get(number) ?? {};
      const tag = etag.replaceAll('"', '&quot;');
      const check = this.#withCrc ? `<ChecksumCRC32>${crc}</ChecksumCRC32>` : '';
      return `<Part><PartNumber>${number}</PartNumber><ETag>${tag}</ETag>${check}</Part>`;
    });
    const xml = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    const { text, status } = await this.#client.ask(
      {
        method: 'POST',
        url: `${this.#url}?uploadId=${encodeURIComponent(this.#uploadId)}`,
        headers: { 'content-type': 'application/xml' },
        body: Buffer.from(xml),
        tries: PATIENT_TRIES,
        signal: this.#order.signal,
      },
      'NoSuchUpload',
    );
    // An answer that was lost on its way, and the same asked again: it may be done.
    if (status === 404 && (await this.#isThere())) return;
    // Storage may find out late, after its 200.
    if (status !== 200 || eachTag(text, 'Error').length > 0) throw this.#client.refusal(text);
  }
}

/** So many at once, in the order in which they come. */
class Gate {
  readonly size: number;
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.size = size;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active >= this.size) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#active += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active -= 1;
      else next();
    }
  }
}

/** Bytes that are in memory. They must not change meanwhile. */
export function inMemory(bytes: Uint8Array): UploadSource {
  return { size: bytes.length, read: async (from, to) => bytes.subarray(from, to) };
}

/** Works on items, so many ahead; where one fails, the others end before it is told. */
async function allOrFirst<T>(
  items: readonly T[],
  ahead: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    while (next < items.length && failure === undefined) {
      const item = items[next++] as T;
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: ahead }, worker));
  if (failure) throw failure.error;
}

function partsIn(size: number, partBytes: number): readonly Part[] {
  return Array.from({ length: Math.ceil(size / partBytes) }, (_, at) => ({
    number: at + 1,
    from: at * partBytes,
    to: Math.min(size, (at + 1) * partBytes),
  }));
}

function partBytesOf(size: number, wanted: number): number {
  return Math.max(wanted, Math.ceil(size / PARTS_MAX / MB) * MB);
}

/** As the header has it: four bytes, base64. */
function crcOf(bytes: Uint8Array): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}
