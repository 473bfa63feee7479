import type { Dispatcher } from 'undici';
import { AbortCause } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { Placed, Slab } from '../base/slab.ts';
import {
  type BodyError,
  type BodyListener,
  type BodyReader,
  type Coding,
  contentCodings,
  createBodyReader,
} from './body-reader.ts';
import { StreamReader } from './body-stream.ts';
import type { Connection, ConnectionPool } from './connection-pool.ts';
import { bodyTooLarge, exchangeError, isConnectionLoss } from './fetch-errors.ts';
import type { FetchReply, FetchRequest } from './fetcher.ts';
import type { TimeoutWheel, WheelEntry } from './timeout-wheel.ts';

/**
 * One exchange, from wanting a connection to the last byte. It is the handler that undici calls and
 * its own entry in the time-out wheel, so that an ordinary exchange allocates little.
 *
 *   queued ──turn──▶ connecting ──socket──▶ sending ──headers──▶ reading ──last byte──▶ ended
 *      └──idle connection──────────────────────▲ └──stale──▶ connecting (once)
 *
 * Every state may end by failure, abort or time-out, through `fail` alone: the connection is closed
 * then, since nobody knows what is still on its way.
 */
export interface ExchangeContext {
  readonly clock: Clock;
  readonly pool: ConnectionPool;
  readonly wheel: TimeoutWheel;
  readonly running: Slab<Exchange>;
  readonly defaultHeaders: readonly (readonly [name: string, value: string])[];
  readonly headerBytesMax: number;
}

type State = 'queued' | 'connecting' | 'sending' | 'reading' | 'ended';

const TIMEOUT_CODES = {
  connecting: 'fetch.timeout_connect',
  sending: 'fetch.timeout_headers',
  reading: 'fetch.timeout_body',
} as const;

/** Methods that may be sent again when an idle connection turns out to be closed. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Exchange implements Dispatcher.DispatchHandler, WheelEntry, BodyListener, Placed {
  place = -1;
  dueMs = 0;
  next: WheelEntry | undefined = undefined;
  prev: WheelEntry | undefined = undefined;
  readonly #context: ExchangeContext;
  readonly #request: FetchRequest;
  readonly #signal: AbortSignal;
  readonly #resolve: (reply: FetchReply) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #onAbort = (): void => this.fail(this.#signal.reason);
  #state: State = 'queued';
  #startMs = 0;
  #deadlineMs = 0;
  #sentMs = 0;
  #headersMs = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  #connection: Connection | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #cancelDial: (() => void) | undefined;
  #reader: BodyReader | undefined;
  /** The same, where the body is taken while it comes. */
  #stream: StreamReader | undefined;
  /** A byte of an answer has come on this connection. */
  #answered = false;
  #repeated = false;

  constructor(
    context: ExchangeContext,
    request: FetchRequest,
    signal: AbortSignal,
    resolve: (reply: FetchReply) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#context = context;
    this.#request = request;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { clock, pool, running } = this.#context;
    this.#startMs = clock.monoMs();
    this.#deadlineMs = this.#startMs + this.#request.deadlineMs;
    running.add(this);
    this.#signal.addEventListener('abort', this.#onAbort);
    const idle = pool.take(this.#key());
    if (idle === undefined) {
      this.#dial();
    } else {
      this.#rearm(this.#startMs + this.#request.timeoutMs);
      this.#send(idle);
    }
  }

  /** Ends the exchange with a reason, unless it has ended. */
  fail(reason: unknown): void {
    if (this.#state === 'ended') return;
    this.#end();
    this.#reader?.destroy();
    this.#cancelDial?.();
    if (this.#connection !== undefined) this.#context.pool.discard(this.#connection);
    this.#stream?.finish(reason);
    this.#reject(reason);
  }

  expire(nowMs: number): void {
    const state = this.#state;
    if (state === 'ended') return;
    const host = this.#request.url.host;
    // It is the reader that takes its time.
    if (this.#stream?.full && nowMs < this.#deadlineMs) {
      this.#rearm(nowMs + this.#request.timeoutMs);
      return;
    }
    if (nowMs >= this.#deadlineMs || state === 'queued') {
      const limit = formatDuration(this.#request.deadlineMs);
      this.fail(new SluiceError('fetch.deadline', { host, limit }));
    } else {
      const limit = formatDuration(this.#request.timeoutMs);
      this.fail(new SluiceError(TIMEOUT_CODES[state], { host, limit }));
    }
  }

  /**
   * The last that is called before the request is written: a connection whose answer has just come
   * takes the next request a turn of the event loop later, and the process may have stood still in
   * between.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sentMs = this.#context.clock.monoMs() - this.#startMs;
    if (this.#request.mayGo?.() !== false) return;
    const fenced = new SluiceError('cluster.fenced');
    // First, or the connection would seem to be lost.
    this.fail(fenced);
    controller.abort(fenced);
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 1xx says only that an answer will come; it buys no time.
    if (this.#state === 'ended' || status < 200) return;
    this.#state = 'reading';
    this.#headersMs = this.#touch() - this.#startMs;
    this.#status = status;
    this.#headers = flatHeaders(headers);
    const { url, bodyBytesMax, method } = this.#request;
    const codings = contentCodings(this.#headers['content-encoding']);
    if (codings === undefined) {
      const detail = 'it is compressed too many times over';
      this.fail(new SluiceError('fetch.body_corrupt', { host: url.host, detail }));
      return;
    }
    const announced = Number(this.#headers['content-length'] ?? 0);
    if (announced > bodyBytesMax && codings.length === 0 && method !== 'HEAD' && status !== 304) {
      this.fail(bodyTooLarge(url.host, bodyBytesMax));
      return;
    }
    if (this.#request.stream) this.#startStream(codings, bodyBytesMax);
    else this.#reader = createBodyReader(codings, bodyBytesMax, this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#state !== 'reading') return;
    this.#touch();
    if (this.#reader?.write(chunk) === false) controller.pause();
  }

  onRoom(): void {
    if (this.#state !== 'reading') return;
    this.#touch();
    this.#controller?.resume();
  }

  onResponseEnd(): void {
    if (this.#state !== 'reading') return;
    const connection = this.#connection as Connection;
    this.#connection = undefined;
    // undici decides after this call whether the connection can serve again.
    queueMicrotask(() => this.#context.pool.release(connection));
    this.#reader?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#state === 'ended') return;
    const connection = this.#connection;
    const reused = connection !== undefined && connection.exchanges > 1 && !this.#answered;
    const repeatable = !this.#repeated && SAFE_METHODS.has(this.#request.method);
    if (reused && repeatable && isConnectionLoss(error)) {
      this.#repeated = true;
      this.#connection = undefined;
      this.#context.pool.discard(connection);
      this.#dial();
      return;
    }
    const { host } = this.#request.url;
    const answering = this.#state === 'reading';
    this.fail(exchangeError(error, host, answering, this.#context.headerBytesMax));
  }

  onBody(body: Uint8Array): void {
    if (this.#state === 'ended') return;
    this.#end();
    if (this.#stream) this.#stream.finish();
    else this.#answer(body);
  }

  #startStream(codings: readonly Coding[], bodyBytesMax: number): void {
    const onCancel = () => this.fail(new AbortCause('abort', 'the body was cancelled'));
    this.#stream = new StreamReader(codings, bodyBytesMax, this, onCancel);
    this.#reader = this.#stream;
    this.#answer(new Uint8Array(0));
  }

  #answer(body: Uint8Array): void {
    this.#resolve({
      url: this.#request.url.href,
      status: this.#status,
      headers: this.#headers,
      body,
      sentMs: this.#sentMs,
      headersMs: this.#headersMs,
      ...(this.#stream && { stream: this.#stream }),
      totalMs: this.#context.clock.monoMs() - this.#startMs,
      wireBytes: this.#reader?.wireBytes ?? 0,
    });
  }

  onBodyError(error: BodyError): void {
    const { url, bodyBytesMax } = this.#request;
    this.fail(
      error.kind === 'too-large'
        ? bodyTooLarge(url.host, bodyBytesMax)
        : new SluiceError('fetch.body_corrupt', { host: url.host, detail: error.detail }),
    );
  }

  #key(): string {
    return `${this.#request.url.protocol}//${this.#request.url.host}`;
  }

  #dial(): void {
    const { url } = this.#request;
    const secure = url.protocol === 'https:';
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    this.#state = 'queued';
    this.#rearm(this.#deadlineMs);
    this.#cancelDial = this.#context.pool.dial(
      this.#key(),
      { secure, host: url.hostname, port },
      () => {
        this.#state = 'connecting';
        this.#rearm(this.#context.clock.monoMs() + this.#request.timeoutMs);
      },
      (error, connection) => {
        this.#cancelDial = undefined;
        if (connection === undefined) this.fail(error);
        else if (this.#state === 'ended') this.#context.pool.release(connection);
        else this.#send(connection);
      },
    );
  }

  #send(connection: Connection): void {
    const { url, method, body } = this.#request;
    this.#state = 'sending';
    this.#answered = false;
    this.#touch();
    this.#connection = connection;
    connection.exchanges += 1;
    connection.client.dispatch(
      {
        path: url.pathname + url.search,
        method,
        headers: this.#headerList(),
        body: body ?? null,
        // Fixed, or undici would take it from a Host header and dial anew.
        ...{ servername: url.hostname },
      },
      this,
    );
  }

  /** For a due time that may be earlier than the present one. */
  #rearm(dueMs: number): void {
    this.#context.wheel.remove(this);
    this.dueMs = Math.min(dueMs, this.#deadlineMs);
    this.#context.wheel.add(this);
  }

  /** Something came: the next thing may take `timeoutMs` again. */
  #touch(): number {
    const nowMs = this.#context.clock.monoMs();
    this.dueMs = Math.min(nowMs + this.#request.timeoutMs, this.#deadlineMs);
    return nowMs;
  }

  #headerList(): string[] {
    const { headers, url } = this.#request;
    const list: string[] = [];
    for (const [name, value] of this.#context.defaultHeaders) {
      if (!Object.hasOwn(headers, name)) list.push(name, value);
    }
    for (const name of Object.keys(headers)) list.push(name, headers[name] as string);
    if (url.username !== '' && !Object.hasOwn(headers, 'authorization')) {
      list.push('authorization', basicAuthorization(url));
    }
    return list;
  }

  #end(): void {
    this.#state = 'ended';
    this.#context.running.delete(this);
    this.#context.wheel.remove(this);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

function basicAuthorization(url: URL): string {
  const pair = `${unescaped(url.username)}:${unescaped(url.password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Repeated headers joined; no prototype, so that no header's name means anything else. */
function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = Object.create(null);
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    flat[name] = typeof value === 'string' ? value : (value ?? []).join(', ');
  }
  return flat;
}
