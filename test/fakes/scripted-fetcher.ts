import { AbortCause } from '../../src/base/abort.ts';
import type { Clock, Timer } from '../../src/base/clock.ts';
import { formatBytes, formatDuration } from '../../src/base/duration.ts';
import type { ErrorCode } from '../../src/base/error-table.ts';
import { SluiceError } from '../../src/base/errors.ts';
import type { Fetcher, FetchReply, FetchRequest } from '../../src/transport/fetcher.ts';

/**
 * A fetcher without a network: answers come from a function and time from a `Clock`, so a
 * simulation decides both. It keeps the port's promises (limits, codes, abort) and remembers what
 * was asked when, so that a test can say afterwards that no limit was broken.
 */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Time until the headers, ms; Infinity = never. Default 0. */
  readonly delayMs?: number;
  /** Time from the headers to the last byte, in one silence, ms; Infinity = never. Default 0. */
  readonly bodyDelayMs?: number;
  /** Fails with this code when the headers are due. */
  readonly fails?: ErrorCode;
}

/** undefined = there is no such host. */
export type AnswerScript = (request: FetchRequest) => ScriptedAnswer | undefined;

export interface ScriptedExchange {
  readonly method: string;
  readonly url: string;
  readonly startMs: number;
  /** undefined while under way. */
  endMs: number | undefined;
  /** Status, error code, or the kind of abort. */
  result: number | string | undefined;
}

export class ScriptedFetcher implements Fetcher {
  readonly exchanges: ScriptedExchange[] = [];
  readonly #clock: Clock;
  readonly #script: AnswerScript;
  readonly #running = new Set<(reason: unknown) => void>();
  #closed = false;

  constructor(clock: Clock, script: AnswerScript) {
    this.#clock = clock;
    this.#script = script;
  }

  get running(): number {
    return this.#running.size;
  }

  exchange(request: FetchRequest, signal: AbortSignal): Promise<FetchReply> {
    const { url } = request;
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(closedCause());
    if (request.mayGo?.() === false) return Promise.reject(new SluiceError('cluster.fenced'));
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      const detail = `${url.protocol} is not fetched`;
      return Promise.reject(new SluiceError('fetch.url_invalid', { url: url.href, detail }));
    }
    return new Promise((resolve, reject) => {
      const startMs = this.#clock.monoMs();
      const entry: ScriptedExchange = {
        method: request.method,
        url: url.href,
        startMs,
        endMs: undefined,
        result: undefined,
      };
      this.exchanges.push(entry);
      let timer: Timer | undefined;
      const end = (result: number | string) => {
        timer?.cancel();
        this.#running.delete(fail);
        signal.removeEventListener('abort', onAbort);
        entry.endMs = this.#clock.monoMs();
        entry.result = result;
      };
      const fail = (reason: unknown) => {
        end(reason instanceof SluiceError ? reason.code : 'aborted');
        reject(reason);
      };
      const onAbort = () => fail(signal.reason);
      const answer = this.#script(request);
      const { afterMs, error, headersMs } = fate(request, answer);
      this.#running.add(fail);
      signal.addEventListener('abort', onAbort, { once: true });
      timer = this.#clock.after(afterMs, () => {
        if (error !== undefined || answer === undefined) {
          fail(error);
          return;
        }
        const body = bytesOf(answer.body ?? '');
        const status = answer.status ?? 200;
        end(status);
        resolve({
          url: url.href,
          status,
          headers: { ...answer.headers },
          body: request.method === 'HEAD' ? new Uint8Array(0) : body,
          sentMs: 0,
          headersMs,
          totalMs: this.#clock.monoMs() - startMs,
          wireBytes: body.byteLength,
        });
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const fail of [...this.#running]) fail(closedCause());
  }
}

interface Fate {
  readonly afterMs: number;
  readonly headersMs: number;
  readonly error: SluiceError | undefined;
}

/** What comes first: the answer, a time-out or the deadline. */
function fate(request: FetchRequest, answer: ScriptedAnswer | undefined): Fate {
  const { host } = request.url;
  const { timeoutMs, deadlineMs } = request;
  if (answer === undefined) {
    return { afterMs: 0, headersMs: 0, error: new SluiceError('fetch.dns_not_found', { host }) };
  }
  const headersMs = answer.delayMs ?? 0;
  const bodyMs = answer.bodyDelayMs ?? 0;
  const limit = formatDuration(timeoutMs);
  const ends: Fate[] = [];
  const ending = (afterMs: number, error: SluiceError | undefined) =>
    ends.push({ afterMs, headersMs, error });
  ending(
    deadlineMs,
    new SluiceError('fetch.deadline', { host, limit: formatDuration(deadlineMs) }),
  );
  if (headersMs > timeoutMs) {
    ending(timeoutMs, new SluiceError('fetch.timeout_headers', { host, limit }));
  } else if (answer.fails !== undefined) {
    ending(headersMs, failure(answer.fails, host));
  } else if (bytesOf(answer.body ?? '').byteLength > request.bodyBytesMax) {
    const most = formatBytes(request.bodyBytesMax);
    ending(headersMs, new SluiceError('fetch.body_too_large', { host, limit: most }));
  } else if (bodyMs > timeoutMs) {
    ending(headersMs + timeoutMs, new SluiceError('fetch.timeout_body', { host, limit }));
  } else {
    ending(headersMs + bodyMs, undefined);
  }
  return ends.reduce((first, each) => (each.afterMs < first.afterMs ? each : first));
}

function failure(code: ErrorCode, host: string): SluiceError {
  const scripted = 'as the script says';
  return new SluiceError(code, {
    host,
    detail: scripted,
    reason: scripted,
    when: 'early',
    limit: 1,
  });
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

function closedCause(): AbortCause {
  return new AbortCause('abort', 'the fetcher is closed');
}
