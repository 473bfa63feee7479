import { SluiceError } from '../base/errors.ts';

/**
 * Network errors of code that does not use `ctx.fetch`: a collector's own client throws system
 * codes, which mean the same as our own.
 */
type FetchCode =
  | 'fetch.dns_not_found'
  | 'fetch.dns_failed'
  | 'fetch.refused'
  | 'fetch.unreachable'
  | 'fetch.reset'
  | 'fetch.timeout_connect'
  | 'fetch.timeout_headers'
  | 'fetch.timeout_body'
  | 'fetch.deadline'
  | 'fetch.tls'
  | 'fetch.headers_too_large'
  | 'fetch.body_too_large'
  | 'fetch.local_limit';

const BY_SYSTEM_CODE: Readonly<Record<string, FetchCode>> = {
  ENOTFOUND: 'fetch.dns_not_found',
  EAI_NONAME: 'fetch.dns_not_found',
  EAI_NODATA: 'fetch.dns_not_found',
  EAI_AGAIN: 'fetch.dns_failed',
  EAI_FAIL: 'fetch.dns_failed',
  ESERVFAIL: 'fetch.dns_failed',
  ETIMEOUT: 'fetch.dns_failed',
  ECONNREFUSED: 'fetch.refused',
  EHOSTUNREACH: 'fetch.unreachable',
  ENETUNREACH: 'fetch.unreachable',
  EHOSTDOWN: 'fetch.unreachable',
  ENETDOWN: 'fetch.unreachable',
  ETIMEDOUT: 'fetch.unreachable',
  ECONNRESET: 'fetch.reset',
  ECONNABORTED: 'fetch.reset',
  EPIPE: 'fetch.reset',
  UND_ERR_SOCKET: 'fetch.reset',
  UND_ERR_CLOSED: 'fetch.reset',
  UND_ERR_DESTROYED: 'fetch.reset',
  UND_ERR_CONNECT_TIMEOUT: 'fetch.timeout_connect',
  UND_ERR_HEADERS_TIMEOUT: 'fetch.timeout_headers',
  UND_ERR_BODY_TIMEOUT: 'fetch.timeout_body',
  UND_ERR_HEADERS_OVERFLOW: 'fetch.headers_too_large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'fetch.body_too_large',
  EMFILE: 'fetch.local_limit',
  ENFILE: 'fetch.local_limit',
  ENOBUFS: 'fetch.local_limit',
  EADDRNOTAVAIL: 'fetch.local_limit',
};

/** How Node and OpenSSL name what is wrong with a certificate or a handshake. */
const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$)/;

/** The same error in our own words, or undefined where it is none of the network. */
export function networkError(error: unknown, code: string | undefined): SluiceError | undefined {
  const ours = codeOf(error, code);
  if (ours === undefined) return undefined;
  const params = {
    host: hostOf(error),
    detail: code ?? '',
    reason: code ?? '',
    when: 'before the answer was complete',
    limit: 'the limit set',
  };
  return new SluiceError(ours, params, { cause: error });
}

function codeOf(error: unknown, code: string | undefined): FetchCode | undefined {
  if (code !== undefined)
    return BY_SYSTEM_CODE[code] ?? (TLS_CODE.test(code) ? 'fetch.tls' : undefined);
  // `AbortSignal.timeout` throws a DOMException, which has a number for a code.
  return error instanceof Error && error.name === 'TimeoutError' ? 'fetch.deadline' : undefined;
}

function hostOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    if ('hostname' in error && typeof error.hostname === 'string') return error.hostname;
    if ('address' in error && typeof error.address === 'string') return error.address;
  }
  return 'the host';
}
