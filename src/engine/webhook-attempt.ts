/** One request to a webhook, and what its answer means. */
import { AbortCause } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Delivery, Webhook } from '../model/webhook.ts';
import { retryAfterMs } from '../retry/retry-after.ts';
import type { Fetcher } from '../transport/fetcher.ts';
import { signature } from './webhook-signature.ts';
import { withoutUrlSecrets } from './webhook-url.ts';

/** The answer's body is read, since the connection is used again, and thrown away. */
const ANSWER_BYTES_MAX = 2 ** 20;
const ERROR_CHARS_MAX = 300;

/** `retry`: it may come through later. `refused`: it never will. */
export type AttemptEnd =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'retry' | 'refused';
      readonly status: number | undefined;
      readonly error: string;
      /** Wall time, ms, before which the receiver does not want to be asked. */
      readonly notBeforeMs?: number | undefined;
    };

/** 4xx that speak of the moment and not of the request. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
/** Addresses that are refused on this side. */
const REFUSED: ReadonlySet<string> = new Set([
  'fetch.address_blocked',
  'fetch.port_blocked',
  'fetch.url_invalid',
]);

export interface AttemptParts {
  readonly fetcher: Pick<Fetcher, 'exchange'>;
  readonly clock: Clock;
  /** Longest time for one request, ms. */
  readonly timeoutMs: number;
}

/** Rejects with the signal's cause alone. */
export async function attemptDelivery(
  { fetcher, clock, timeoutMs }: AttemptParts,
  { url }: Webhook,
  { id, type, body = '' }: Delivery,
  secret: string,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  try {
    const { status, headers } = await fetcher.exchange(
      {
        method: 'POST',
        url: new URL(url),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'sluice-delivery': id,
          'sluice-event': type,
          'sluice-signature': signature(secret, body, clock.wallMs()),
        },
        body,
        timeoutMs,
        deadlineMs: timeoutMs,
        bodyBytesMax: ANSWER_BYTES_MAX,
      },
      signal,
    );
    if (status >= 200 && status < 300) return { kind: 'delivered', status };
    const refused = status >= 400 && status < 500 && !PASSING.has(status);
    const redirect = status >= 300 && status < 400 ? '; redirects are not followed' : '';
    const notBeforeMs = retryAfterMs(headers, clock.wallMs());
    const error = `It answered ${status}${redirect}.`;
    return { kind: refused ? 'refused' : 'retry', status, error, notBeforeMs };
  } catch (error) {
    if (error instanceof AbortCause) throw error;
    const refused = error instanceof SluiceError && REFUSED.has(error.code);
    return {
      kind: refused ? 'refused' : 'retry',
      status: undefined,
      error: withoutUrlSecrets(messageOf(error), url).slice(0, ERROR_CHARS_MAX),
    };
  }
}
