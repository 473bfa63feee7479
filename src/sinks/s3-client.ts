/**
 * Requests to S3-compatible storage: signed, sent again where it is overloaded or the connection
 * breaks, and its refusals told in words. A body is sent as it is, with its length and its SHA-256
 * in the signed headers: the storage refuses what arrived otherwise, and no server is met that
 * keeps the framing of a chunked upload as if it were the file.
 */
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { S3Place } from './s3-place.ts';

const TRIES = 4;
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 20_000;
const TIMEOUT_MS = 30_000;
/** A body may take this much longer. */
const MS_PER_MB = 2_000;
const ERROR_CHARS_MAX = 16_384;
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Said with other statuses, or with 200, and soon over all the same. */
const TRANSIENT_CODES = new Set([
  'InternalError',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
]);

export interface S3Parts {
  readonly clock: Clock;
  readonly random: Random;
}

export interface S3Request {
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Default: 4, in some seconds. */
  readonly tries?: number;
  /** Gives it up, also while it waits to be sent again. */
  readonly signal?: AbortSignal | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class S3Client {
  readonly to: S3Place;
  /** For people. */
  readonly place: string;
  readonly #parts: S3Parts;

  constructor(to: S3Place, parts: S3Parts) {
    this.to = to;
    this.#parts = parts;
    this.place = `s3://${to.bucket}/${to.prefix}`;
  }

  nowMs(): number {
    return this.#parts.clock.wallMs();
  }

  /** The answer with its text; one that says 200 and holds an error is an error. */
  async ask(request: S3Request, ...expected: readonly string[]): Promise<S3Answer> {
    const response = await this.send(request, ...expected);
    const { status, headers, ok } = response;
    // An error that was expected has been read to know it.
    const text = ok && request.method !== 'HEAD' ? await response.text() : '';
    return { status, headers, text };
  }

  /**
   * The answer, once it is one: of success, or an error of those that are expected, by its code or
   * its status. Rejects with `files.refused` or `files.unreachable`.
   */
  async send(request: S3Request, ...expected: readonly string[]): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      request.signal?.throwIfAborted();
      const last = tries === (request.tries ?? TRIES);
      let response: Response | undefined;
      try {
        response = await this.#exchange(request);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (last) throw this.#unreachable(causeOf(error), error);
      }
      if (response?.ok) return response;
      if (response !== undefined) {
        const failure = await errorOf(response);
        if (expected.includes(failure.code) || expected.includes(String(response.status))) {
          return response;
        }
        if (!TRANSIENT.has(response.status) && !TRANSIENT_CODES.has(failure.code)) {
          throw this.#refused(response, failure);
        }
        if (last) throw this.#unreachable(`it answers ${response.status} ${failure.words}`);
      }
      const ceilingMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** tries);
      const pauseMs = ceilingMs * (0.5 + this.#parts.random.next() / 2);
      await this.#parts.clock.sleep(pauseMs, request.signal);
    }
  }

  /** What the storage says against something, where it said so with a status of success. */
  refusal(text: string): SluiceError {
    const words = [inTag(text, 'Code'), inTag(text, 'Message')].filter(Boolean).join(': ');
    return new SluiceError('files.refused', { place: this.place, detail: words });
  }

  async #exchange({ method, url, headers, body, signal }: S3Request): Promise<Response> {
    const { clock } = this.#parts;
    const { keyId, keySecret, sessionToken, region } = this.to;
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
        ...(body === undefined ? {} : { body: unshared(body) }),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal,
      });
    } finally {
      timer.cancel();
    }
  }

  #refused(response: Response, { words }: S3Failure): SluiceError {
    const region = response.headers.get('x-amz-bucket-region');
    const elsewhere = region && region !== this.to.region ? `; the bucket is in ${region}` : '';
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

/** The text in the first of such a tag; entities of XML are read. */
export function inTag(xml: string, tag: string): string | undefined {
  const text = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1];
  return text?.replace(/&(quot|apos|lt|gt|amp|#34|#39);/g, (whole, name: string) => {
    return ENTITIES[name] ?? whole;
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  amp: '&',
  '#34': '"',
  '#39': "'",
};

/** What is in each of such a tag. */
export function eachTag(xml: string, tag: string): readonly string[] {
  const all = xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'));
  return [...all].map(([, inner = '']) => inner);
}

function sha256(body: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(body ?? '')
    .digest('hex');
}

/** A view that is not shared with another thread: what fetch takes. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** `fetch failed` has the reason as its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause instanceof AggregateError ? cause.errors[0] : cause);
}
