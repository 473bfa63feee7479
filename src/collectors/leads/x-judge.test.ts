import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from './x-judge.ts';

const NOW_MS = 1_800_000_000_000;
const TYPE = 'https://api.twitter.com/2/problems/';

interface Case {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function judged({ status, body, headers = {} }: Case) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const url = 'https://api.x.com/2/users/1/followers';
  const verdict = judge({ url, status, headers, text }, '@jack', NOW_MS);
  return verdict.kind === 'fail'
    ? `${verdict.failure.class} ${verdict.failure.code}`
    : verdict.kind;
}

const notFound = {
  value: 'jack',
  detail: 'Could not find user with username: [jack].',
  title: 'Not Found Error',
  resource_type: 'user',
  parameter: 'username',
  type: `${TYPE}resource-not-found`,
};
const wrongToken = (parameter: string) => ({
  errors: [{ parameters: { [parameter]: ['abc'] }, message: 'not valid' }],
  title: 'Invalid Request',
  detail: 'One or more parameters to your request was invalid.',
  type: `${TYPE}invalid-request`,
});

describe('judging answers of X', () => {
  const table: readonly (readonly [string, Case, string])[] = [
    ['a page', { status: 200, body: { data: [{ id: '1' }], meta: {} } }, 'ok'],
    ['an empty page', { status: 200, body: { meta: { result_count: 0 } } }, 'ok'],
    ['a page with errors beside', { status: 200, body: { data: [], errors: [notFound] } }, 'ok'],
    [
      'an unknown name',
      { status: 200, body: { errors: [notFound] } },
      'gone leads.target_not_found',
    ],
    [
      'a suspended target, of the same type',
      {
        status: 200,
        body: {
          errors: [{ ...notFound, title: 'Forbidden', detail: 'User has been suspended: [jack].' }],
        },
      },
      'gone leads.target_suspended',
    ],
    [
      'a protected target, under the other host',
      {
        status: 200,
        body: {
          errors: [
            {
              title: 'Authorization Error',
              detail: 'Sorry, you are not authorized to see the user with id: [1].',
              type: 'https://api.x.com/2/problems/not-authorized-for-resource',
            },
          ],
        },
      },
      'auth leads.target_protected',
    ],
    ['HTML with 200', { status: 200, body: '<html>' }, 'transient x.no_json'],
    ['a token of the page', { status: 400, body: wrongToken('pagination_token') }, 'lost'],
    ['a token of the search', { status: 400, body: wrongToken('next_token') }, 'lost'],
    ['a post that is too old', { status: 400, body: wrongToken('since_id') }, 'lost'],
    ['a size', { status: 400, body: wrongToken('max_results') }, 'invalid x.invalid_request'],
    [
      'a wrong token',
      { status: 401, body: { title: 'Unauthorized', type: 'about:blank', status: 401 } },
      'quarantine',
    ],
    ['a 401 without a body', { status: 401, body: '' }, 'quarantine'],
    [
      'no credits',
      {
        status: 402,
        body: { title: 'CreditsDepleted', detail: 'no credits', type: `${TYPE}credits` },
      },
      'stop x.credits',
    ],
    [
      'a suspended account, by code',
      { status: 403, body: { errors: [{ code: 64, message: 'not permitted' }] } },
      'quarantine',
    ],
    [
      'a locked account, by code',
      { status: 403, body: { errors: [{ code: 326, message: 'To protect our users' }] } },
      'quarantine',
    ],
    [
      'a suspended account, by words',
      { status: 403, body: { title: 'Forbidden', detail: 'Your account is SUSPENDED.' } },
      'quarantine',
    ],
    [
      'a wrong kind of token',
      {
        status: 403,
        body: {
          title: 'Unsupported Authentication',
          detail: 'Application-Only is forbidden',
          type: `${TYPE}unsupported-authentication`,
        },
      },
      'barred',
    ],
    [
      'an app without a project',
      {
        status: 403,
        body: {
          title: 'Client Forbidden',
          detail: 'must use keys of an App that is attached to a Project',
          reason: 'client-not-enrolled',
          type: `${TYPE}client-forbidden`,
        },
      },
      'stop x.not_enrolled',
    ],
    [
      'a missing right',
      { status: 403, body: { title: 'Forbidden', type: 'about:blank' } },
      'barred',
    ],
    ['a 403 without a body', { status: 403, body: '' }, 'barred'],
    [
      'some other 403',
      { status: 403, body: { title: 'Odd', type: `${TYPE}oddity` } },
      'auth x.forbidden',
    ],
    ['no list', { status: 404, body: {} }, 'gone leads.target_not_found'],
    ['a limit', { status: 429, body: { title: 'Too Many Requests', status: 429 } }, 'rest'],
    ['a limit, by code', { status: 429, body: { errors: [{ code: 88 }] } }, 'rest'],
    ['a limit without a body', { status: 429, body: '' }, 'rest'],
    [
      'a monthly cap',
      {
        status: 429,
        body: {
          title: 'UsageCapExceeded',
          period: 'Monthly',
          detail: 'Usage cap exceeded: Monthly product cap',
          type: `${TYPE}usage-capped`,
        },
      },
      'stop x.usage_cap',
    ],
    ['a fault', { status: 500, body: { title: 'Internal Server Error' } }, 'transient http.500'],
    ['a gateway', { status: 503, body: '<html>' }, 'transient http.503'],
  ];
  for (const [name, given, expected] of table) {
    it(`takes ${name} for ${expected}`, () => assert.equal(judged(given), expected));
  }

  it('tells the token of the page from the post that is too old', () => {
    const what = (parameter: string) =>
      judge(
        { url: '', status: 400, headers: {}, text: JSON.stringify(wrongToken(parameter)) },
        '@jack',
        NOW_MS,
      );
    assert.deepEqual(what('next_token'), { kind: 'lost', what: 'token' });
    assert.deepEqual(what('since_id'), { kind: 'lost', what: 'since' });
  });

  it('says why an account is set aside, in one sentence', () => {
    const body = {
      errors: [{ code: 64, message: 'Your account is suspended and not permitted.' }],
    };
    const text = JSON.stringify(body);
    const verdict = judge({ url: '', status: 403, headers: {}, text }, '@jack', NOW_MS);
    assert.deepEqual(verdict, {
      kind: 'quarantine',
      why: 'X says: Your account is suspended and not permitted (403).',
    });
  });
});
