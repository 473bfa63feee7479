import { formatBytes } from '../base/duration.ts';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';

/**
 * What sockets, TLS and the HTTP parser throw, in Sluice's own codes. One place, so that retries
 * and reports never depend on the names that a library gives to its errors.
 */
export type ResetMoment = 'before it answered' | 'in the middle of its answer' | 'while connecting';

const TLS_REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate has been revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain ends in a self-signed certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'an intermediate certificate is missing',
  UNABLE_TO_GET_ISSUER_CERT: 'the issuer of its certificate is unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of its certificate is unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  HOSTNAME_MISMATCH: 'its certificate is for another host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS on this port',
  ERR_SSL_HTTP_REQUEST: 'it does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it only speaks an outdated TLS version',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it refuses this TLS version',
  ERR_SSL_DH_KEY_TOO_SMALL: 'its key exchange is too weak',
  ERR_SSL_EE_KEY_TOO_SMALL: 'its key is too short',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'it does not know the host name',
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: 'it does not know the host name',
};

/** Of `net.connect` and `tls.connect`. */
export function connectError(cause: unknown, host: string): SluiceError {
  const code = systemCode(cause) ?? '';
  const reason = TLS_REASONS[code];
  if (reason !== undefined) return new SluiceError('fetch.tls', { host, reason }, { cause });
  switch (code) {
    case 'ECONNREFUSED':
      return new SluiceError('fetch.refused', { host }, { cause });
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return resetError(host, 'while connecting', cause);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
    case 'EACCES':
    case 'EPERM':
      return new SluiceError('fetch.unreachable', { host, detail: code }, { cause });
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
      return new SluiceError('fetch.local_limit', { detail: code }, { cause });
    case 'ETIMEDOUT':
      return new SluiceError('fetch.unreachable', { host, detail: 'no answer' }, { cause });
    default:
      return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO'
        ? new SluiceError('fetch.tls', { host, reason: sslReason(cause) }, { cause })
        : new SluiceError('fetch.unreachable', { host, detail: messageOf(cause) }, { cause });
  }
}

/** Of an exchange on an open connection; `answering` = the headers have come. */
export function exchangeError(
  cause: unknown,
  host: string,
  answering: boolean,
  headerBytesMax: number,
): SluiceError {
  switch (systemCode(cause) ?? '') {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return new SluiceError(
        'fetch.headers_too_large',
        { host, limit: formatBytes(headerBytesMax) },
        { cause },
      );
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return new SluiceError(
        'fetch.request_invalid',
        { host, detail: messageOf(cause) },
        { cause },
      );
    case 'UND_ERR_SOCKET':
      return /^bad /.test(messageOf(cause))
        ? new SluiceError('fetch.protocol', { host, detail: 'an answer out of turn' }, { cause })
        : resetError(host, answering ? 'in the middle of its answer' : 'before it answered', cause);
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return answering
        ? resetError(host, 'in the middle of its answer', cause)
        : new SluiceError('fetch.protocol', { host, detail: 'contradictory lengths' }, { cause });
    default:
      // Parser errors carry the parser's own code (`HPE_…`), with their message in plain words.
      return cause instanceof Error && cause.name === 'HTTPParserError' && !isEarlyEnd(cause)
        ? new SluiceError('fetch.protocol', { host, detail: parserDetail(cause) }, { cause })
        : resetError(host, answering ? 'in the middle of its answer' : 'before it answered', cause);
  }
}

/** The connection ended, whatever was on it; nothing is wrong with the request or the answer. */
export function isConnectionLoss(cause: unknown): boolean {
  const code = systemCode(cause);
  if (code === undefined) return true;
  return !code.startsWith('HPE_') && !/^UND_ERR_(?!SOCKET|INFO|DESTROYED|CLOSED)/.test(code);
}

export function resetError(host: string, when: ResetMoment, cause?: unknown): SluiceError {
  return new SluiceError('fetch.reset', { host, when }, { cause });
}

export function bodyTooLarge(host: string, bodyBytesMax: number): SluiceError {
  return new SluiceError('fetch.body_too_large', { host, limit: formatBytes(bodyBytesMax) });
}

/** The parser was told of the end of the connection in the middle of a message. */
function isEarlyEnd(cause: Error): boolean {
  return /EOF|INVALID_EOF_STATE/i.test(`${systemCode(cause)} ${cause.message}`);
}

function parserDetail(cause: Error): string {
  const inner = /\(([^()]*)\)$/.exec(cause.message)?.[1];
  return (inner ?? 'its answer cannot be read').toLowerCase();
}

function sslReason(cause: unknown): string {
  const message = messageOf(cause);
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1]?.trim() ?? message.slice(0, 200).trim();
}
