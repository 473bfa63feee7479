/** Walks over the routes of the server, each with its good request. */
import assert from 'node:assert/strict';
import type { ServerParts } from '../../src/server/parts.ts';
import type { Route } from '../../src/server/route.ts';
import { allRoutes } from '../../src/server/routes.ts';
import { ROUTE_CASES, type RouteCase, type RouteRequest, type World } from './route-cases.ts';
import type { RigAnswer, RigKey } from './server-rig.ts';

/** The table as it is written; only handlers work with parts. */
export const ROUTES: readonly Route[] = allRoutes({} as ServerParts);

export function caseOf(route: Route): RouteCase {
  const found = ROUTE_CASES[route.id];
  assert.ok(found, `test/server/route-cases.ts has no case for ${route.id}`);
  return found;
}

export function keyOf(route: Route): RigKey {
  return caseOf(route).key ?? (route.access === 'operator' ? 'operator' : 'admin');
}

/** Who asks: one of the rig's keys, a key's text, or nobody. */
export type Caller = { readonly rig: RigKey } | { readonly text: string } | undefined;

/** Of an answer without an end only its head is read. */
export async function ask(
  world: World,
  route: Route,
  request: RouteRequest,
  caller: Caller,
): Promise<RigAnswer> {
  const { path, json, body, headers } = request;
  const key = caller === undefined ? '' : 'rig' in caller ? world.keys[caller.rig] : caller.text;
  const leave = new AbortController();
  const answer = await fetch(world.url + path, {
    method: route.method,
    headers: {
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(body === undefined ? {} : { body: body as string }),
    redirect: 'manual',
    signal: leave.signal,
  });
  const endless = caseOf(route).endless === true && answer.ok;
  const text = endless ? '' : await answer.text();
  if (endless) leave.abort();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}

/** What every refusal is: a problem with a code and a hint, which tells nothing of the inside. */
export function assertProblem(answer: RigAnswer, world: World, what: string): void {
  const { text } = answer;
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, what);
  const problem = answer.json;
  assert.equal(problem.status, answer.status, what);
  assert.match(problem.code, /^[a-z_]+\.[a-z_]+$/, what);
  assert.equal(problem.type, `/docs#error-${problem.code}`, what);
  for (const field of ['title', 'detail', 'hint', 'requestId']) {
    assert.ok(typeof problem[field] === 'string' && problem[field] !== '', `${what}: ${field}`);
  }
  assert.ok(!/\{\w+\}/.test(problem.detail + problem.hint), `${what}: not filled in: ${text}`);
  assert.ok(!text.includes(world.dataDir), `${what}: names a path: ${text}`);
  assert.ok(!/node_modules|\.ts:\d|\n\s+at /.test(text), `${what}: shows a stack: ${text}`);
}
