/**
 * What does an answer of X mean: for the account that asked, for the list, for the whole job?
 *
 * | answer                                        | meaning                                      |
 * |-----------------------------------------------|----------------------------------------------|
 * | 200 with data, or an empty page               | `ok`                                         |
 * | 200 with errors only                          | the target is gone, suspended or protected   |
 * | 400 about the page's token, or `since_id`     | the place in the list is lost: `lost`        |
 * | 429                                           | the account rests for this endpoint          |
 * | usage cap, 402                                | all work stops: no other account would help  |
 * | 401; 403 with code 64, 326, suspended, locked | the account is not let in: set aside         |
 * | 403 wrong kind of token, a right is missing   | the account cannot be used for this endpoint |
 * | 403 app not enrolled                          | all work stops                               |
 * | 5xx, 408, a body that is no JSON              | passing                                      |
 */
import type { Failure, FailureClass } from '../../model/failure.ts';
import { classifyStatus } from '../../retry/classify.ts';
import type { Headers } from '../../retry/retry-after.ts';
import { isFields, jsonOf, problemsIn, type XProblem } from './x-body.ts';
import { patienceUntilMs } from './x-quota.ts';

export interface XAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Verdict =
  | { readonly kind: 'ok'; readonly body: unknown }
  /** `untilMs` undefined = the answer does not say for how long. */
  | { readonly kind: 'rest'; readonly untilMs: number | undefined; readonly why: string }
  | { readonly kind: 'quarantine'; readonly why: string }
  | { readonly kind: 'barred'; readonly why: string }
  | { readonly kind: 'lost'; readonly what: 'token' | 'since' }
  | { readonly kind: 'fail'; readonly failure: Failure };

const DETAIL_CHARS_MAX = 300;
const ACCOUNT_SUSPENDED = 64;
const ACCOUNT_LOCKED = 326;

/** `what` is the target for people, such as `@name`; `nowMs` is wall time. */
export function judge(answer: XAnswer, what: string, nowMs: number): Verdict {
  const body = jsonOf(answer.text);
  const problems = problemsIn(body);
  const capped = problems.find((one) => one.type === 'usage-capped' || isTitled(one, 'UsageCap'));
  if (capped) return fail('stop', 'x.usage_cap', capSentence(capped), answer.status, CAP_HINT);
  switch (answer.status) {
    case 200:
      return judgeGood(body, problems, what);
    case 400:
      return judgeBadRequest(problems, answer.status);
    case 401:
      return { kind: 'quarantine', why: 'X does not accept its token (401).' };
    case 402:
      return fail('stop', 'x.credits', creditSentence(problems), 402, CREDIT_HINT);
    case 403:
      return judgeForbidden(problems, what);
    case 429:
      return judgeThrottled(answer, nowMs);
    default:
      return judgeOther(answer, problems, nowMs, what);
  }
}

function judgeGood(body: unknown, problems: readonly XProblem[], what: string): Verdict {
  if (!isFields(body)) {
    return fail('transient', 'x.no_json', 'X answered 200 with a body that is no JSON.', 200);
  }
  // Errors beside data are about parts of it, such as a post that is gone.
  if (body.data !== undefined || body.includes !== undefined || problems.length === 0) {
    return { kind: 'ok', body };
  }
  const [problem] = problems as [XProblem];
  if (/suspended/i.test(problem.detail)) {
    return fail('gone', 'leads.target_suspended', `${what} is suspended.`, 200, TARGET_HINT);
  }
  if (isBarredFrom(problem)) {
    const message = `${what} is protected: only accounts it lets follow it see who is there.`;
    return fail('auth', 'leads.target_protected', message, 200, TARGET_HINT);
  }
  if (isTitled(problem, 'Not Found') || problem.type === 'resource-not-found') {
    return fail('gone', 'leads.target_not_found', `There is no ${what} on X.`, 200, TARGET_HINT);
  }
  return fail('invalid', 'x.refused', `X refused ${what}: ${words(problem)}.`, 200);
}

function judgeBadRequest(problems: readonly XProblem[], status: number): Verdict {
  const about = (pattern: RegExp) =>
    problems.some(
      ({ parameters, detail }) =>
        parameters.some((name) => pattern.test(name)) || pattern.test(detail),
    );
  if (about(/pagination_token|next_token/)) return { kind: 'lost', what: 'token' };
  if (about(/since_id/)) return { kind: 'lost', what: 'since' };
  const [problem] = problems.filter(({ parameters }) => parameters.length > 0);
  const message = `X does not take the request: ${words(problem ?? problems[0])}.`;
  return fail('invalid', 'x.invalid_request', message, status);
}

function judgeForbidden(problems: readonly XProblem[], what: string): Verdict {
  const dead = problems.find(
    ({ code, title, detail }) =>
      code === ACCOUNT_SUSPENDED ||
      code === ACCOUNT_LOCKED ||
      /suspended|locked/i.test(title + detail),
  );
  if (dead) return { kind: 'quarantine', why: `X says: ${words(dead)} (403).` };
  if (problems.some(({ type, title }) => isType(type, title, 'unsupported-authentication'))) {
    return { kind: 'barred', why: 'Its kind of token may not call this endpoint (403).' };
  }
  const unenrolled = problems.find(
    ({ type, reason }) => type === 'client-forbidden' || reason === 'client-not-enrolled',
  );
  if (unenrolled) {
    const message = 'The app of the account is not enrolled for this part of X’s API (403).';
    return fail('stop', 'x.not_enrolled', message, 403, ENROL_HINT);
  }
  const [problem] = problems;
  if (problem !== undefined && isBarredFrom(problem)) {
    const message = `${what} is protected: only accounts it lets follow it see who is there.`;
    return fail('auth', 'leads.target_protected', message, 403, TARGET_HINT);
  }
  // About nothing in particular: the token lacks a right, such as `list.read`.
  if (problem === undefined || problem.type === 'about:blank' || problem.type === '') {
    return { kind: 'barred', why: 'X does not let it call this endpoint (403).' };
  }
  return fail('auth', 'x.forbidden', `X does not allow it for ${what}: ${words(problem)}.`, 403);
}

function judgeThrottled({ headers }: XAnswer, nowMs: number): Verdict {
  const untilMs = patienceUntilMs(headers, nowMs);
  return { kind: 'rest', untilMs, why: 'X asks for patience (429).' };
}

function judgeOther(
  { status, headers, url }: XAnswer,
  problems: readonly XProblem[],
  nowMs: number,
  what: string,
): Verdict {
  if (status === 404) {
    return fail('gone', 'leads.target_not_found', `There is no ${what} on X.`, 404, TARGET_HINT);
  }
  const failure = classifyStatus(status, headers, nowMs, new URL(url));
  const [problem] = problems;
  if (problem === undefined || status >= 500) return { kind: 'fail', failure };
  return {
    kind: 'fail',
    failure: { ...failure, message: `X answered ${status}: ${words(problem)}.` },
  };
}

function isBarredFrom({ type, title }: XProblem): boolean {
  return type === 'not-authorized-for-resource' || title === 'Authorization Error';
}

function isTitled({ title }: XProblem, start: string): boolean {
  return title.startsWith(start);
}

function isType(type: string, title: string, name: string): boolean {
  return type === name || title.toLowerCase().replaceAll(' ', '-') === name;
}

function words(problem: XProblem | undefined): string {
  const text = problem?.detail || problem?.title || 'no reason is given';
  return text.slice(0, DETAIL_CHARS_MAX).replace(/\.\s*$/, '');
}

function capSentence(problem: XProblem): string {
  return `The usage cap of the app at X is reached: ${words(problem)}.`;
}

function creditSentence(problems: readonly XProblem[]): string {
  return `The app at X has no credits left: ${words(problems[0])}.`;
}

const CAP_HINT = 'It starts anew with the next period, or with a larger plan; then resume the job.';
const CREDIT_HINT = 'Buy credits in X’s developer console; then resume the job.';
const ENROL_HINT = 'Attach the app to a project in X’s developer console; then resume the job.';
const TARGET_HINT = 'Check the list’s target; the other lists go on.';

function fail(
  failureClass: FailureClass,
  code: string,
  message: string,
  status: number,
  hint?: string,
): Verdict {
  const failure = { class: failureClass, code, message, status };
  return { kind: 'fail', failure: hint === undefined ? failure : { ...failure, hint } };
}
