import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from './server-rig.ts';

describe('keys and tenants', () => {
  it('opens nothing without a key, with a wrong one, or with one that falls short', async (test) => {
    const { call, keys } = await startServer(test);
    const none = await call('GET', '/v1/jobs', { key: '' });
    assert.equal(none.status, 401);
    assert.equal(none.json.code, 'auth.missing');
    assert.equal(none.headers.get('www-authenticate'), 'Bearer');
    const headers = {
      'x-api-key': `${keys.run.slice(0, -1)}${keys.run.endsWith('A') ? 'B' : 'A'}`,
    };
    const wrong = await call('GET', '/v1/jobs', { key: '', headers });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.json.code, 'auth.invalid');
    const short = await call('POST', '/v1/jobs', { key: 'read', json: { collector: 'contacts' } });
    assert.equal(short.status, 403);
    assert.equal(short.json.code, 'auth.forbidden');
    assert.equal((await call('GET', '/v1/tenants', { key: 'admin' })).status, 403);
  });

  it('takes a key in either header, until it is revoked', async (test) => {
    const { call } = await startServer(test);
    const json = { name: 'mine', scope: 'read' };
    const made = await call('POST', '/v1/keys', { key: 'admin', json });
    assert.equal(made.status, 201);
    assert.equal(made.json.tenant, 'acme');
    const headers = { 'x-api-key': made.json.key };
    const me = await call('GET', '/v1/me', { key: '', headers });
    assert.deepEqual(me.json, {
      keyId: made.json.id,
      tenant: 'acme',
      scope: 'read',
      operator: false,
    });
    const path = `/v1/keys/${made.json.id}`;
    assert.equal((await call('DELETE', path, { key: 'other' })).status, 404);
    assert.equal((await call('DELETE', path, { key: 'admin' })).status, 204);
    assert.equal((await call('GET', '/v1/me', { key: '', headers })).status, 401);
  });

  it('never shows the secret or its hash again', async (test) => {
    const { call, keys } = await startServer(test);
    const list = await call('GET', '/v1/keys');
    assert.equal(list.status, 200);
    assert.ok(list.json.keys.length >= 5);
    for (const key of Object.values(keys)) {
      assert.ok(!list.text.includes(key.slice(key.indexOf('.') + 1)));
    }
    assert.ok(!list.text.includes('hash'));
  });

  it('shuts a disabled tenant out', async (test) => {
    const { call } = await startServer(test);
    const disabled = await call('PATCH', '/v1/tenants/acme', { json: { disabled: true } });
    assert.equal(disabled.json.disabled, true);
    const refused = await call('GET', '/v1/jobs', { key: 'run' });
    assert.equal(refused.status, 403);
    assert.equal(refused.json.code, 'tenant.disabled');
    assert.equal((await call('GET', '/v1/jobs', { key: 'other' })).status, 200);
  });
});

describe('jobs over HTTP', () => {
  it('runs a job of one tenant that another does not see', async (test) => {
    const { call } = await startServer(test);
    const order = {
      collector: 'contacts',
      input: { rows: ['http://127.0.0.1:9/', 'no website at all'] },
    };
    const headers = { 'idempotency-key': 'once' };
    const made = await call('POST', '/v1/jobs', { key: 'run', json: order, headers });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json.job;
    const again = await call('POST', '/v1/jobs', { key: 'run', json: order, headers });
    assert.equal(again.status, 200);
    assert.equal(again.json.job.id, id);
    assert.equal((await call('GET', `/v1/jobs/${id}`, { key: 'other' })).status, 404);
    const shown = await call('GET', `/v1/jobs/${id}`, { key: 'read' });
    assert.equal(shown.status, 200);
    assert.equal(shown.json.tenant, 'acme');
    const theirs = await call('GET', '/v1/jobs', { key: 'other' });
    assert.deepEqual(theirs.json, { jobs: [] });
  });

  it('answers nonsense with a problem document', async (test) => {
    const { call } = await startServer(test);
    const cases: readonly [string, string, Parameters<typeof call>[2], number, string][] = [
      ['GET', '/v1/nothing', {}, 404, 'request.no_route'],
      ['GET', '/v1/jobs/j_nope', {}, 404, 'job.not_found'],
      ['GET', '/v1/jobs?limit=0', {}, 400, 'request.invalid'],
      ['GET', '/v1/jobs?colour=red', {}, 400, 'request.invalid'],
      ['POST', '/v1/jobs', { json: { collector: 'contact' } }, 400, 'collector.not_found'],
      ['POST', '/v1/jobs', { json: { collector: '/etc/passwd' } }, 400, 'collector.not_found'],
      ['POST', '/v1/jobs', { json: [] }, 400, 'request.invalid'],
      ['POST', '/v1/jobs', { body: 'a,b' }, 415, 'request.media_type'],
      [
        'POST',
        '/v1/jobs',
        { body: '{', headers: { 'content-type': 'application/json' } },
        400,
        'request.invalid',
      ],
    ];
    for (const [method, path, options, status, code] of cases) {
      const answer = await call(method, path, options);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      assert.equal(answer.json.code, code, `${method} ${path}: ${answer.text}`);
      assert.ok(answer.json.hint.length > 0);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
    const both = { collector: 'contacts', input: { rows: ['a.example'], job: 'j_1' } };
    const { json } = await call('POST', '/v1/jobs', { json: both });
    assert.match(json.detail, /input: Unrecognized key: "job"/);
  });
});
