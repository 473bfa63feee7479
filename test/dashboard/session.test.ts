/** Signing in by a cookie: what it opens, and what a page of another site cannot do with it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from '../server/server-rig.ts';

const PAGE = { 'sluice-page': '1' };

describe('a session', () => {
  it('opens what its key opens, by a cookie that scripts cannot read', async (test) => {
    const { call, keys } = await startServer(test);
    const wrong = await call('POST', '/v1/session', { key: '', json: { key: 'x' }, headers: PAGE });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers.get('set-cookie'), null);
    const json = { key: keys.run };
    const signed = await call('POST', '/v1/session', { key: '', json, headers: PAGE });
    assert.equal(signed.status, 200);
    assert.equal(signed.json.tenant, 'acme');
    const cookie = signed.headers.get('set-cookie') ?? '';
    assert.match(
      cookie,
      /^sluice_session=[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    // What is stolen from a disk is no key.
    assert.ok(!cookie.includes(keys.run.slice(4, 20)));
    const headers = { cookie: cookie.split(';', 1)[0] as string };
    const me = await call('GET', '/v1/me', { key: '', headers });
    assert.deepEqual([me.status, me.json.tenant, me.json.scope], [200, 'acme', 'run']);
    const secure = { ...PAGE, 'x-forwarded-proto': 'https' };
    const tls = await call('POST', '/v1/session', { key: '', json, headers: secure });
    assert.match(tls.headers.get('set-cookie') ?? '', /; Secure$/);
    const out = await call('DELETE', '/v1/session', { key: '', headers });
    assert.match(out.headers.get('set-cookie') ?? '', /^sluice_session=; .*Max-Age=0;/);
  });

  it('ends with its key, and is worth nothing when it was changed', async (test) => {
    const { call } = await startServer(test);
    const { json: made } = await call('POST', '/v1/keys', { json: { name: 'brief' } });
    const json = { key: made.key };
    const signed = await call('POST', '/v1/session', { key: '', json, headers: PAGE });
    const cookie = (signed.headers.get('set-cookie') as string).split(';', 1)[0] as string;
    const me = (text: string) => call('GET', '/v1/me', { key: '', headers: { cookie: text } });
    assert.equal((await me(cookie)).status, 200);
    assert.equal((await me(`${cookie.slice(0, -4)}AAAA`)).json.code, 'auth.missing');
    await call('DELETE', `/v1/keys/${made.id}`);
    assert.equal((await me(cookie)).json.code, 'auth.invalid');
  });

  it('changes nothing for a page of another site', async (test) => {
    const { call, keys, url } = await startServer(test);
    const json = { key: keys.admin };
    const signed = await call('POST', '/v1/session', { key: '', json, headers: PAGE });
    const cookie = (signed.headers.get('set-cookie') as string).split(';', 1)[0] as string;
    const create = async (headers: Record<string, string>) =>
      (await call('POST', '/v1/keys', { key: '', json: { name: 'made' }, headers })).status;
    assert.equal(await create({ cookie }), 403);
    assert.equal(await create({ cookie, ...PAGE, origin: 'https://evil.example' }), 403);
    assert.equal(await create({ cookie, ...PAGE, origin: 'null' }), 403);
    assert.equal(await create({ cookie, ...PAGE, 'sec-fetch-site': 'same-site' }), 403);
    assert.equal(await create({ cookie, ...PAGE, 'sec-fetch-site': 'cross-site' }), 403);
    assert.equal(await create({ cookie, ...PAGE, origin: url }), 201);
    // Behind a proxy that asks under another name.
    const proxied = { origin: 'https://sluice.example', 'x-forwarded-host': 'sluice.example' };
    assert.equal(await create({ cookie, ...PAGE, ...proxied }), 201);
    // A form cannot sign a browser in as somebody else, either.
    const plain = await call('POST', '/v1/session', { key: '', json });
    assert.equal(plain.json.code, 'auth.other_site');
    const foreign = { ...PAGE, origin: 'https://evil.example' };
    assert.equal(
      (await call('POST', '/v1/session', { key: '', json, headers: foreign })).status,
      403,
    );
    // A key of its own needs none of this: programs are no pages.
    assert.equal(
      (await call('POST', '/v1/keys', { key: 'admin', json: { name: 'x' } })).status,
      201,
    );
  });
});
