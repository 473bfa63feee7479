/**
 * Errors as problem documents (RFC 9457): a stable code, a sentence, a hint. What is not ours to
 * explain (a bug) says nothing of itself but the id under which the log has it.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Failure } from '../model/failure.ts';
import { isGone } from './reader-gone.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string;
  readonly requestId: string;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const LEFT = /^(?:EPIPE|ECONNRESET|ECONNABORTED|ERR_STREAM_(?:DESTROYED|PREMATURE_CLOSE))$/;

/** What the server itself refuses, by Fastify's code. */
const FASTIFY_CODES: Readonly<Record<string, (error: Error) => SluiceError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (error) =>
    new SluiceError('request.media_type', { detail: withoutStop(error.message) }),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new SluiceError('request.too_large', { what: 'The body' }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    new SluiceError('request.invalid', { detail: 'the body is empty and JSON is needed' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () =>
    new SluiceError('request.invalid', { detail: 'the body is not JSON' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new SluiceError('request.invalid', { detail: 'the body is not as long as announced' }),
  FST_REQ_FILE_TOO_LARGE: () => new SluiceError('request.too_large', { what: 'The file' }),
};

/** The error of the table that a thrown thing stands for; undefined = a bug. */
export function explained(error: unknown): SluiceError | undefined {
  if (error instanceof SluiceError) return error;
  if (error instanceof ZodError)
    return new SluiceError('request.invalid', { detail: zodDetail(error) });
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? FASTIFY_CODES[code] : undefined;
  if (known !== undefined) return known(error as Error);
  // Fastify, its plugins and the JSON reader say in a status that the request is at fault.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new SluiceError('request.invalid', { detail: withoutStop(messageOf(error)) });
  }
  return undefined;
}

export function problemOf(error: unknown, requestId: string): Problem {
  const known = explained(error) ?? new SluiceError('internal.failed', { id: requestId });
  return {
    type: `/docs#error-${known.code}`,
    title: known.message,
    status: known.status,
    detail: known.message,
    code: known.code,
    hint: known.hint,
    requestId,
  };
}

/** The problem of a row: refused before it was tried, or failed on the way to others. */
export function failureProblem(failure: Failure, refused: boolean, requestId: string): Problem {
  const { code, message, hint } = failure;
  return {
    type: `/docs#error-${code}`,
    title: message,
    status: refused ? 422 : 502,
    detail: message,
    code,
    hint: hint ?? 'The website is at fault, or the way to it: try again later.',
    requestId,
  };
}

/** Answers with the problem; logs what nobody could have expected. */
export function answerProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
  dataDir: string,
): FastifyReply {
  const problem = withoutPath(problemOf(error, request.id), dataDir);
  // A gateway's own troubles (502 and on) are those of others.
  if (explained(error) === undefined || problem.status === 500) {
    // A connection that broke under way: nobody is there to hear of it.
    const left = LEFT.test(systemCode(error) ?? '') && isGone(reply.raw);
    log[left ? 'debug' : 'error'](`A request failed: ${messageOf(error)}`, {
      requestId: request.id,
      ...(error instanceof Error && { stack: error.stack }),
    });
  }
  const retryS = error instanceof SluiceError ? error.params.retryAfterS : undefined;
  if (retryS !== undefined) reply.header('retry-after', retryS);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** Where this server keeps its files is nobody's business. */
function withoutPath(problem: Problem, dataDir: string): Problem {
  const hidden = (text: string) => text.replaceAll(dataDir, 'DATA');
  const detail = hidden(problem.detail);
  return { ...problem, title: hidden(problem.title), detail, hint: hidden(problem.hint) };
}

/** The first thing that is wrong, by its place. */
export function zodDetail(error: ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'it is not what is expected';
  const { path, message } = innermost(issue);
  const place = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
  return `${place}${withoutStop(message)}`;
}

type Issue = ZodError['issues'][number];

/** Of several shapes, none of which fits, what keeps it from the one that it is nearest to. */
function innermost(issue: Issue): Pick<Issue, 'path' | 'message'> {
  if (issue.code !== 'invalid_union') return issue;
  const [nearest] = [...issue.errors].sort((one, other) => one.length - other.length);
  const first = nearest?.[0];
  if (first === undefined) return issue;
  const { path, message } = innermost(first);
  return { path: [...issue.path, ...path], message };
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
