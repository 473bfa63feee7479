/** What BigQuery, or the way to it, says instead of an answer; judged by its reason. */

export interface BigQueryWords {
  /** HTTP; 0 = there was no answer. */
  readonly status: number;
  /** As the service names it, such as `rateLimitExceeded`. */
  readonly reason: string;
  readonly message: string;
  /** How long it asks to wait, ms. */
  readonly retryAfterMs?: number;
}

export class BigQueryError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor({ status, reason, message, retryAfterMs }: BigQueryWords, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BigQueryError';
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }

  /** Too much at once, or too much for today: it may be sent later. */
  get isBusy(): boolean {
    return BUSY.has(this.reason) || this.status === 429;
  }

  /** The same may succeed later. */
  get isPassing(): boolean {
    return this.isBusy || this.status === 0 || PASSING.has(this.reason) || this.status >= 500;
  }

  /** Soon enough for the one who asked to try it again himself. */
  get isBrief(): boolean {
    return this.isPassing && this.reason !== 'quotaExceeded';
  }

  get isDuplicate(): boolean {
    return this.status === 409 && this.reason === 'duplicate';
  }

  get isMissing(): boolean {
    return this.reason === 'notFound';
  }
}

/** The key is not there, is none, or is not accepted. */
export class GoogleCredentialsError extends Error {}

const BUSY = new Set(['rateLimitExceeded', 'jobRateLimitExceeded', 'quotaExceeded']);
/** Of jobs: their error says no status. */
const PASSING = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'tableUnavailable',
  'stopped',
  'timeout',
]);

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

/** An answer that is no success. */
export function errorOfAnswer(
  status: number,
  text: string,
  retryAfter: string | null,
): BigQueryError {
  let body: ErrorBody = {};
  try {
    body = JSON.parse(text) as ErrorBody;
  } catch {
    // Something in front of the service answered in its place.
  }
  const [first] = body.error?.errors ?? [];
  const message = body.error?.message ?? first?.message ?? `it answers ${status}`;
  const seconds = Number(retryAfter);
  return new BigQueryError({
    status,
    reason: first?.reason ?? '',
    message: message.trim().replace(/\.$/, ''),
    ...(retryAfter !== null && seconds > 0 && { retryAfterMs: seconds * 1_000 }),
  });
}
