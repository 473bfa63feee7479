/**
 * Files in S3-compatible storage. A body is sent as it is, with its length and its SHA-256 in the
 * signed headers: the storage refuses what arrived otherwise, and no server is met that keeps the
 * framing of a chunked upload as if it were the file. An object is there whole or not at all.
 */
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { type BlobStore, hasStem, type NewBlob, type StoredBlob } from './blob-store.ts';
import { objectUrl, type S3Place } from './s3-place.ts';

const TRIES = 4;
const PAUSE_MS = 250;
const TIMEOUT_MS = 30_000;
/** A body may take this much longer. */
const MS_PER_MB = 2_000;
/** A stem has one object, or a few where equal bytes came with several extensions at once. */
const FOUND_MAX = 10;
const ERROR_CHARS_MAX = 16_384;
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

export interface S3Parts {
  readonly clock: Clock;
  readonly random: Random;
}

interface S3Request {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

export class S3BlobStore implements BlobStore {
  readonly place: string;
  readonly #to: S3Place;
  readonly #parts: S3Parts;

  private constructor(to: S3Place, parts: S3Parts) {
    this.#to = to;
    this.#parts = parts;
    this.place = `s3://${to.bucket}/${to.prefix}`;
  }

  /** Looks into the bucket, so that a wrong key or name is known before anything is stored. */
  static async open(to: S3Place, parts: S3Parts): Promise<S3BlobStore> {
    const store = new S3BlobStore(to, parts);
    await store.#list('', 1);
    return store;
  }

  async find(stem: string): Promise<StoredBlob | undefined> {
    const folder = stem.slice(0, stem.lastIndexOf('/') + 1);
    for (const { name, size } of await this.#list(stem, FOUND_MAX)) {
      const path = folder + name;
      if (hasStem(path, stem)) return { path, size };
    }
    return undefined;
  }

  async write({ path, bytes, contentType }: NewBlob): Promise<void> {
    // A view that is not shared with another thread: what fetch takes.
    const body = new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    const url = objectUrl(this.#to, this.#to.prefix + path);
    const response = await this.#send({
      method: 'PUT',
      url,
      headers: { 'content-type': contentType },
      body,
    });
    await response.body?.cancel();
  }

  async read(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const url = objectUrl(this.#to, this.#to.prefix + path);
    const response = await this.#send({ method: 'GET', url }, 'NoSuchKey');
    if (response.status === 404) return undefined;
    return response.body ?? new Response('').body ?? undefined;
  }

  /** Names after the last `/`, with sizes, of keys that begin with `prefix`. */
  async #list(prefix: string, limit: number): Promise<readonly { name: string; size: number }[]> {
    const key = encodeURIComponent(this.#to.prefix + prefix);
    const url = `${this.#to.base.href}?list-type=2&max-keys=${limit}&prefix=${key}`;
    const text = await (await this.#send({ method: 'GET', url })).text();
    return [...text.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry = '']) => {
      const path = inTag(entry, 'Key') ?? '';
      return { name: path.slice(path.lastIndexOf('/') + 1), size: Number(inTag(entry, 'Size')) };
    });
  }

  /** The answer, once it is one: of success, or the error that is expected. */
  async #send(request: S3Request, expected?: string): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      const last = tries === TRIES;
      let response: Response | undefined;
      try {
        response = await this.#exchange(request);
      } catch (error) {
        if (last) throw this.#unreachable(causeOf(error), error);
      }
      if (response?.ok) return response;
      if (response !== undefined) {
        const failure = await errorOf(response);
        if (expected !== undefined && failure.code === expected) return response;
        if (!TRANSIENT.has(response.status) && failure.code !== 'RequestTimeout') {
          throw this.#refused(response, failure);
        }
        if (last) throw this.#unreachable(`it answers ${response.status} ${failure.words}`);
      }
      const ceilingMs = PAUSE_MS * 2 ** tries;
      await this.#parts.clock.sleep(ceilingMs * (0.5 + this.#parts.random.next() / 2));
    }
  }

  async #exchange({ method, url, headers, body }: S3Request): Promise<Response> {
    const { clock } = this.#parts;
    const { keyId, keySecret, sessionToken, region } = this.#to;
    const signed = await new AwsV4Signer({
      method,
      url,
      headers: { ...headers, 'x-amz-content-sha256': sha256(body) },
      service: 's3',
      region,
      accessKeyId: keyId,
      secretAccessKey: keySecret,
      ...(sessionToken === '' ? {} : { sessionToken }),
      datetime: new Date(clock.wallMs()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    }).sign();
    const deadline = new AbortController();
    const limitMs = TIMEOUT_MS + (MS_PER_MB * (body?.length ?? 0)) / 2 ** 20;
    const timer = clock.after(limitMs, () => deadline.abort(new Error('it does not answer')));
    try {
      return await fetch(url, {
        method,
        headers: signed.headers,
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal: deadline.signal,
      });
    } finally {
      timer.cancel();
    }
  }

  #refused(response: Response, { words }: S3Failure): SluiceError {
    const region = response.headers.get('x-amz-bucket-region');
    const elsewhere = region && region !== this.#to.region ? `; the bucket is in ${region}` : '';
    const detail = `${response.status} ${words}${elsewhere}`;
    return new SluiceError('files.refused', { place: this.place, detail });
  }

  #unreachable(detail: string, cause?: unknown): SluiceError {
    return new SluiceError('files.unreachable', { place: this.place, detail }, { cause });
  }
}

interface S3Failure {
  /** As the storage names it: `NoSuchBucket`. */
  readonly code: string;
  readonly words: string;
}

async function errorOf(response: Response): Promise<S3Failure> {
  const text = (await response.text().catch(() => '')).slice(0, ERROR_CHARS_MAX);
  const code = inTag(text, 'Code') ?? '';
  const message = inTag(text, 'Message')?.replace(/\.$/, '') ?? '';
  const words = [code, message].filter((part) => part !== '').join(': ');
  return { code, words: words || response.statusText || 'without a word' };
}

function inTag(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
}

function sha256(body: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(body ?? '')
    .digest('hex');
}

/** `fetch failed` has the reason as its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause instanceof AggregateError ? cause.errors[0] : cause);
}
