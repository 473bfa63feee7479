/** Whether a row ended as the sandbox's own list says that it should: the demo's proof. */
import type { Failure as SandboxFailure } from '../../../sandbox/sites/behaviours.ts';
import type { Expectation } from '../../../sandbox/sites/truth.ts';
import type { RowResult } from '../../store/store.ts';

/** Codes that each of the sandbox's causes may be reported under. */
const CODES: Readonly<Record<SandboxFailure, RegExp>> = {
  dns: /^fetch\.dns_/,
  tls: /^fetch\.tls$/,
  'connection-reset': /^fetch\.(?:reset|refused)$/,
  timeout: /^(?:fetch\.(?:timeout_\w+|deadline)|attempt\.timeout)$/,
  'http-status': /^http\.\d{3}$/,
  robots: /^fetch\.robots_/,
  'redirect-loop': /^fetch\.redirect/,
  'address-blocked': /^fetch\.(?:address|port)_blocked$/,
  'body-too-large': /^fetch\.body_too_large$/,
  'body-broken': /^fetch\.(?:body_corrupt|reset)$/,
  'headers-broken': /^fetch\.(?:headers_too_large|protocol)$/,
  'content-type': /^contacts\.not_a_page$/,
  'invalid-url': /^(?:contacts\.(?:website_\w+|scheme)|fetch\.url_invalid|input\.\w+)$/,
};

export function endedAsExpected(
  expected: Expectation,
  result: Pick<RowResult, 'state' | 'failure'>,
): boolean {
  if (expected.status === 'completed') return result.state === 'completed';
  const code = result.failure?.code ?? '';
  if (result.state !== 'discarded' || code === '') return false;
  const right = expected.failures.some((cause) => CODES[cause].test(code));
  return right && (expected.httpStatus === 0 || code === `http.${expected.httpStatus}`);
}
