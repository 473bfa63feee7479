/**
 * What is an answer of an export page: a file, the sentence that there is nothing for one, or a
 * failure of one kind or another? The page answers 200 for nearly everything.
 *
 * | answer                                    | meaning                             |
 * |-------------------------------------------|-------------------------------------|
 * | `Content-Disposition: attachment`         | `rows`                              |
 * | `There are no … calls during this time …` | `empty`                             |
 * | 401, `Login incorrect`                    | the login is wrong: set aside       |
 * | `Too many login attempts`                 | the login rests                     |
 * | `Your IP Address is not allowed`          | not allowed from here               |
 * | `not allowed to view`, `no permissions`   | the login lacks a right             |
 * | the form page                             | `form`                              |
 * | another page, a PHP or a MySQL error      | trouble: tried again                |
 * | 429, 5xx, 404 …                           | as such answers are judged anywhere |
 */
import type { Failure, FailureClass } from '../../model/failure.ts';
import { classifyStatus } from '../../retry/classify.ts';
import type { Headers } from '../../retry/retry-after.ts';
import { type LoginWords, redacted } from './redact.ts';

export interface ExportAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of the body; '' is enough where it is a file. */
  readonly head: string;
}

export type ExportVerdict =
  | { readonly kind: 'rows' }
  | { readonly kind: 'empty' }
  /** The page with the form: the login is let in, and nothing was exported. */
  | { readonly kind: 'form' }
  /** The login itself is refused: `bad` for good, else until `untilMs`. */
  | { readonly kind: 'login'; readonly why: string; readonly untilMs: number | undefined }
  | { readonly kind: 'fail'; readonly failure: Failure };

const LOCKED_MS = 15 * 60_000;
const EMPTY = /^\s*There are no (?:\w+ )?(?:calls|leads)\b/;
const FORM = /<form\b[^>]*>[\s\S]*\bname=["']?run_export\b/i;

export function isFile(headers: Headers): boolean {
  return /^\s*attachment\b/i.test(headers['content-disposition'] ?? '');
}

/** `nowMs` is wall time. */
export function judgeExport(answer: ExportAnswer, login: LoginWords, nowMs: number): ExportVerdict {
  const { status, headers, head } = answer;
  if (status === 200 && isFile(headers)) return { kind: 'rows' };
  if (/^\s*(?:ERROR: )?Login incorrect/i.test(head)) {
    return {
      kind: 'login',
      why: 'VICIdial does not accept its user or password.',
      untilMs: undefined,
    };
  }
  if (/^\s*(?:ERROR: )?Too many login attempts/i.test(head)) {
    const why = 'VICIdial has locked its user out after too many bad logins.';
    return { kind: 'login', why, untilMs: nowMs + LOCKED_MS };
  }
  const refusal = refusalIn(head, login);
  if (refusal) return { kind: 'fail', failure: { ...refusal, status } };
  if (status === 401) {
    const why = 'The server does not accept its user or password (401).';
    return { kind: 'login', why, untilMs: undefined };
  }
  if (status !== 200) {
    const failure = classifyStatus(status, headers, nowMs, new URL(answer.url));
    return { kind: 'fail', failure: status === 404 ? { ...failure, hint: PLACE_HINT } : failure };
  }
  if (EMPTY.test(head)) return { kind: 'empty' };
  if (FORM.test(head)) return { kind: 'form' };
  return { kind: 'fail', failure: troubleIn(head, login) };
}

function refusalIn(head: string, login: LoginWords): Failure | undefined {
  const said = () => redacted(head, login);
  if (/^\s*(?:ERROR: )?Your IP Address is not allowed/i.test(head)) {
    return failure(
      'auth',
      'campaigns.ip_blocked',
      'VICIdial does not let this address in.',
      IP_HINT,
    );
  }
  if (/^\s*(?:You are not allowed to view|You do not have permissions)/i.test(head)) {
    const message = `The login may not export calls: ${said()}`;
    return failure('auth', 'campaigns.no_right', message, RIGHT_HINT);
  }
  return undefined;
}

/** 200 with something else in it. */
export function troubleIn(head: string, login: LoginWords): Failure {
  const said = redacted(head, login) || 'an empty page';
  if (/<b>(?:Warning|Notice|Fatal error|Deprecated|Parse error)<\/b>|^\s*PHP \w+:/i.test(head)) {
    return failure('transient', 'campaigns.php', `PHP complains instead of the export: ${said}`);
  }
  if (
    /\bmysqli?\b.*\berror\b|SQLSTATE|error in your SQL syntax|Lost connection to MySQL/i.test(head)
  ) {
    return failure(
      'transient',
      'campaigns.database',
      `The server’s database is in trouble: ${said}`,
    );
  }
  if (/<html|<!doctype/i.test(head)) {
    const message = `Another page came instead of the export: ${said}`;
    return failure('transient', 'campaigns.other_page', message, PROXY_HINT);
  }
  return failure(
    'transient',
    'campaigns.not_an_export',
    `This came instead of the export: ${said}`,
  );
}

const IP_HINT = 'Allow it in VICIdial’s IP lists, then retry the row.';
const RIGHT_HINT = 'The user needs “view reports” and “export reports”; then retry the row.';
const PLACE_HINT = 'Check the client’s url: it ends where non_agent_api.php is.';
const PROXY_HINT = 'Something in front of VICIdial may want a login of its own.';

function failure(
  failureClass: FailureClass,
  code: string,
  message: string,
  hint?: string,
): Failure {
  const made = { class: failureClass, code, message };
  return hint === undefined ? made : { ...made, hint };
}
