/**
 * The HTTP server: routes from the table, checked by their schemas, opened by keys, errors as
 * problem documents. It holds no state of its own but connections.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ZodType, z } from 'zod';
import { AbortCause } from '../base/abort.ts';
import { SluiceError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { TENANT_NAME } from '../model/tenant.ts';
import { allowedMethods } from './allowed-methods.ts';
import { answerClientError, HEADERS_MS } from './client-error.ts';
import type { ServerParts } from './parts.ts';
import { type Access, checkAccess, type Principal } from './principal.ts';
import { answerProblem, zodDetail } from './problem.ts';
import { type Call, jsonSchema, type Route } from './route.ts';

/** JSON bodies; streams have limits of their own. */
const BODY_BYTES_MAX = 16 * 2 ** 20;
/** A client that sends its headers and a JSON body slower than this is let go. */
const REQUEST_TIMEOUT_MS = 300_000;
/** How long what still comes of a body is let go unread once the answer is out. */
const LINGER_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
const JSON_DEPTH_MAX = 64;
const NO_QUERY = z.strictObject({});

/** Asked every few seconds by machines: no news. */
const QUIET_ROUTES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

const NOBODY: Principal = { keyId: '', tenant: '', scope: 'read', operator: false };
const LOCAL: Principal = { keyId: 'local', tenant: undefined, scope: 'admin', operator: true };

/** What every server works with, whatever its routes do. */
export type AppParts = Pick<
  ServerParts,
  'clock' | 'random' | 'log' | 'dataDir' | 'keys' | 'localKey' | 'ready'
> & {
  readonly metrics: Pick<ServerParts['metrics'], 'answered'>;
  readonly sessions: Pick<ServerParts['sessions'], 'keyOf'>;
};

/** The server of `routes`, not yet listening. */
export function createApp(
  parts: AppParts,
  routes: readonly Route[],
  { headersMs } = { headersMs: HEADERS_MS },
): FastifyInstance {
  const { clock, random, log, dataDir } = parts;
  const newRequestId = () => newId('r', clock.wallMs(), random);
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    // A file may take hours: bodies have limits of their own.
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: headersMs,
      connectionsCheckingInterval: headersMs / 2,
      // Nothing here goes by it, and Node's own refusal is no problem document.
      requireHostHeader: false,
    },
    genReqId: newRequestId,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, newRequestId()),
    // Addresses that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      answerProblem(error, request, reply, log, dataDir);
    },
    // Times are whole milliseconds, though clocks are finer: those of answers that say `integer`.
    serializerOpts: { rounding: 'round' },
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    // Streams of events have no end: closing the server closes them.
    forceCloseConnections: true,
  });
  // The schemas are zod's own: Fastify's copy as JSON Schema serves for answers and documents.
  app.setValidatorCompiler<ZodType>(({ schema, httpPart }) => (data: unknown) => {
    // Fastify gives null for a body that is not there; one that is null was refused before.
    const given = httpPart === 'body' && data === null ? undefined : data;
    const parsed = schema.safeParse(given);
    if (parsed.success) return { value: parsed.data };
    return { error: new SluiceError('request.invalid', { detail: zodDetail(parsed.error) }) };
  });
  app.removeContentTypeParser('text/plain');
  // Hooks that call back: a promise each would be a fifth of what a short answer costs.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    // An answer may come before the body's end: the client is to read it before the connection
    // goes.
    if (!request.raw.complete) endLater(parts, request, LINGER_MS);
    noteRequest(parts, request, reply);
    done();
  });
  app.setErrorHandler((error, request, reply) =>
    answerProblem(error, request, reply, log, dataDir),
  );
  const allowed = allowedMethods(routes);
  app.setNotFoundHandler((request, reply) => {
    const { method } = request;
    const whole = request.url.split('?', 1)[0] ?? '';
    const path = whole.slice(0, 200);
    const methods = allowed(whole).join(', ');
    if (methods !== '') reply.header('allow', methods);
    const error =
      methods === ''
        ? new SluiceError('request.no_route', { method, path })
        : new SluiceError('request.method', { method, path, methods });
    return answerProblem(error, request, reply, log, dataDir);
  });
  for (const route of routes) addRoute(app, parts, route);
  return app;
}

function addRoute(app: FastifyInstance, parts: AppParts, route: Route): void {
  const { method, path, params, query, body, answers, streams } = route;
  const access = route.isOpened?.() === true ? 'open' : route.access;
  // Pages and health checks stand whatever their addresses carry.
  const querystring = query ?? (route.access === 'open' ? undefined : NO_QUERY);
  const response: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries(answers)) {
    if ('safeParse' in answer) response[status] = jsonSchema(answer, 'output');
  }
  const serve = async (scope: FastifyInstance) => {
    // The handler of a stream reads it as it comes; nothing is gathered here.
    if (streams !== undefined) {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    } else if (body === undefined) {
      scope.removeContentTypeParser('application/json');
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, refuseBody);
    } else if (body.safeParse(undefined).success) allowEmpty(scope);
    scope.route({
      method,
      url: path,
      exposeHeadRoute: method === 'GET',
      schema: {
        ...(params === undefined ? {} : { params }),
        ...(querystring === undefined ? {} : { querystring }),
        ...(body === undefined ? {} : { body }),
        response,
      },
      onRequest: async (request) => {
        if (method !== 'GET' && !parts.ready()) throw new SluiceError('server.draining');
        if (body !== undefined) endLater(parts, request, REQUEST_TIMEOUT_MS);
        principals.set(request, await authenticate(parts, access, request));
      },
      ...(body === undefined ? {} : { preValidation: refuseOdd }),
      handler: (request, reply) => {
        const principal = principals.get(request) ?? NOBODY;
        return route.handle(new RouteCall(principal, request, reply));
      },
    });
  };
  app.register(serve);
}

/** For routes without a body: many clients call theirs JSON where they send none, or `{}`. */
function refuseBody(
  _request: FastifyRequest,
  body: string | Buffer,
  done: (error: Error | null) => void,
): void {
  const isEmpty = /^\s*(\{\s*\})?\s*$/.test(String(body));
  const detail = 'there is a body, and this route takes none';
  done(isEmpty ? null : new SluiceError('request.invalid', { detail }));
}

/** Where a body may be left out, an empty one that is called JSON is none. */
function allowEmpty(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (String(body).trim() === '') done(null, undefined);
    else parse(request, String(body), done);
  });
}

/** Ends the connection where the body has not come to its end by then. */
function endLater({ clock }: AppParts, { raw }: FastifyRequest, delayMs: number): void {
  if (raw.complete || raw.destroyed) return;
  const timer = clock.after(delayMs, () => {
    if (!raw.complete) raw.destroy();
  });
  const cancel = () => timer.cancel();
  raw.once('end', cancel).once('close', cancel);
}

async function refuseOdd(request: FastifyRequest): Promise<void> {
  if (request.body === null)
    throw new SluiceError('request.invalid', { detail: 'the body is null' });
  if (!isTooDeep(request.body)) return;
  const detail = `the body is nested more than ${JSON_DEPTH_MAX} levels deep`;
  throw new SluiceError('request.invalid', { detail });
}

function noteRequest(
  { metrics, log }: AppParts,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { method } = request;
  const { statusCode: status, elapsedTime } = reply;
  const route = request.routeOptions.url ?? 'none';
  metrics.answered(method, route, status, elapsedTime);
  if (!log.isOn('info') || QUIET_ROUTES.has(route)) return;
  const { tenant, keyId } = principals.get(request) ?? NOBODY;
  const { id } = (request.params ?? {}) as { id?: string };
  const ms = Math.round(elapsedTime * 10) / 10;
  log.info('request', {
    ...{ requestId: request.id, method, route, status, ms, keyId },
    ...(tenant === undefined || tenant === '' ? {} : { tenant }),
    ...(id === undefined ? {} : { [route.startsWith('/v1/jobs/') ? 'jobId' : 'id']: id }),
  });
}

/** By request rather than as a property: nothing of it shows up in logs or documents. */
const principals = new WeakMap<FastifyRequest, Principal>();

/** Who asks; rejects with `auth.*` or `tenant.*` where they may not. */
export async function authenticate(
  parts: AppParts,
  access: Access,
  request: FastifyRequest,
): Promise<Principal> {
  if (access === 'open') return NOBODY;
  const key = keyOf(request) ?? parts.sessions.keyOf(request);
  if (key === undefined) throw new SluiceError('auth.missing');
  const principal = await authenticateKey(parts, access, key);
  const wanted = request.headers['sluice-tenant'];
  if (!principal.operator || typeof wanted !== 'string' || wanted === '') return principal;
  if (!TENANT_NAME.test(wanted)) throw new SluiceError('tenant.not_found', { name: wanted });
  return { ...principal, tenant: wanted };
}

/** Whose key it is; rejects with `auth.*` or `tenant.disabled` where it does not open `access`. */
export async function authenticateKey(
  parts: Pick<ServerParts, 'keys' | 'localKey'>,
  access: Access,
  key: string,
): Promise<Principal> {
  const principal = key === parts.localKey ? LOCAL : await parts.keys.principal(key);
  checkAccess(principal, access);
  return principal;
}

function keyOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  const bearer = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const own = request.headers['x-api-key'];
  return bearer ?? (typeof own === 'string' && own !== '' ? own : undefined);
}

class RouteCall implements Call<unknown, unknown, unknown> {
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  #controller: AbortController | undefined;

  constructor(principal: Principal, request: FastifyRequest, reply: FastifyReply) {
    this.principal = principal;
    this.request = request;
    this.reply = reply;
  }

  get params(): unknown {
    return this.request.params;
  }

  get query(): unknown {
    return this.request.query;
  }

  get body(): unknown {
    return this.request.body;
  }

  /** Made only where a handler asks for it: most answer at once. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      const leave = () => controller.abort(new AbortCause('abort', 'the caller has left'));
      if (this.reply.raw.closed) leave();
      else this.reply.raw.once('close', leave);
      this.#controller = controller;
    }
    return this.#controller.signal;
  }
}

/** Whether plain data is nested deeper than anything real. Walks without recursion. */
function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > JSON_DEPTH_MAX) return true;
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      for (const inner of Object.values(item)) {
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
  return false;
}
