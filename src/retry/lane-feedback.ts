import type { Failure } from '../model/failure.ts';
import type { LaneFeedback, LaneVerdict } from '../model/lane.ts';
import { announcedLimit, type Headers, restUntilMs } from './retry-after.ts';

/**
 * What the end of one exchange says about the lane it used. The same answer can be a failure of the
 * row and still a good sign for the host: a 404 is served as fast as a page.
 */

/** Of an answer; `nowMs` is wall time, `latencyMs` from request to the last byte. */
export function feedbackOfReply(
  status: number,
  headers: Headers,
  latencyMs: number,
  nowMs: number,
): LaneFeedback {
  const restMs = restUntilMs(headers, nowMs);
  const announced = announcedLimit(headers, nowMs);
  const verdict = verdictOfStatus(status, restMs !== undefined);
  return {
    verdict,
    latencyMs,
    ...(verdict === 'throttled' && restMs !== undefined ? { restUntilMs: restMs } : {}),
    ...(announced ? { announced } : {}),
  };
}

/** Of an exchange that ended without an answer. */
export function feedbackOfFailure(failure: Failure, latencyMs: number): LaneFeedback {
  return { verdict: verdictOfCode(failure.code), latencyMs };
}

function verdictOfStatus(status: number, asksForRest: boolean): LaneVerdict {
  if (status === 429 || status === 420 || status === 509) return 'throttled';
  if (status === 503 || status === 529) return asksForRest ? 'throttled' : 'rejected';
  // Gateways say so when the server behind them is overloaded.
  if (status === 502 || status === 504) return 'rejected';
  return status >= 500 ? 'ignored' : 'ok';
}

function verdictOfCode(code: string): LaneVerdict {
  switch (code) {
    case 'fetch.timeout_headers':
    case 'fetch.timeout_body':
    case 'fetch.deadline':
      return 'timeout';
    case 'fetch.dns_not_found':
    case 'fetch.dns_failed':
    case 'fetch.refused':
    case 'fetch.unreachable':
    case 'fetch.timeout_connect':
    case 'fetch.tls':
      return 'unreachable';
    case 'fetch.reset':
      return 'rejected';
    default:
      return 'ignored';
  }
}
