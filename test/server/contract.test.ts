/** Every route does what the table, and so the document, says of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ERROR_TABLE } from '../../src/base/error-table.ts';
import { openapiDocument } from '../../src/server/openapi.ts';
import { withShownMs } from '../../src/server/shown-ms.ts';
import { openWorld, ROUTE_CASES } from './route-cases.ts';
import { startServer } from './server-rig.ts';
import { ask, caseOf, keyOf, ROUTES } from './walk.ts';

describe('the table of routes', () => {
  it('has a case for every route, and a route for every case', () => {
    const names = ROUTES.map(({ id }) => id);
    assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
    assert.deepEqual(Object.keys(ROUTE_CASES).toSorted(), names.toSorted());
  });

  it('is kept: every good answer is as declared', async (test) => {
    const world = await openWorld(test);
    for (const route of ROUTES) {
      await test.test(`${route.method} ${route.path}`, async () => {
        const { status, request, refusedAlone } = caseOf(route);
        const answer = await ask(world, route, await request(world), { rig: keyOf(route) });
        assert.equal(answer.status, status, answer.text);
        if (refusedAlone) return;
        const declared = route.answers[status];
        assert.ok(declared, `${status} is not declared`);
        const type = answer.headers.get('content-type')?.split(';', 1)[0];
        if ('safeParse' in declared) {
          assert.equal(type, 'application/json');
          // Parsing leaves out what is not declared: nothing may be.
          assert.deepEqual(declared.parse(answer.json), answer.json);
          assert.deepEqual(withShownMs(answer.json), answer.json, 'times are finer than shown');
          return;
        }
        const types = declared.map((each) => each.split(';', 1)[0]);
        if (types.length === 0) assert.equal(answer.text, '');
        else assert.ok(types.includes(type), `${type} is not declared`);
      });
    }
  });
});

describe('the document', () => {
  it('is OpenAPI 3.1 and names every route once', async () => {
    const document = openapiDocument(ROUTES, '1.2.3');
    const checked = await new Validator().validate(structuredClone({ ...document }));
    assert.ok(checked.valid, JSON.stringify(checked.errors));
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    assert.deepEqual(
      operations.map(({ operationId }) => operationId).toSorted(),
      ROUTES.map(({ id }) => id).toSorted(),
    );
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/([\w-]+)"/g)];
    for (const [, kind, name] of references) {
      const parts = document.components as unknown as Record<string, Record<string, unknown>>;
      assert.ok(parts[kind as string]?.[name as string], `${kind}/${name} is not there`);
    }
  });

  it('is served to anybody, and as a page that needs nothing from elsewhere', async (test) => {
    const { call } = await startServer(test);
    const served = await call('GET', '/openapi.json', { key: '' });
    const { info, ...rest } = openapiDocument(ROUTES, '');
    assert.deepEqual(served.json, {
      ...rest,
      info: { ...info, version: served.json.info.version },
    });
    const page = await call('GET', '/docs', { key: '' });
    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    assert.ok(!/<(?:script|link|img|iframe|form)\b|\son\w+=|\sstyle=/.test(page.text));
    for (const { id } of ROUTES) assert.ok(page.text.includes(`<article id="${id}">`), id);
    for (const code of Object.keys(ERROR_TABLE)) {
      assert.ok(page.text.includes(`id="error-${code}"`), code);
    }
    const targets = [...page.text.matchAll(/href="([^"]+)"/g)].map(
      ([, target]) => target as string,
    );
    for (const target of targets) {
      const anchor = target.startsWith('#') && page.text.includes(`id="${target.slice(1)}"`);
      assert.ok(anchor || target === '/openapi.json', target);
    }
  });
});
