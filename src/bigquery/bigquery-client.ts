/**
 * BigQuery's REST interface: the few calls that Sluice needs, each cancellable. What passes is
 * tried again a few times here, 403 `rateLimitExceeded` among it, so every call that changes
 * something must bear being made twice: jobs have names, tables are there or not.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { BigQueryError, errorOfAnswer, GoogleCredentialsError } from './bigquery-error.ts';
import { KeyFileTokens, NO_TOKENS, type TokenSource } from './google-token.ts';
import { type Send, type SentRequest, sender } from './send.ts';

export interface BigQueryAccess {
  /** Address of the service; '' = Google's. */
  readonly url: string;
  /** Key file of an account; '' = none, which only a service of one's own accepts. */
  readonly keyFile: string;
}

export interface BigQueryParts {
  readonly clock: Clock;
  readonly random: Random;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly contentType?: string;
  readonly body?: Buffer;
  readonly signal: AbortSignal | undefined;
}

const GOOGLE = 'https://bigquery.googleapis.com';
const TRIES = 5;
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 8_000;

export class BigQueryClient {
  readonly #base: string;
  readonly #parts: BigQueryParts;
  readonly #send: Send;
  readonly #tokens: TokenSource;

  constructor({ url, keyFile }: BigQueryAccess, parts: BigQueryParts) {
    this.#base = (url || GOOGLE).replace(/\/+$/, '');
    this.#parts = parts;
    this.#send = sender(parts.clock);
    this.#tokens =
      keyFile === ''
        ? url === ''
          ? NO_KEY
          : NO_TOKENS
        : new KeyFileTokens(keyFile, { clock: parts.clock, send: this.#send });
  }

  get clock(): Clock {
    return this.#parts.clock;
  }

  /** `path` follows `projects/`. All reject with BigQueryError and GoogleCredentialsError. */
  get<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
    return this.#call({ method: 'GET', url: this.#url(path, query), signal });
  }

  /** `body` as a function is made anew for each try. */
  post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    const url = this.#url(path, {});
    if (typeof body !== 'function')
      return this.#call({ method: 'POST', url, ...json(body), signal });
    return this.#call(() => ({ method: 'POST', url, ...json(body()), signal }));
  }

  patch<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.#call({ method: 'PATCH', url: this.#url(path, {}), ...json(body), signal });
  }

  async delete(path: string, signal?: AbortSignal): Promise<void> {
    await this.#call({ method: 'DELETE', url: this.#url(path, {}), signal });
  }

  /** A load job with its file, in one request. */
  upload<T>(project: string, job: unknown, bytes: Buffer, signal?: AbortSignal): Promise<T> {
    const boundary = `sluice-${randomUUID()}`;
    const part = (type: string) => `--${boundary}\r\ncontent-type: ${type}\r\n\r\n`;
    const body = Buffer.concat([
      Buffer.from(`${part('application/json')}${JSON.stringify(job)}\r\n`),
      Buffer.from(part('application/octet-stream')),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const path = `projects/${encodeURIComponent(project)}/jobs`;
    const url = new URL(`${this.#base}/upload/bigquery/v2/${path}?uploadType=multipart`);
    const contentType = `multipart/related; boundary=${boundary}`;
    return this.#call({ method: 'POST', url, contentType, body, signal });
  }

  /** Waits before the next try; longer with each. */
  pause(tries: number, signal?: AbortSignal, atLeastMs = 0): Promise<void> {
    const { clock, random } = this.#parts;
    const ceilingMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** tries);
    return clock.sleep(Math.max(atLeastMs, ceilingMs * (0.5 + random.next() / 2)), signal);
  }

  #url(path: string, query: Query): URL {
    const url = new URL(`${this.#base}/bigquery/v2/projects/${path}`);
    url.searchParams.set('prettyPrint', 'false');
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async #call<T>(made: Call | (() => Call)): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const call = typeof made === 'function' ? made() : made;
      try {
        return await this.#once<T>(call);
      } catch (error) {
        const isLast = tries === TRIES || !(error instanceof BigQueryError) || !error.isBrief;
        // A place that asks for a long rest is left to whoever can wait without holding anything.
        const restMs = error instanceof BigQueryError ? (error.retryAfterMs ?? 0) : 0;
        if (isLast || restMs > PAUSE_MS_MAX) throw error;
        await this.pause(tries, call.signal, restMs);
      }
    }
  }

  async #once<T>(call: Call, isAgain = false): Promise<T> {
    const token = await this.#tokens.token(call.signal);
    const { method, url, contentType, body, signal } = call;
    const request: SentRequest = {
      method,
      url: url.href,
      headers: {
        accept: 'application/json',
        ...(contentType !== undefined && { 'content-type': contentType }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body }),
      signal,
    };
    const { status, text, retryAfter } = await this.#send(request);
    if (status >= 200 && status < 300) return parsed<T>(text, url);
    // It may have ended before its time.
    if (status === 401 && token !== undefined && !isAgain) {
      this.#tokens.forget(token);
      return this.#once<T>(call, true);
    }
    const error = errorOfAnswer(status, text, retryAfter);
    throw status === 401 ? new GoogleCredentialsError(error.message) : error;
  }
}

const NO_KEY: TokenSource = {
  token: () => {
    const detail = 'no key file is named: set googleKeyFile (GOOGLE_APPLICATION_CREDENTIALS)';
    return Promise.reject(new GoogleCredentialsError(detail));
  },
  forget: () => {},
};

function json(body: unknown): Pick<Call, 'contentType' | 'body'> {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
}

function parsed<T>(text: string, url: URL): T {
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    const message = `${url.host} answers with something else than JSON`;
    throw new BigQueryError({ status: 0, reason: '', message }, { cause });
  }
}
