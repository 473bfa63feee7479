/** Limits, refusals and stops, and that the stand-in tells the truth about those who call. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { startX, type XStandIn } from './start-x.ts';
import { call } from './x-caller.ts';
import type { XOptions } from './x-options.ts';

const START_MS = Date.UTC(2026, 5, 1, 12, 0, 0, 250);
const ME = '/2/users/me';
const SEARCH = '/2/tweets/search/recent?query=a';

/** A stand-in whose clock stands still until it is moved. */
async function using(
  options: XOptions,
  test: (x: XStandIn, clock: { ms: number }) => Promise<void>,
): Promise<void> {
  const clock = { ms: START_MS };
  const plain = { problemHost: 'x', throttleBody: 'title', lists: 2, emptyPages: 0 } as const;
  const x = await startX({ ...plain, ...options, nowMs: () => clock.ms });
  try {
    await test(x, clock);
  } finally {
    await x.close();
  }
}

const limitsOf = (headers: Readonly<Record<string, unknown>>, name = 'x-rate-limit') =>
  ['limit', 'remaining', 'reset'].map((each) => headers[`${name}-${each}`]);

describe('windows', () => {
  it('start at the first call, keep their reset, and refuse the call after the last', () =>
    using({ limits: { me: 3 }, windowMs: 60_000 }, async (x, clock) => {
      const reset = String((START_MS - 250 + 61_000) / 1_000);
      for (const remaining of ['2', '1', '0']) {
        const { status, headers } = await call(x, ME);
        assert.deepEqual([status, ...limitsOf(headers)], [200, '3', remaining, reset]);
        clock.ms += 5_000;
      }
      const { status, headers, body } = await call(x, ME);
      assert.deepEqual([status, ...limitsOf(headers)], [429, '3', '0', reset]);
      assert.deepEqual(body, {
        title: 'Too Many Requests',
        type: 'about:blank',
        status: 429,
        detail: 'Too Many Requests',
      });
      assert.equal(headers['retry-after'], undefined);
      clock.ms = Number(reset) * 1_000 - 1;
      assert.equal((await call(x, ME)).status, 429);
      clock.ms += 1;
      const fresh = await call(x, ME);
      assert.equal(fresh.status, 200);
      assert.deepEqual(limitsOf(fresh.headers), ['3', '2', String(Number(reset) + 60)]);
    }));

  it('are apart for tokens and endpoints, and one for an app by itself', () =>
    using({ limits: { search: 1, me: 1 }, accounts: 2 }, async (x) => {
      assert.equal((await call(x, SEARCH, 0)).status, 200);
      assert.equal((await call(x, SEARCH, 0)).status, 429);
      assert.equal((await call(x, SEARCH, 1)).status, 200);
      assert.equal((await call(x, ME, 0)).status, 200);
      const app = `Bearer ${x.appTokens[0]}`;
      assert.equal((await call(x, SEARCH, app)).status, 200);
      assert.equal((await call(x, SEARCH, app)).status, 429);
    }));

  it('have the limits of the table, scaled', () =>
    using({ limitScale: 0.1 }, async (x) => {
      const app = `Bearer ${x.appTokens[0]}`;
      const rows = [
        [ME, 0, '8'],
        [SEARCH, 0, '30'],
        [SEARCH, app, '45'],
        ['/2/users/123/followers', 0, '30'],
        ['/2/users/123/following', app, '30'],
        ['/2/lists/123', 0, '8'],
        ['/2/lists/123/members', app, '90'],
        ['/2/users/123', app, '30'],
        ['/2/users/by?usernames=a', 0, '90'],
      ] as const;
      for (const [path, who, limit] of rows) {
        assert.equal((await call(x, path, who)).headers['x-rate-limit-limit'], limit, path);
      }
    }));

  it('may be refused by either body', () =>
    using({ limits: { me: 1 }, throttleBody: 'both' }, async (x) => {
      const bodies = new Set<string>();
      await call(x, ME);
      for (let n = 0; n < 20; n += 1) bodies.add(JSON.stringify((await call(x, ME)).body));
      assert.equal(bodies.size, 2);
      assert.ok(bodies.has('{"errors":[{"code":88,"message":"Rate limit exceeded"}]}'));
    }));
});

describe('caps of 24 hours', () => {
  it('refuse though the window has calls left, and say so in headers of their own', () =>
    using({ userDayCap: 2, limits: { me: 10 } }, async (x, clock) => {
      await call(x, ME);
      await call(x, ME);
      const { status, headers } = await call(x, ME);
      assert.equal(status, 429);
      assert.equal(headers['x-rate-limit-remaining'], '8');
      const day = limitsOf(headers, 'x-user-limit-24hour');
      const reset = Math.ceil((START_MS + 86_400_000) / 1_000);
      assert.deepEqual(day, ['2', '0', String(reset)]);
      clock.ms += 1_000_000;
      assert.equal((await call(x, ME)).status, 429);
      clock.ms = reset * 1_000;
      assert.equal((await call(x, ME)).status, 200);
    }));

  it('may be an app’s for all of its accounts', () =>
    using({ appDayCap: 2, accounts: 3 }, async (x) => {
      await call(x, ME, 0);
      await call(x, ME, 1);
      const { status, headers } = await call(x, ME, 2);
      assert.equal(status, 429);
      assert.equal(headers['x-app-limit-24hour-remaining'], '0');
    }));

  it('are forced on an account by command, for a time', () =>
    using({}, async (x, clock) => {
      x.control({ do: 'day-cap', account: 'account-1', endpoint: 'me', ms: 5_000 });
      assert.equal((await call(x, ME)).status, 429);
      assert.equal((await call(x, SEARCH)).status, 200);
      clock.ms += 6_000;
      const { status, headers } = await call(x, ME);
      assert.equal(status, 200);
      assert.equal(headers['x-user-limit-24hour-limit'], undefined);
    }));
});

describe('refusals', () => {
  const host = 'https://api.x.com/2/problems';

  it('of tokens: unknown, revoked, suspended, locked, without a scope', () =>
    using({ accounts: 5 }, async (x) => {
      const unauthorized = {
        title: 'Unauthorized',
        type: 'about:blank',
        status: 401,
        detail: 'Unauthorized',
      };
      const without = await call(x, ME, '');
      assert.deepEqual([without.status, without.body], [401, unauthorized]);
      assert.equal((await call(x, ME, 'Bearer nonsense')).status, 401);
      x.control({ do: 'revoke', account: 'account-1' });
      x.control({ do: 'suspend', account: 'account-2', afterCalls: 2 });
      x.control({ do: 'lock', account: 'account-3' });
      x.control({ do: 'scopes', account: 'account-4', scopes: ['tweet.read', 'users.read'] });
      assert.deepEqual((await call(x, ME, 0)).body, unauthorized);
      assert.deepEqual((await call(x, ME, 1)).status, 200);
      assert.deepEqual((await call(x, SEARCH, 1)).status, 200);
      const suspended = await call(x, ME, 1);
      assert.deepEqual([suspended.status, suspended.body.errors[0].code], [403, 64]);
      assert.equal(suspended.headers['x-rate-limit-limit'], undefined);
      const locked = await call(x, ME, 2);
      assert.deepEqual([locked.status, locked.body.errors[0].code], [403, 326]);
      assert.equal((await call(x, ME, 3)).status, 200);
      assert.equal((await call(x, '/2/users/1/followers', 3)).body.title, 'Forbidden');
      assert.equal((await call(x, ME, 4)).status, 200);
      x.control({ do: 'revive', account: 'account-2' });
      assert.equal((await call(x, ME, 1)).status, 200);
    }));

  it('of apps: the wrong kind of token, not enrolled', () =>
    using({}, async (x) => {
      const app = `Bearer ${x.appTokens[0]}`;
      const kind = await call(x, ME, app);
      assert.equal(kind.status, 403);
      assert.equal(kind.body.type, `${host}/unsupported-authentication`);
      x.control({ do: 'enroll', enrolled: false });
      const { status, body } = await call(x, SEARCH, app);
      assert.deepEqual([status, body.reason], [403, 'client-not-enrolled']);
    }));

  it('for want of credits, of all accounts of the app, until there are some', () =>
    using({ accounts: 3, apps: 2, credits: 2 }, async (x) => {
      for (const who of [0, 2]) assert.equal((await call(x, ME, who)).status, 200);
      const { status, body, headers } = await call(x, ME, 2);
      assert.equal(status, 402);
      assert.equal(body.title, 'CreditsDepleted');
      assert.equal(body.type, `${host}/credits`);
      assert.equal(headers['x-rate-limit-limit'], undefined);
      assert.equal((await call(x, ME, 1)).status, 200, 'the other app');
      x.control({ do: 'credits', left: 10, app: 1 });
      assert.equal((await call(x, ME, 2)).status, 200);
    }));

  it('for the monthly cap: 429 that no reset helps', () =>
    using({}, async (x, clock) => {
      x.control({ do: 'usage-cap', left: 0 });
      for (const passed of [0, 1_000_000]) {
        clock.ms += passed;
        const { status, body } = await call(x, ME);
        assert.deepEqual([status, body.title], [429, 'UsageCapExceeded']);
        assert.equal(body.type, `${host}/usage-capped`);
      }
      assert.equal(x.stats().afterStop, 1);
    }));

  it('may show the limits', () =>
    using({ limitsOnRefusals: true, credits: 0 }, async (x) => {
      const { headers } = await call(x, ME);
      assert.deepEqual(limitsOf(headers).slice(0, 2), ['75', '75']);
    }));
});

describe('members who come and go', () => {
  it('are at the head, do not move pages, and are in the truth', () =>
    using({ lists: 1, listSize: 50, shortPages: 0 }, async (x) => {
      const username = x.lists[0]?.target;
      const { id } = (await call(x, `/2/users/by/username/${username}`)).body.data;
      const path = `/2/users/${id}/followers?max_results=20`;
      const before = x.truthOf('1').ids;
      const first = (await call(x, path)).body;
      const came = x.control({ do: 'arrive', list: '1', count: 7 }).ids ?? [];
      const gone = x.control({ do: 'leave', list: '1', count: 3 }).ids ?? [];
      assert.deepEqual([new Set(came).size, new Set(gone).size], [7, 3]);
      const next = (await call(x, `${path}&pagination_token=${first.meta.next_token}`)).body;
      const got = [...first.data, ...next.data].map((user: { id: string }) => user.id);
      assert.deepEqual(new Set(got).size, got.length);
      assert.ok(got.every((each) => before.includes(each)));
      const now = x.truthOf('1').ids;
      const expected = [...came.toReversed(), ...before].filter((each) => !gone.includes(each));
      assert.deepEqual(now, expected);
      const fresh = (await call(x, `${path}&user.fields=id`)).body.data;
      assert.deepEqual(
        fresh.map((user: { id: string }) => user.id),
        now.slice(0, fresh.length),
      );
      const metrics = `/2/users/${id}?user.fields=public_metrics`;
      const { data } = (await call(x, metrics)).body;
      assert.equal(data.public_metrics.followers_count, 50 + 7 - 3);
    }));

  it('come by themselves as pages are read', () =>
    using({ lists: 1, listSize: 50, arrivalsEvery: 2, arrivals: 3 }, async (x) => {
      const username = x.lists[0]?.target;
      const { id } = (await call(x, `/2/users/by/username/${username}`)).body.data;
      const before = x.truthOf('1').ids.length;
      for (let n = 0; n < 4; n += 1) await call(x, `/2/users/${id}/followers?max_results=5`);
      const grown = x.truthOf('1').ids.length - before;
      assert.ok(grown >= 4 && grown <= 6, `${grown}`);
    }));
});

describe('the statistics', () => {
  it('blame for early and foreseeable calls, and for calls of the dead', () =>
    using({ limits: { me: 2 }, windowMs: 60_000, accounts: 2 }, async (x, clock) => {
      await call(x, ME);
      await call(x, ME);
      await call(x, ME);
      await call(x, ME);
      clock.ms += 61_000;
      await call(x, ME);
      x.control({ do: 'revoke', account: 'account-2' });
      for (let n = 0; n < 3; n += 1) await call(x, ME, 1);
      const { accounts, maximum, ...stats } = x.stats();
      const one = accounts['account-1']!;
      assert.deepEqual(one.statuses, { 200: 3, 429: 2 });
      assert.deepEqual(one.endpoints.me, {
        calls: 5,
        served: 3,
        throttled: 2,
        windows: 2,
        throttledPerWindowMax: 2,
        early: 1,
        foreseen: 1,
      });
      assert.equal(accounts['account-2']?.afterDeath, 2);
      assert.equal(stats.afterDeath, 2);
      assert.deepEqual([stats.early, stats.foreseen, stats.throttled], [1, 1, 2]);
      assert.deepEqual(maximum.me, { windows: 2, calls: 8, users: 0, usedShare: 3 / 8 });
      assert.equal(stats.elapsedMs, 61_000);
      x.reset();
      assert.equal(x.stats().calls, 0);
    }));

  it('do not blame who keeps within the limits', () =>
    using({ limits: { me: 2 }, windowMs: 60_000 }, async (x, clock) => {
      for (let n = 0; n < 6; n += 1) {
        const { status, headers } = await call(x, ME);
        assert.equal(status, 200);
        if (headers['x-rate-limit-remaining'] === '0') {
          clock.ms = Number(headers['x-rate-limit-reset']) * 1_000;
        }
      }
      const { early, foreseen, throttled, overlaps, maximum } = x.stats();
      assert.deepEqual(
        { early, foreseen, throttled, overlaps },
        {
          early: 0,
          foreseen: 0,
          throttled: 0,
          overlaps: 0,
        },
      );
      // The last window has just begun.
      assert.equal(maximum.me?.windows, 4);
    }));

  it('see one token twice at once, and who did it', () =>
    using({ seed: 15, latencyMs: 120, accounts: 2 }, async (x) => {
      const as = (pid: string) => ({ 'x-client-pid': pid });
      const first = call(x, ME, 0, as('11'));
      // With this seed the first call takes seven medians: the others come while it is in work.
      while (x.stats().calls === 0) await setImmediate();
      await Promise.all([first, call(x, ME, 0, as('22')), call(x, ME, 1)]);
      const { overlaps, overlapSamples, accounts, concurrencyMax } = x.stats();
      assert.equal(overlaps, 1);
      assert.deepEqual(accounts['account-1']?.clients.toSorted(), ['pid 11', 'pid 22']);
      assert.deepEqual(
        [accounts['account-1']?.concurrencyMax, accounts['account-2']?.concurrencyMax],
        [2, 1],
      );
      assert.ok(concurrencyMax >= 2);
      const [sample] = overlapSamples;
      assert.deepEqual([sample?.client, ...(sample?.others ?? [])].toSorted(), [
        'pid 11',
        'pid 22',
      ]);
    }));
});

describe('mishaps', () => {
  it('are the same for the same seed and calls', async () => {
    const faults = { error500: 0.2, error503: 0.2, reset: 0.2, cutBody: 0.2 };
    const runs: string[][] = [];
    for (let run = 0; run < 2; run += 1) {
      await using({ faults }, async (x) => {
        const seen: string[] = [];
        for (let n = 0; n < 30; n += 1) {
          const { status, error, headers } = await call(x, ME);
          const left = status === 0 ? '' : headers['x-rate-limit-remaining'];
          seen.push(`${status} ${error} ${left}`);
        }
        assert.equal(
          x.stats().brokenOff,
          seen.filter((each) => each.includes('ECONNRESET')).length,
        );
        runs.push(seen);
      });
    }
    assert.deepEqual(runs[0], runs[1]);
    const kinds = new Set(runs[0]?.map((each) => each.replace(/ \d*$/, '')));
    for (const kind of ['200 ', '500 ', '503 ', '0 ECONNRESET', '200 ECONNRESET']) {
      assert.ok(kinds.has(kind), `${kind} in ${[...kinds].join(', ')}`);
    }
  });
});

describe('commands', () => {
  it('come over HTTP, and are refused when they make no sense', () =>
    using({}, async (x) => {
      const post = async (body: string) => {
        const answer = await fetch(`${x.url}/__control`, { method: 'POST', body });
        return [answer.status, await answer.json()];
      };
      const [status, { ids }] = (await post('{"do":"arrive","list":"1","count":2}')) as [
        number,
        { ids: string[] },
      ];
      assert.deepEqual([status, ids.length], [200, 2]);
      assert.deepEqual(await post('{"do":"suspend","account":"account-1"}'), [200, { ok: true }]);
      assert.equal((await call(x, ME)).status, 403);
      const wrong = [
        '{"do":"dance"}',
        '{"do":"lock","account":"nobody"}',
        'nonsense',
        '{"do":"arrive","list":"99","count":1}',
        '{"do":"credits"}',
      ];
      for (const each of wrong) assert.equal((await post(each))[0], 400, each);
      const truth = await (await fetch(`${x.url}/__truth`)).text();
      const first = JSON.parse(truth.slice(0, truth.indexOf('\n')));
      assert.deepEqual(first, { ...x.truthOf('1') });
      const stats = (await (await fetch(`${x.url}/__stats`)).json()) as { calls: number };
      assert.equal(stats.calls, 1);
    }));
});
