import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceContext } from '../account-service.ts';
import { xService } from './x-service.ts';

interface Told {
  readonly status: number;
  readonly body?: unknown;
}

/** Asks with answers by path; the paths that were asked are noted. */
async function test(answers: Readonly<Record<string, Told>>) {
  const asked: string[] = [];
  const ctx = {
    signal: new AbortController().signal,
    nowMs: () => 1_800_000_000_000,
    fetch: async (url: URL, init: { headers: Record<string, string> }) => {
      assert.equal(init.headers.authorization, 'Bearer abc');
      asked.push(url.pathname);
      const { status, body } = answers[url.pathname] ?? { status: 404 };
      const text = () => JSON.stringify(body ?? {});
      return { url: url.href, status, headers: {}, text };
    },
  } as unknown as ServiceContext;
  const said = await xService('http://x.test/api/').test({ token: 'abc' }, ctx);
  return { ...said, asked };
}

const ME = '/api/2/users/me';
const LOOKUP = '/api/2/users/by/username/x';
const barred = {
  status: 403,
  body: { title: 'Unsupported Authentication', type: 'x/unsupported-authentication' },
};

describe('accounts of X', () => {
  it('take a bare token, one with its word before it, and an object', () => {
    const { secret } = xService('http://x.test');
    const row = { token: 'abc%3D', scopes: 'users.read' };
    for (const given of ['abc%3D', ' Bearer abc%3D\n', { token: 'abc%3D' }, row]) {
      assert.deepEqual(secret.parse(given), { token: 'abc%3D' });
    }
    for (const given of ['', 'two words', {}, { key: 'x' }]) {
      assert.equal(secret.safeParse(given).success, false, JSON.stringify(given));
    }
  });

  it('are known by name where the token is a user’s', async () => {
    const body = { data: { id: '5', name: 'Ada', username: 'ada' } };
    const { ok, name, detail } = await test({ [ME]: { status: 200, body } });
    assert.deepEqual([ok, name, detail], [true, 'ada', 'X knows it as @ada.']);
  });

  it('are let in as an app where the token is one’s', async () => {
    const body = { data: { id: '1', username: 'x' } };
    const said = await test({ [ME]: barred, [LOOKUP]: { status: 200, body } });
    assert.equal(said.ok, true);
    assert.match(said.detail, /as an app/);
    assert.deepEqual(said.asked, [ME, LOOKUP]);
  });

  const others: readonly (readonly [string, Record<string, Told>, boolean, RegExp])[] = [
    ['a wrong token', { [ME]: { status: 401 } }, false, /does not accept its token/],
    [
      'a suspended one',
      { [ME]: { status: 403, body: { errors: [{ code: 64, message: 'It is suspended' }] } } },
      false,
      /It is suspended/,
    ],
    ['an app with a wrong token', { [ME]: barred, [LOOKUP]: { status: 401 } }, false, /401/],
    ['no credits', { [ME]: { status: 402 } }, false, /no credits left/],
    ['a spent quota', { [ME]: { status: 429 } }, true, /asks for patience/],
  ];
  for (const [name, answers, ok, detail] of others) {
    it(`tell of ${name}`, async () => {
      const said = await test(answers);
      assert.equal(said.ok, ok);
      assert.match(said.detail, detail);
    });
  }
});
