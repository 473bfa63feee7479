import { AbortCause } from '../base/abort.ts';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import { type Failure, type FailureClass, FailureError, soundFailure } from '../model/failure.ts';
import { networkError } from './network-errors.ts';
import { announcedLimit, type Headers, restUntilMs } from './retry-after.ts';

// An `import` of it would read all it exports, and with `fetch` load what is not needed to start.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/**
 * What does a thrown error or an HTTP status mean? Every end of an attempt that is no success
 * passes here once and becomes a `Failure`; nothing later looks at errors again.
 *
 * Invariant: whatever is thrown, a failure comes out. What is not known is a bug of the collector:
 * calling it transient would retry a mistake over and over.
 */
const CLASS_BY_CODE: Readonly<Record<string, FailureClass>> = {
  'account.key_wrong': 'stop',
  'secret.key_invalid': 'stop',

  'attempt.timeout': 'transient',
  'attempt.throttled': 'throttled',
  'compute.timeout': 'invalid',
  'compute.crashed': 'bug',
  'compute.memory': 'invalid',
  'compute.unavailable': 'transient',
  'compute.module': 'bug',
  'pool.timeout': 'transient',

  'files.full': 'stop',
  'files.lost': 'invalid',
  'files.place_invalid': 'stop',
  'files.refused': 'stop',
  'files.unreachable': 'transient',
  'files.unreadable': 'invalid',
  'files.unwritable': 'stop',

  'media.file': 'invalid',
  'media.not_allowed': 'auth',

  'fetch.url_invalid': 'invalid',
  'fetch.request_invalid': 'bug',
  'fetch.address_blocked': 'invalid',
  'fetch.port_blocked': 'invalid',
  'fetch.dns_not_found': 'gone',
  'fetch.dns_failed': 'transient',
  'fetch.refused': 'transient',
  'fetch.unreachable': 'transient',
  'fetch.reset': 'transient',
  'fetch.timeout_connect': 'transient',
  'fetch.timeout_headers': 'transient',
  'fetch.timeout_body': 'transient',
  'fetch.deadline': 'transient',
  'fetch.tls': 'invalid',
  'fetch.headers_too_large': 'invalid',
  'fetch.body_too_large': 'invalid',
  'fetch.body_corrupt': 'invalid',
  'fetch.protocol': 'invalid',
  'fetch.local_limit': 'transient',
  'fetch.redirect_invalid': 'invalid',
  'fetch.redirect_loop': 'invalid',
  'fetch.redirects_too_many': 'invalid',
  'fetch.robots_denied': 'auth',
  'fetch.robots_unreachable': 'transient',
};

const CAUSE_DEPTH_MAX = 5;
const DETAIL_CHARS_MAX = 300;

/** The class of a code of the error table, or undefined where it belongs to no row. */
export function classOfCode(code: string): FailureClass | undefined {
  return CLASS_BY_CODE[code] ?? (code.startsWith('input.') ? 'invalid' : undefined);
}

/** The failure behind anything thrown. */
export function classify(error: unknown): Failure {
  try {
    return classifyReadable(error);
  } catch {
    const detail = 'an error that cannot be read';
    return ofSluiceError(new SluiceError('collector.threw', { detail }), 'bug');
  }
}

function classifyReadable(error: unknown): Failure {
  let cause = error;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && cause != null; depth += 1) {
    const failure = classifyOne(cause);
    if (failure) return failure;
    cause = causeOf(cause);
  }
  return ofSluiceError(new SluiceError('collector.threw', { detail: detailOf(error) }), 'bug');
}

function classifyOne(error: unknown): Failure | undefined {
  if (error instanceof FailureError) return soundFailure(error.failure);
  if (error instanceof SluiceError) {
    return ofSluiceError(error, classOfCode(error.code) ?? 'bug');
  }
  if (error instanceof AbortCause) {
    const message = `The attempt was interrupted (${error.message}).`;
    return { class: 'transient', code: 'attempt.interrupted', message };
  }
  const network = networkError(error, systemCode(error));
  return network && ofSluiceError(network, classOfCode(network.code) ?? 'transient');
}

function ofSluiceError(error: SluiceError, failureClass: FailureClass): Failure {
  return { class: failureClass, code: error.code, message: error.message, hint: error.hint };
}

/** What an error was made of: its cause, or the first of several that were tried at once. */
function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError) return error.errors[0];
  return error instanceof Error ? error.cause : undefined;
}

function detailOf(error: unknown): string {
  const text = messageOf(error).replaceAll(/\s+/g, ' ').trim();
  const detail = text.slice(0, DETAIL_CHARS_MAX).replace(/\.$/, '');
  return detail === '' ? 'an error without a message' : detail;
}

/** What is not in this table is judged by its hundred. */
const CLASS_BY_STATUS: Readonly<Record<number, FailureClass>> = {
  401: 'auth',
  402: 'auth',
  403: 'auth',
  404: 'gone',
  407: 'auth',
  408: 'transient',
  410: 'gone',
  420: 'throttled',
  421: 'transient',
  423: 'transient',
  425: 'transient',
  429: 'throttled',
  451: 'auth',
  501: 'invalid',
  505: 'invalid',
  509: 'throttled',
  /** Some sites answer machines like this. */
  999: 'auth',
};

/** Statuses that, with a time to come back, ask for patience rather than report a fault. */
const PATIENCE = new Set([403, 503, 529]);

const HINTS: Readonly<Partial<Record<FailureClass, string>>> = {
  throttled: 'It is tried again by itself when the host allows it.',
  auth: 'The host does not let this request in: check the address, the account or the headers.',
  gone: 'The page does not exist: check the address.',
  transient: 'Often passing: it is tried again.',
  invalid: 'The host cannot answer such a request: check the address.',
};

/** The failure that an answer with this status is; `nowMs` is wall time. */
export function classifyStatus(status: number, headers: Headers, nowMs: number, url: URL): Failure {
  const untilMs = restUntilMs(headers, nowMs);
  const failureClass = classOfStatus(status, headers, nowMs, untilMs);
  const phrase = STATUS_CODES[status];
  const hint = HINTS[failureClass];
  return {
    class: failureClass,
    code: `http.${status}`,
    message: `${url.host} answered ${status}${phrase ? ` ${phrase}` : ''}.`,
    status,
    ...(hint === undefined ? {} : { hint }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

function classOfStatus(
  status: number,
  headers: Headers,
  nowMs: number,
  untilMs: number | undefined,
): FailureClass {
  if (PATIENCE.has(status) && untilMs !== undefined) {
    // A plain 403 with Retry-After is rare; with an exhausted quota it is how some say 429.
    const spent = announcedLimit(headers, nowMs)?.remaining === 0;
    if (status !== 403 || spent) return 'throttled';
  }
  const known = CLASS_BY_STATUS[status];
  if (known !== undefined) return known;
  return status >= 500 ? 'transient' : 'invalid';
}
