/** Methods of addresses: HEAD is GET without its body, and what an address does not take is said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openWorld } from './route-cases.ts';
import { startServer } from './server-rig.ts';
import { ask, assertProblem, caseOf, keyOf, ROUTES } from './walk.ts';

describe('HEAD', () => {
  it('answers as GET does, without its body', async (test) => {
    const world = await openWorld(test);
    for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
      await test.test(route.path, async () => {
        const { request, status } = caseOf(route);
        const asked = await request(world);
        const caller = { rig: keyOf(route) };
        const whole = await ask(world, route, asked, caller);
        const head = await fetch(world.url + asked.path, {
          method: 'HEAD',
          headers: { authorization: `Bearer ${world.keys[caller.rig]}`, ...asked.headers },
          redirect: 'manual',
        });
        assert.equal(whole.status, status);
        assert.equal(head.status, status);
        assert.equal(head.headers.get('content-type'), whole.headers.get('content-type'));
        assert.equal(await head.text(), '');
      });
    }
  });

  it('is refused as GET is', async (test) => {
    const { call } = await startServer(test);
    const cases = [
      ['/v1/jobs/j_nope', 'operator', 404],
      ['/v1/jobs/j_nope/events', 'operator', 404],
      ['/v1/jobs/j_nope/download', 'operator', 404],
      ['/v1/jobs', '', 401],
      ['/v1/events', '', 401],
      ['/v1/nothing', '', 404],
    ] as const;
    for (const [path, key, status] of cases) {
      const answer = await call('HEAD', path, { key });
      assert.equal(answer.status, status, path);
      assert.equal(answer.text, '', path);
    }
    assert.equal((await call('HEAD', '/', { key: '' })).status, 200);
  });
});

describe('a body that may be left out', () => {
  it('is left out in each way that clients have', async (test) => {
    const world = await openWorld(test);
    const optional = ROUTES.filter(({ body }) => body?.safeParse(undefined).success);
    assert.ok(optional.length >= 2);
    for (const route of optional) {
      const { path } = await caseOf(route).request(world);
      const authorization = `Bearer ${world.keys[keyOf(route)]}`;
      for (const type of [{}, { 'content-type': 'application/json' }]) {
        const headers = { authorization, ...type };
        const answer = await fetch(world.url + path, { method: route.method, headers });
        assert.ok(answer.status < 300 || answer.status === 409, await answer.text());
      }
    }
  });
});

describe('a method that an address does not take', () => {
  it('is answered with those that it takes', async (test) => {
    const world = await openWorld(test);
    const cases: readonly [string, string, string][] = [
      ['PUT', '/v1/jobs', 'GET, HEAD, POST'],
      ['DELETE', '/v1/jobs/', 'GET, HEAD, POST'],
      ['PUT', '/v1/jobs?limit=1', 'GET, HEAD, POST'],
      ['PUT', '/v1/jobs/j_1', 'DELETE, GET, HEAD'],
      ['POST', '/v1/jobs/j%2F1/download', 'GET, HEAD'],
      ['HEAD', '/v1/uploads', 'POST'],
      ['OPTIONS', '/v1/jobs', 'GET, HEAD, POST'],
      ['POST', '/livez', 'GET, HEAD'],
      ['POST', '/', 'GET, HEAD'],
    ];
    for (const [method, path, allowed] of cases) {
      const answer = await world.call(method, path);
      assert.equal(answer.status, 405, `${method} ${path}: ${answer.text}`);
      assert.equal(answer.headers.get('allow'), allowed, path);
      if (method === 'HEAD') continue;
      assertProblem(answer, world, path);
      assert.equal(answer.json.code, 'request.method');
    }
    const nothing = await world.call('POST', '/v1/nothing');
    assert.deepEqual([nothing.status, nothing.headers.get('allow')], [404, null]);
  });
});
