/**
 * What an attempt has sent and got, in case it is kept: the first requests and the last ones, and
 * how many bytes came in all. Held as it is, and written out only for attempts that are kept, then
 * without what is secret: of headers only those on a list are told, of an address neither a login
 * nor what looks like a key.
 */
import { hideSecrets } from '../base/hide-secrets.ts';
import { plainUrl } from '../base/plain-url.ts';
import type { AttemptRecord, KeptExchange } from '../model/attempt-record.ts';
import type { Failure } from '../model/failure.ts';
import type { FetchRequest } from '../transport/fetcher.ts';

/** The first one says what it was about, the last ones why it ended. */
const FIRST_KEPT = 1;
const LAST_KEPT = 3;
const URL_CHARS_MAX = 500;
const HEADER_CHARS_MAX = 200;
const HEADERS_MAX = 12;
/** A shorter one would hide words that are none of it. */
const SECRET_CHARS_MIN = 6;

const REQUEST_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'content-length',
  'if-modified-since',
  'if-none-match',
  'range',
  'user-agent',
]);
const RESPONSE_HEADERS = new Set([
  'age',
  'cache-control',
  'cf-ray',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'server',
  'via',
  'x-request-id',
]);
const LIMIT_HEADER = /^(?:x-)?rate-?limit/;
export interface Exchange {
  readonly request: Pick<FetchRequest, 'method' | 'url' | 'headers'>;
  readonly reply:
    | { readonly status: number; readonly headers: Readonly<Record<string, string>> }
    | undefined;
  readonly wireBytes: number;
  readonly failure: Failure | undefined;
  /** Whose secret is not told, wherever it stands. */
  readonly account: { readonly secret: unknown } | undefined;
  /** Monotonic ms. */
  readonly startedMs: number;
  readonly headersMs: number | undefined;
  readonly tookMs: number;
  readonly waitedMs: number;
}

export class ExchangeTrace {
  #first: Exchange[] = [];
  #last: Exchange[] = [];
  #count = 0;
  #wireBytes = 0;

  get wireBytes(): number {
    return this.#wireBytes;
  }

  add(exchange: Exchange): void {
    this.#count += 1;
    this.#wireBytes += exchange.wireBytes;
    if (this.#first.length < FIRST_KEPT) this.#first.push(exchange);
    else {
      if (this.#last.length === LAST_KEPT) this.#last.shift();
      this.#last.push(exchange);
    }
  }

  /** `startedMs`: of the attempt, monotonic. */
  kept(startedMs: number): Pick<AttemptRecord, 'receivedBytes' | 'requests' | 'exchanges'> {
    return {
      receivedBytes: this.#wireBytes,
      requests: this.#count,
      exchanges: [...this.#first, ...this.#last].map((each) => keptExchange(each, startedMs)),
    };
  }
}

function keptExchange(exchange: Exchange, fromMs: number): KeptExchange {
  const { request, reply, failure, account, wireBytes, startedMs, headersMs } = exchange;
  const secrets = secretsOf(account?.secret);
  const hide = (text: string) => hideSecrets(text, ...secrets);
  return {
    method: request.method,
    url: hide(plainUrl(request.url)).slice(0, URL_CHARS_MAX),
    atMs: round(startedMs - fromMs),
    waitedMs: round(exchange.waitedMs),
    ...(headersMs === undefined ? {} : { headersMs: round(headersMs) }),
    tookMs: round(exchange.tookMs),
    bytes: wireBytes,
    requestHeaders: listed(request.headers, (name) => REQUEST_HEADERS.has(name), hide),
    ...(failure === undefined ? {} : { failure: failure.code }),
    ...(reply === undefined
      ? {}
      : {
          status: reply.status,
          headers: listed(reply.headers, isToldOfAnswer, hide),
        }),
  };
}

function isToldOfAnswer(name: string): boolean {
  return RESPONSE_HEADERS.has(name) || LIMIT_HEADER.test(name);
}

function listed(
  headers: Readonly<Record<string, string>>,
  isTold: (name: string) => boolean,
  hide: (text: string) => string,
): Readonly<Record<string, string>> {
  const told: Record<string, string> = {};
  let left = HEADERS_MAX;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!isTold(lower)) continue;
    if ((left -= 1) < 0) break;
    told[lower] = hide(String(value)).slice(0, HEADER_CHARS_MAX);
  }
  return told;
}

/** Every text in a secret, however it is made. */
function secretsOf(secret: unknown): readonly string[] {
  if (typeof secret === 'string') return secret.length < SECRET_CHARS_MIN ? [] : [secret];
  if (typeof secret !== 'object' || secret === null) return [];
  return Object.values(secret).flatMap(secretsOf);
}

/** To a tenth of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
