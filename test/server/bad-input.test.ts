/**
 * Nonsense of every kind at every route: each is answered by a problem with a code and a hint, none
 * by a failure of the server, and nothing of its inside is told.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ZodType } from 'zod';
import { type JsonSchema, type Operation, openapiDocument } from '../../src/server/openapi.ts';
import type { Route } from '../../src/server/route.ts';
import { sampleOf } from '../../src/server/schema-sample.ts';
import { resolved } from '../../src/server/schema-words.ts';
import { openWorld, type RouteRequest, type World } from './route-cases.ts';
import { ask, assertProblem, caseOf, keyOf, ROUTES } from './walk.ts';

const DOCUMENT = openapiDocument(ROUTES, '');
const NAMED = DOCUMENT.components.schemas;
const LONG = 'x'.repeat(100_000);
const WRONG: readonly unknown[] = [null, -1, 1.5, 1e300, '', 'ü', LONG, true, [], {}, [[{}]], '\0'];

function operationOf(route: Route): Operation {
  const path = DOCUMENT.paths[route.path.replace(/:(\w+)/g, '{$1}')];
  return path?.[route.method.toLowerCase()] as Operation;
}

/** What does not fit must be refused as such; what does may be refused for other reasons. */
async function assertTaken(
  world: World,
  route: Route,
  request: RouteRequest,
  fits: boolean,
): Promise<void> {
  const answer = await ask(world, route, request, { rig: keyOf(route) });
  const { path, json, body } = request;
  const sent = (json === undefined ? String(body ?? '') : JSON.stringify(json)).slice(0, 200);
  const what = `${route.method} ${path.slice(0, 200)} ${sent}: ${answer.status} ${answer.text.slice(0, 300)}`;
  assert.ok(answer.status < 500, what);
  if (!fits) assert.equal(answer.status, 400, what);
  if (answer.status >= 400) assertProblem(answer, world, what);
}

it('nonsense is refused', async (test) => {
  const world = await openWorld(test);
  await test.test('in the query', async () => {
    for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
      const { path } = await caseOf(route).request(world);
      const [bare = ''] = path.split('?');
      const names = operationOf(route).parameters.filter((each) => each.in === 'query');
      for (const { name } of names) {
        for (const value of ['', '-1', 'abc', '1e999', 'ü', '\0', '..%2f', LONG.slice(0, 5_000)]) {
          const query = { [name]: value };
          const fits = route.query?.safeParse(query).success === true;
          const asked = { path: `${bare}?${new URLSearchParams(query)}` };
          await assertTaken(world, route, asked, fits);
        }
        await assertTaken(world, route, { path: `${bare}?${name}=%zz` }, true);
      }
      if (route.access === 'open') continue;
      const fits = route.query?.safeParse({ no_such: '1' }).success === true;
      await assertTaken(world, route, { path: `${bare}?no_such=1` }, fits);
      await assertTaken(world, route, { path: `${bare}?__proto__[a]=1&a[]=1` }, true);
    }
  });

  await test.test('in the path', async () => {
    const words = [
      '..%2f..%2fetc%2fpasswd',
      '..%5c..%5c',
      '%00',
      '%zz',
      '%c3%28',
      '%E2%80%AE',
      "'%20OR%201=1--",
      'constructor',
      '__proto__',
      '-1',
      '9'.repeat(40),
      'x'.repeat(450),
      'x'.repeat(2_000),
    ];
    for (const route of ROUTES.filter(({ params }) => params !== undefined)) {
      for (const word of words) {
        const path = route.path.replace(/:\w+/g, () => word);
        const answer = await ask(world, route, { path }, { rig: keyOf(route) });
        const what = `${route.method} ${path.slice(0, 200)}: ${answer.status} ${answer.text}`;
        assert.ok(answer.status >= 400 && answer.status < 500, what);
        assertProblem(answer, world, what);
      }
    }
  });

  await test.test('in every field of every body', async () => {
    for (const route of ROUTES.filter(({ body }) => body !== undefined)) {
      const schema = operationOf(route).requestBody?.content['application/json']?.schema;
      const { path, json } = await caseOf(route).request(world);
      const good = { ...(sampleOf(schema as JsonSchema, NAMED) as object), ...(json as object) };
      const { properties = {} } = resolved(schema as JsonSchema, NAMED);
      const bodies: unknown[] = [...WRONG, { ...good, no_such_field: 1 }];
      for (const field of Object.keys(properties as object)) {
        for (const value of WRONG) bodies.push({ ...good, [field]: value });
      }
      for (const body of bodies) {
        const fits = (route.body as ZodType).safeParse(body).success;
        await assertTaken(world, route, { path, json: body }, fits);
      }
    }
  });

  await test.test('instead of a JSON body', async () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const deepField = (levels: number) =>
      `{"options":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
    const texts = ['{', '', '{"a":1', 'nonsense', '\0', '{"a":1}{"b":2}', '\ud800', 'NaN'];
    const nested = [deep(100), deep(100_000), deepField(100), deepField(100_000)];
    const polluting = ['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}'];
    for (const route of ROUTES.filter(({ body }) => body !== undefined)) {
      const { path } = await caseOf(route).request(world);
      const optional = route.body?.safeParse(undefined).success === true;
      for (const body of [...texts, ...nested, ...polluting]) {
        const headers = { 'content-type': 'application/json' };
        await assertTaken(world, route, { path, body, headers }, optional && body === '');
      }
      const csv = { path, body: 'a,b', headers: { 'content-type': 'text/csv' } };
      const answer = await ask(world, route, csv, { rig: keyOf(route) });
      assert.equal(answer.json.code, 'request.media_type', route.id);
      assertProblem(answer, world, route.id);
    }
  });

  await test.test('where no body is taken', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const route of ROUTES) {
      const { method, body, streams } = route;
      if (method === 'GET' || body !== undefined || streams !== undefined) continue;
      const path = route.path.replace(/:\w+/g, () => 'nope');
      for (const something of ['{"only":"http.404"}', '[]', '1', '{']) {
        await assertTaken(world, route, { path, body: something, headers }, false);
      }
      for (const nothing of ['', ' {} ']) {
        const sent = { path, body: nothing, headers };
        const { text } = await ask(world, route, sent, { rig: keyOf(route) });
        assert.doesNotMatch(text, /request\.invalid/, `${route.id} ${JSON.stringify(nothing)}`);
      }
    }
  });

  await test.test('nested without end where anything is taken', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const levels of [100, 100_000]) {
      const rows = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      const body = `{"collector":"contacts","input":{"rows":${rows}}}`;
      const answer = await world.call('POST', '/v1/jobs', { key: 'run', body, headers });
      assertProblem(answer, world, `${levels} levels`);
      assert.match(answer.json.detail, /nested more than/);
    }
  });

  await test.test('that is larger than anybody needs', async () => {
    const body = `{"collector":"${'x'.repeat(17 * 2 ** 20)}"}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await world.call('POST', '/v1/jobs', { key: 'run', body, headers });
    assert.equal(answer.json.code, 'request.too_large');
    assertProblem(answer, world, '17 MiB');
    assert.equal((await world.call('GET', '/v1/jobs', { key: 'run' })).status, 200);
  });

  await test.test('in headers', async () => {
    const answers = [
      await world.call('GET', '/v1/jobs', { key: '', headers: { authorization: 'Basic YTpi' } }),
      await world.call('GET', '/v1/jobs', { key: '', headers: { authorization: 'Bearer' } }),
      await world.call('GET', '/v1/jobs', { headers: { 'sluice-tenant': '../x' } }),
      await world.call('POST', '/v1/jobs', {
        json: { collector: 'contacts' },
        headers: { 'idempotency-key': 'x'.repeat(300) },
      }),
      await world.call('GET', '/v1/jobs', { headers: { 'x-large': 'x'.repeat(20_000) } }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 401, 404, 400, 431],
    );
    for (const answer of answers) assertProblem(answer, world, String(answer.status));
  });
});
