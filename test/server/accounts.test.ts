/** Accounts as an admin of a tenant has them: its own, and never a secret. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServer } from './server-rig.ts';

const PATH = '/v1/accounts';
const COLLECTOR = fileURLToPath(new URL('../fixtures/fake-service.ts', import.meta.url));
const draft = (name: string, token = name) => ({ service: 'fake', name, secret: { token } });

async function serve(test: TestContext, flags: Readonly<Record<string, unknown>> = {}) {
  const rig = await startServer(test, { collectors: COLLECTOR, ...flags });
  const list = async (key: 'admin' | 'other' | 'operator' = 'admin') =>
    (await rig.call('GET', PATH, { key })).json.accounts;
  const add = (json: unknown) => rig.call('POST', PATH, { key: 'admin', json });
  return { ...rig, list, add };
}

describe('accounts over HTTP', () => {
  it('are of one tenant, and tell no secret', async (test) => {
    const { call, list, add } = await serve(test);
    const made = await add(draft('a', 'very-secret'));
    assert.equal(made.status, 201, made.text);
    const { id, state, tenant } = made.json;
    assert.deepEqual([state, tenant], ['ready', 'acme']);
    assert.ok(!made.text.includes('very-secret'));
    const own = await call('GET', PATH, { key: 'admin' });
    assert.ok(!own.text.includes('very-secret') && !own.text.includes('secret'), own.text);
    assert.deepEqual(await list('other'), []);
    assert.equal((await list('operator')).length, 1);
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/ready'],
      ['POST', '/test'],
    ] as const) {
      const theirs = await call(method, `${PATH}/${id}${rest}`, { key: 'other' });
      assert.equal(theirs.json.code, 'account.not_found', `${method} ${rest}`);
    }
    assert.equal((await call('GET', PATH, { key: 'run' })).status, 403);
  });

  it('are refused with what is wrong, and never with the secret', async (test) => {
    const { add } = await serve(test);
    assert.equal((await add(draft('a'))).status, 201);
    const cases: [unknown, string][] = [
      [draft('a'), 'account.exists'],
      [{ ...draft('b'), service: 'nowhere' }, 'account.service_unknown'],
      [{ service: 'fake', name: 'b', secret: 'hunter2' }, 'account.secret_invalid'],
      [{ service: 'fake', name: 'b', secret: { token: '' } }, 'account.secret_invalid'],
      [{ service: 'fake', name: '' }, 'request.invalid'],
    ];
    for (const [json, code] of cases) {
      const { json: problem, text } = await add(json);
      assert.equal(problem.code, code, text);
      assert.ok(!text.includes('hunter2'), text);
    }
    assert.equal((await add({ ...draft('a', 'new'), replace: true })).status, 201);
    const asText = { service: 'fake', name: 'c', secret: '{"token":"t"}' };
    assert.equal((await add(asText)).status, 201);
  });

  it('are tried, rest, and are set aside', async (test) => {
    const { call, add } = await serve(test);
    const post = (id: string, what: string, json: unknown = {}) =>
      call('POST', `${PATH}/${id}/${what}`, { key: 'admin', json });
    const { id } = (await add(draft('a', 'bad'))).json;
    const refused = (await post(id, 'test')).json;
    assert.equal(refused.ok, false);
    assert.deepEqual(
      [refused.account.state, refused.account.reason],
      ['quarantined', 'The token is wrong.'],
    );
    await add({ ...draft('a', 'good'), replace: true });
    const good = (await post(id, 'test')).json;
    assert.deepEqual([good.ok, good.name, good.account.state], [true, '@good', 'ready']);
    const rested = (await post(id, 'rest', { forMs: 60_000, why: 'lunch' })).json;
    assert.deepEqual([rested.state, rested.reason], ['resting', 'lunch']);
    assert.ok(rested.restUntilMs > Date.now() + 50_000);
    assert.equal((await post(id, 'ready')).json.state, 'ready');
    assert.equal((await post(id, 'retire', { why: 'old' })).json.state, 'retired');
    await add({ ...draft('u', 'unreachable') });
    const other = (await call('GET', PATH, { key: 'admin' })).json.accounts[1];
    const untested = await post(other.id, 'test');
    assert.deepEqual([untested.status, untested.json.code], [502, 'account.untested']);
    assert.equal((await call('DELETE', `${PATH}/${id}`, { key: 'admin' })).status, 204);
    assert.equal((await post(id, 'ready')).json.code, 'account.not_found');
  });

  it('come in numbers, each for itself', async (test) => {
    const { call, list } = await serve(test);
    const accounts = [draft('a'), draft('b', ''), draft('c'), draft('a')];
    const path = `${PATH}/import`;
    const done = (await call('POST', path, { key: 'admin', json: { accounts } })).json;
    assert.deepEqual([done.added, done.replaced], [2, 0]);
    assert.deepEqual(
      done.refused.map(({ at, code }: { at: number; code: string }) => [at, code]),
      [
        [1, 'account.secret_invalid'],
        [3, 'account.exists'],
      ],
    );
    assert.equal((await list()).length, 2);
  });

  it('are looked at before they come, with what their secrets lack', async (test) => {
    const { call, list } = await serve(test);
    const accounts = [draft('a'), { service: 'fake', name: 'b', secret: {} }];
    const json = { accounts, check: true };
    const done = (await call('POST', `${PATH}/import`, { key: 'admin', json })).json;
    assert.deepEqual(done, {
      added: 0,
      replaced: 0,
      refused: [
        {
          at: 1,
          code: 'account.secret_missing',
          why: 'The account b of fake has no token.',
          missing: ['token'],
        },
      ],
    });
    assert.deepEqual(await list(), []);
  });

  it('are waited for by jobs, which say so', async (test) => {
    const { call, add, list } = await serve(test);
    const order = { collector: 'fake-lists', input: { rows: ['1', '2'] } };
    const { job } = (await call('POST', '/v1/jobs', { key: 'admin', json: order })).json;
    const waits = async () =>
      (await call('GET', `/v1/jobs/${job.id}/waits`, { key: 'admin' })).json.waits as readonly {
        readonly text: string;
      }[];
    for (let text = ''; !/^account fake: tenant acme has none/.test(text); ) {
      await delay(20);
      text = (await waits())[0]?.text ?? '';
    }
    await add(draft('a'));
    const state = async () =>
      (await call('GET', `/v1/jobs/${job.id}`, { key: 'admin' })).json.state as string;
    const until = Date.now() + 30_000;
    while ((await state()) !== 'completed' && Date.now() < until) await delay(50);
    assert.equal(await state(), 'completed');
    const [account] = await list();
    assert.equal(account.usedBy, undefined);
  });
});
