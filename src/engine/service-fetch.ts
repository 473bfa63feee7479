/** What a service is asked with when an account is tried: one exchange, by no lane. */
import { decodeBody } from '../base/charset.ts';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { ServiceContext } from '../collectors/account-service.ts';
import type { Fetcher, FetchRequest } from '../transport/fetcher.ts';

export interface ServiceFetchParts {
  readonly fetcher: Pick<Fetcher, 'exchange'>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly bodyBytesMax: number;
  readonly userAgent: string;
}

export function serviceContext(parts: ServiceFetchParts, signal: AbortSignal): ServiceContext {
  const { fetcher, clock, timeoutMs, deadlineMs, bodyBytesMax, userAgent } = parts;
  return {
    signal,
    nowMs: () => clock.wallMs(),
    async fetch(target, init = {}) {
      const url = typeof target === 'string' ? URL.parse(target) : target;
      if (url === null) {
        const detail = 'it is no whole address';
        throw new SluiceError('fetch.url_invalid', { url: String(target), detail });
      }
      const request: FetchRequest = {
        method: init.method ?? 'GET',
        url,
        headers: { 'user-agent': userAgent, accept: 'application/json,*/*;q=0.8', ...init.headers },
        ...(init.body === undefined ? {} : { body: init.body }),
        timeoutMs: init.timeoutMs ?? timeoutMs,
        deadlineMs,
        bodyBytesMax: init.bodyBytesMax ?? bodyBytesMax,
      };
      const reply = await fetcher.exchange(request, init.signal ?? signal);
      const text = () => decodeBody(reply.body, reply.headers['content-type']).text;
      const { status, headers, body } = reply;
      const json = () => JSON.parse(text()) as unknown;
      return { url: reply.url, status, headers, body, redirects: [], text, json };
    },
  };
}
