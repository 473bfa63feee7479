/** One request and its whole answer, under a deadline that allows for the size of what is sent. */
import type { Clock } from '../base/clock.ts';
import { BigQueryError } from './bigquery-error.ts';
import { causeText } from './cause-text.ts';

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal?: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

/** Rejects with a BigQueryError of status 0, or with the signal's reason. */
export type Send = (request: SentRequest) => Promise<Reply>;

const TIMEOUT_MS = 60_000;
const MS_PER_MB = 5_000;

export function sender(clock: Clock, timeoutMs = TIMEOUT_MS): Send {
  return async ({ method, url, headers, body, signal }) => {
    signal?.throwIfAborted();
    const deadline = new AbortController();
    const limitMs = timeoutMs + (MS_PER_MB * (body?.length ?? 0)) / 2 ** 20;
    const timer = clock.after(limitMs, () => deadline.abort(new Error('it does not answer')));
    const signals = [deadline.signal, ...(signal ? [signal] : [])];
    try {
      const response = await fetch(url, {
        method,
        headers,
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
        redirect: 'manual',
        signal: AbortSignal.any(signals),
      });
      const text = await response.text();
      return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const message = `${new URL(url).host}: ${causeText(error)}`;
      throw new BigQueryError({ status: 0, reason: '', message }, { cause: error });
    } finally {
      timer.cancel();
    }
  };
}
