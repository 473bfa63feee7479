/** One call over HTTP: who it is, whether it is allowed, what is answered, and what was seen of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterDelay } from '../servers/stand-in.ts';
import { seedOf } from '../sites/seed.ts';
import type { Accounts, Principal } from './accounts.ts';
import { ENDPOINTS, type EndpointName, type Route, routeOf } from './endpoints.ts';
import { type Mishap, mishapOf } from './faults.ts';
import { readCall } from './parameters.ts';
import {
  CODE_88,
  creditsDepleted,
  deadAccount,
  invalidRequest,
  notEnrolled,
  type ProblemBody,
  type ProblemHost,
  plainProblem,
  unsupportedAuthentication,
  usageCapped,
} from './problems.ts';
import type { RateWindows } from './rate-windows.ts';
import type { XApi } from './x-api.ts';
import type { Either, XConfig } from './x-options.ts';
import type { OpenCall, Told, XCounters } from './x-stats.ts';

export interface XParts {
  readonly config: XConfig;
  readonly accounts: Accounts;
  readonly windows: RateWindows;
  readonly counters: XCounters;
  readonly api: XApi;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly told: Told;
}

type Headers = Readonly<Record<string, string>>;

const NO_HEADERS: Headers = {};

/** Answers a call of the API. */
export function handleCall(parts: XParts, request: IncomingMessage, response: ServerResponse) {
  const { config, accounts, counters } = parts;
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const principal = accounts.of(request.headers.authorization);
  if (!principal) {
    counters.stranger();
    return send(response, problem(401, plainProblem(401, 'Unauthorized')), config.seed);
  }
  const route = request.method === 'GET' ? routeOf(path) : undefined;
  if (!route) return send(response, problem(404, plainProblem(404, 'Not Found')), config.seed);

  const call = counters.open(principal, route.endpoint, clientOf(request));
  const mishap = mishapOf(config, principal.name, route.endpoint, call.number);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const answer = decide(parts, call, route, query, mishap);
  counters.decided(call, answer.told);
  // Both happen to an answer that was sent whole: the caller has got it with the first.
  let told: Told | undefined;
  response.once('finish', () => {
    told = answer.told;
  });
  response.once('close', () => counters.closed(call, told));
  return afterDelay(response, mishap.latencyMs, () => {
    if (mishap.fault !== 'reset' && mishap.fault !== 'cutBody') {
      return send(response, answer, config.seed, call);
    }
    counters.brokenOff();
    return breakOff(request.socket, response, answer, mishap.fault);
  });
}

/** The answer to a call: refused, or what the API says. */
function decide(
  parts: XParts,
  call: OpenCall,
  { endpoint, subject }: Route,
  query: URLSearchParams,
  mishap: Mishap,
): Answer {
  const { config, windows, api } = parts;
  const { principal } = call;
  const { app } = principal;
  const host = either(config, config.problemHost, ['twitter', 'x'], call);
  if (principal.fate && call.total > principal.fate.atCalls) {
    principal.state = principal.fate.state;
    principal.fate = undefined;
  }
  const refused = refusal(principal, endpoint, host);
  const nowMs = config.nowMs();
  const shown = () =>
    config.limitsOnRefusals ? windows.peek(principal, endpoint, nowMs).headers : NO_HEADERS;
  if (refused) {
    const { status, body, dead } = refused;
    const open = config.limitOf(endpoint, principal.kind) !== undefined;
    const headers = open ? shown() : NO_HEADERS;
    return problem(status, body, headers, { dead });
  }
  if (app.credits <= 0) {
    const headers = shown();
    return problem(402, creditsDepleted(host, app.id), headers, { stop: true });
  }
  if (app.usageLeft <= 0) {
    const { headers } = windows.peek(principal, endpoint, nowMs);
    return problem(429, usageCapped(host, app.id), headers, { stop: true });
  }
  const verdict = windows.take(principal, endpoint, nowMs);
  const { headers } = verdict;
  const windowOpened = verdict.opened;
  const emptyUntilMs = verdict.emptyUntilMs;
  if (!verdict.allowed) {
    const style = either(config, config.throttleBody, ['title', 'code88'], call);
    const body = style === 'title' ? plainProblem(429, 'Too Many Requests') : CODE_88;
    return problem(429, body, headers, { untilMs: verdict.untilMs, emptyUntilMs, windowOpened });
  }
  const learned = { windowOpened, emptyUntilMs };
  if (mishap.fault === 'error500') {
    return problem(500, plainProblem(500, 'Internal Server Error'), headers, learned);
  }
  if (mishap.fault === 'error503') {
    return problem(503, plainProblem(503, 'Service Unavailable'), headers, learned);
  }
  const read = readCall(endpoint, subject, query, nowMs);
  if (!('endpoint' in read)) return problem(400, invalidRequest(host, read), headers, learned);
  const { status, body, users, resources } = api.answer(read, principal, host);
  app.credits -= resources;
  app.usageLeft -= resources;
  return { status, body, headers, told: { ...toldOf(status), ...learned, users } };
}

/** Why the caller may not call that endpoint at all; undefined = it may. */
function refusal(
  principal: Principal,
  endpoint: EndpointName,
  host: ProblemHost,
): { readonly status: number; readonly body: ProblemBody; readonly dead: boolean } | undefined {
  const { app, state, kind, scopes } = principal;
  if (state === 'revoked') {
    return { status: 401, body: plainProblem(401, 'Unauthorized'), dead: true };
  }
  if (state !== 'alive') return { status: 403, body: deadAccount(state), dead: true };
  const not = (body: ProblemBody) => ({ status: 403, body, dead: false });
  if (!app.enrolled) return not(notEnrolled(host, app.clientId));
  if (ENDPOINTS[endpoint].limits[kind] === undefined) return not(unsupportedAuthentication(host));
  const lacking =
    kind === 'user' && ENDPOINTS[endpoint].scopes.some((each) => !scopes.includes(each));
  return lacking ? not(plainProblem(403, 'Forbidden')) : undefined;
}

/** One of two ways: the one that was chosen, or by seed and call. */
function either<A extends string>(
  config: XConfig,
  choice: Either<A>,
  ways: readonly [A, A],
  call: OpenCall,
): A {
  if (choice !== 'both') return choice as A;
  return ways[seedOf(config.seed, ways[0], call.principal.name, call.number) & 1] as A;
}

function toldOf(status: number): Told {
  return {
    status,
    users: 0,
    dead: false,
    stop: false,
    windowOpened: false,
    untilMs: undefined,
    emptyUntilMs: undefined,
  };
}

function problem(
  status: number,
  body: ProblemBody,
  headers: Headers = NO_HEADERS,
  told: Partial<Told> = {},
): Answer {
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  return { status, body: bytes, headers, told: { ...toldOf(status), ...told } };
}

function send(response: ServerResponse, answer: Answer, seed: number, call?: OpenCall): void {
  response.writeHead(answer.status, headOf(answer, seed, call)).end(answer.body);
}

function headOf(answer: Answer, seed: number, call?: OpenCall): Record<string, string | number> {
  const number = call ? seedOf(seed, call.principal.name, call.endpoint, call.number) : seed;
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': answer.body.length,
    'api-version': '2.167',
    'cache-control': 'no-cache, no-store, max-age=0',
    'x-access-level': 'read',
    'x-transaction-id': number.toString(16).padStart(16, '0'),
    'x-response-time': String(20 + (number % 80)),
    ...answer.headers,
  };
}

/** Ends the connection: before the head by a reset, or in the middle of the body. */
function breakOff(
  socket: Socket,
  response: ServerResponse,
  answer: Answer,
  fault: 'reset' | 'cutBody',
): void {
  if (fault === 'reset') {
    socket.resetAndDestroy();
    return;
  }
  response.writeHead(answer.status, headOf(answer, 0));
  // No reset: it may overtake what was sent before, and then nothing of the answer is seen.
  response.write(answer.body.subarray(0, answer.body.length >> 1), () => socket.end());
}

function clientOf(request: IncomingMessage): string {
  const pid = request.headers['x-client-pid'];
  return typeof pid === 'string' ? `pid ${pid}` : `port ${request.socket.remotePort}`;
}
