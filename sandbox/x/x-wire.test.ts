/** Shapes on the wire, endpoint by endpoint. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startX, type XStandIn } from './start-x.ts';
import type { TruthLead } from './truth.ts';
import { call, readAll } from './x-caller.ts';

let x: XStandIn;
const SIZE = 400;
const ALL_FIELDS =
  'created_at,description,entities,location,protected,public_metrics,url,verified,verified_type';

before(async () => {
  x = await startX({
    listSize: SIZE,
    lists: 4,
    oddLists: true,
    shortPages: 0.3,
    emptyPages: 0.3,
    problemHost: 'twitter',
    throttleBody: 'title',
    limitScale: 100,
  });
});
after(() => x.close());

const list = (source: string) => x.lists.find((each) => each.source === source)!;
const problem = (name: string) => x.lists.find((each) => each.problem === name)!;
const idOf = async (username: string): Promise<string> =>
  (await call(x, `/2/users/by/username/${username}`)).body.data.id;
const followersPath = async () => `/2/users/${await idOf(list('followers').target)}/followers`;

describe('users', () => {
  it('are id, name and username unless more is asked for', async () => {
    const { target } = list('followers');
    const { status, body, headers } = await call(x, `/2/users/by/username/${target}`);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ['data']);
    assert.deepEqual(Object.keys(body.data).sort(), ['id', 'name', 'username']);
    assert.equal(body.data.username, target);
    assert.match(body.data.id, /^\d{1,19}$/);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['retry-after'], undefined);
    for (const name of ['x-access-level', 'x-transaction-id', 'x-response-time', 'api-version']) {
      assert.ok(headers[name], name);
    }
  });

  it('are found by name in any case, by id, and as oneself', async () => {
    const { target } = list('followers');
    const id = await idOf(target.toUpperCase());
    assert.equal((await call(x, `/2/users/${id}`)).body.data.username, target);
    const me = (await call(x, '/2/users/me', 1)).body.data;
    assert.deepEqual((await call(x, `/2/users/${me.id}`)).body.data, me);
    const signed = `OAuth oauth_consumer_key="k", oauth_token="${x.accounts[1]?.token}"`;
    assert.deepEqual((await call(x, '/2/users/me', signed)).body.data, me);
  });

  it('have the fields of the truth', async () => {
    const leads = [...x.truth()].filter((line) => line.kind === 'lead') as TruthLead[];
    assert.ok(leads.length > SIZE);
    assert.ok(leads.some((lead) => BigInt(lead.id) > 2n ** 53n && lead.id.endsWith('1')));
    assert.ok(leads.some((lead) => lead.id.length < 12));
    for (let at = 0; at < leads.length; at += 100) {
      const some = leads.slice(at, at + 100);
      const ids = some.map(({ id }) => id).join(',');
      const { body } = await call(x, `/2/users?ids=${ids}&user.fields=${ALL_FIELDS}`);
      assert.deepEqual(body.data.map(leadOf), some);
      assert.equal(body.errors, undefined);
    }
  });

  it('that are missing, suspended or protected are errors in an answer of 200', async () => {
    const gone = problem('suspended').target;
    const both = await call(x, `/2/users/by?usernames=nobody,${gone},${list('followers').target}`);
    assert.equal(both.status, 200);
    assert.equal(both.body.data.length, 1);
    assert.deepEqual(both.body.errors, [
      {
        value: 'nobody',
        detail: 'Could not find user with usernames: [nobody].',
        title: 'Not Found Error',
        resource_type: 'user',
        parameter: 'usernames',
        resource_id: 'nobody',
        type: 'https://api.twitter.com/2/problems/resource-not-found',
      },
      {
        value: gone,
        detail: `User has been suspended: [${gone}].`,
        title: 'Forbidden',
        resource_type: 'user',
        parameter: 'usernames',
        resource_id: gone,
        type: 'https://api.twitter.com/2/problems/resource-not-found',
      },
    ]);
    const none = await call(x, '/2/users/by/username/nobody');
    assert.deepEqual([none.status, Object.keys(none.body)], [200, ['errors']]);
    const shy = await idOf(problem('protected').target);
    const hidden = await call(x, `/2/users/${shy}/followers`);
    assert.equal(hidden.status, 200);
    assert.equal(hidden.body.errors[0].title, 'Authorization Error');
    assert.match(hidden.body.errors[0].type, /\/not-authorized-for-resource$/);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a user as the wire has it.
function leadOf(user: any): TruthLead {
  const metrics = user.public_metrics;
  return {
    kind: 'lead',
    id: user.id,
    username: user.username,
    name: user.name,
    bio: user.description,
    location: user.location ?? '',
    website: user.entities?.url?.urls[0].expanded_url ?? user.url,
    followers: metrics.followers_count,
    following: metrics.following_count,
    posts: metrics.tweet_count,
    listed: metrics.listed_count,
    verified: user.verified,
    verifiedType: user.verified_type,
    protected: user.protected,
    createdAt: user.created_at,
  };
}

describe('lists of users', () => {
  it('are read to the end in the order of the truth, by pages full, short and empty', async () => {
    const followed = `/2/users/${await idOf(list('following').target)}/following`;
    const search = encodeURIComponent(list('search').target);
    const paths: readonly (readonly [string, string, number])[] = [
      ['followers', await followersPath(), 20],
      ['followers', await followersPath(), 1_000],
      ['following', followed, 7],
      ['list', `/2/lists/${list('list').target}/members`, 20],
      ['search', `/2/tweets/search/recent?query=${search}&expansions=author_id`, 20],
    ];
    const all: number[] = [];
    for (const [source, path, size] of paths) {
      const { ids, sizes } = await readAll(x, path, size);
      assert.deepEqual(ids, x.truthOf(list(source).id).ids, `${source} by ${size}`);
      assert.ok(ids.length > SIZE * 0.85, source);
      assert.ok(sizes.every((each) => each <= size));
      if (size <= 20) all.push(...sizes.slice(0, -1).map((each) => each / size));
    }
    assert.ok(all.includes(1) && all.includes(0) && all.some((each) => each > 0 && each < 1));
  });

  it('that are empty have no data', async () => {
    const id = await idOf(x.lists.at(-1)!.target);
    const { status, body } = await call(x, `/2/users/${id}/followers`);
    assert.deepEqual([status, body], [200, { meta: { result_count: 0 } }]);
    const found = await call(x, '/2/tweets/search/recent?query=nothing');
    assert.deepEqual(found.body, { meta: { result_count: 0 } });
  });

  it('go back by previous_token', async () => {
    const path = `${await followersPath()}?max_results=10`;
    const next = (await readUntilNext(path)).body;
    const forth = (await call(x, `${path}&pagination_token=${next.meta.next_token}`)).body;
    assert.ok(forth.meta.previous_token);
    const back = (await call(x, `${path}&pagination_token=${forth.meta.previous_token}`)).body;
    const ids = x.truthOf(list('followers').id).ids;
    const last = ids.indexOf(back.data.at(-1).id);
    assert.equal(ids.indexOf(forth.data?.[0]?.id ?? ids[last + 1]), last + 1);
  });

  it('tell of an X list and its owner', async () => {
    const { target } = list('list');
    const fields = 'list.fields=member_count,owner_id,private&expansions=owner_id';
    const { body } = await call(x, `/2/lists/${target}?${fields}`);
    assert.equal(body.data.member_count, SIZE);
    assert.equal(body.includes.users[0].id, body.data.owner_id);
    const none = await call(x, '/2/lists/123');
    assert.equal(none.body.errors[0].resource_type, 'list');
  });
});

/** The first page of a list that goes on. */
async function readUntilNext(path: string) {
  const answer = await call(x, path);
  assert.ok(answer.body.meta.next_token);
  return answer;
}

describe('searches', () => {
  it('name their newest and oldest post, and find from and to an id', async () => {
    const query = `query=${encodeURIComponent(list('search').target)}`;
    const path = `/2/tweets/search/recent?${query}&max_results=50&tweet.fields=created_at`;
    let page = (await call(x, path)).body;
    while (!page.data) {
      page = (await call(x, `${path}&next_token=${page.meta.next_token}`)).body;
    }
    const ids = page.data.map((post: { id: string }) => post.id);
    assert.equal(page.meta.newest_id, ids[0]);
    assert.equal(page.meta.oldest_id, ids.at(-1));
    assert.equal(page.meta.previous_token, undefined);
    const middle = ids[ids.length >> 1];
    const since = (await readPosts(`${path}&since_id=${middle}`)).map(({ id }) => id);
    assert.ok(since.length > 0 && since.every((id) => BigInt(id) > BigInt(middle)));
    const until = (await readPosts(`${path}&until_id=${middle}`)).map(({ id }) => id);
    assert.ok(until.length > 0 && until.every((id) => BigInt(id) < BigInt(middle)));
    const time = page.data[ids.length >> 1].created_at;
    const later = await readPosts(`${path}&start_time=${time}`);
    assert.ok(later.length > 0 && later.every((post) => post.created_at >= time));
  });
});

async function readPosts(path: string): Promise<{ id: string; created_at: string }[]> {
  const found: { id: string; created_at: string }[] = [];
  for (let token = ''; token !== undefined; ) {
    const { body } = await call(x, token === '' ? path : `${path}&next_token=${token}`);
    found.push(...(body.data ?? []));
    token = body.meta.next_token;
  }
  return found;
}

describe('tokens of pages', () => {
  it('are opaque and good for their endpoint and target only', async () => {
    const path = await followersPath();
    const { next_token: token } = (await readUntilNext(`${path}?max_results=10`)).body.meta;
    assert.ok(token.length >= 16);
    assert.equal((await call(x, `${path}?pagination_token=${token}`)).status, 200);
    const other = await idOf(list('following').target);
    const altered = `${token.slice(0, -2)}${token.at(-1)}${token.at(-2)}`;
    const foreign = [
      `/2/users/${other}/followers?pagination_token=${token}`,
      path.replace('followers', `following?pagination_token=${token}`),
      `/2/lists/${list('list').target}/members?pagination_token=${token}`,
      `/2/tweets/search/recent?query=a&next_token=${token}`,
      `${path}?pagination_token=${altered === token ? `x${token}` : altered}`,
    ];
    for (const wrong of foreign) assert.equal((await call(x, wrong)).status, 400, wrong);
    x.control({ do: 'expire-tokens' });
    assert.equal((await call(x, `${path}?pagination_token=${token}`)).status, 400);
  });
});

describe('requests that are wrong', () => {
  const LONG = 'a'.repeat(513);
  const rows: readonly (readonly [path: string, parameter: string, value: string])[] = [
    ['/2/users/123/followers?max_results=5000', 'max_results', '5000'],
    ['/2/users/123/followers?max_results=0', 'max_results', '0'],
    ['/2/users/123/following?pagination_token=short', 'pagination_token', 'short'],
    ['/2/lists/123/members?max_results=101', 'max_results', '101'],
    ['/2/tweets/search/recent?query=a&max_results=9', 'max_results', '9'],
    ['/2/tweets/search/recent', 'query', ''],
    [`/2/tweets/search/recent?query=${LONG}`, 'query', LONG],
    ['/2/tweets/search/recent?query=a&sort_order=best', 'sort_order', 'best'],
    ['/2/tweets/search/recent?query=a&since_id=x', 'since_id', 'x'],
    ['/2/tweets/search/recent?query=a&start_time=today', 'start_time', 'today'],
    [
      '/2/tweets/search/recent?query=a&start_time=2020-01-01T00:00:00Z',
      'start_time',
      '2020-01-01T00:00:00Z',
    ],
    ['/2/users/by/username/way_too_long_name_x', 'username', 'way_too_long_name_x'],
    ['/2/users/by/username/a-b', 'username', 'a-b'],
    ['/2/users/abc', 'id', 'abc'],
    ['/2/users/12345678901234567890/followers', 'id', '12345678901234567890'],
    ['/2/users/123?user.fields=shoe_size', 'user.fields', 'shoe_size'],
    ['/2/users/123?foo=1', 'foo', '1'],
    ['/2/users/by', 'usernames', ''],
    ['/2/users/search?query=%40%40', 'query', '@@'],
  ];
  for (const [path, parameter, value] of rows) {
    it(`answers 400 to ${path.slice(0, 70)}`, async () => {
      const { status, body } = await call(x, path);
      assert.equal(status, 400);
      const { errors, ...rest } = body;
      assert.deepEqual(rest, {
        title: 'Invalid Request',
        detail: 'One or more parameters to your request was invalid.',
        type: 'https://api.twitter.com/2/problems/invalid-request',
      });
      assert.deepEqual(errors[0].parameters, { [parameter]: [value] });
      assert.ok(errors[0].message.length > 20);
    });
  }

  it('answers 400 to 101 names and 404 to what there is not', async () => {
    const names = Array.from({ length: 101 }, (_, at) => `n${at}`).join(',');
    assert.equal((await call(x, `/2/users/by?usernames=${names}`)).status, 400);
    assert.equal((await call(x, '/2/users/123/friends')).status, 404);
  });
});

describe('names of fields', () => {
  it('may speak of posts', async () => {
    const other = await startX({ naming: 'post', lists: 1, emptyPages: 0 });
    try {
      const fields = 'public_metrics,most_recent_post_id';
      const path = `/2/users/by/username/${other.lists[0]?.target}?user.fields=${fields}`;
      const { data } = (await call(other, path)).body;
      assert.ok('post_count' in data.public_metrics && !('tweet_count' in data.public_metrics));
      assert.match(data.most_recent_post_id, /^\d+$/);
      const found = await call(other, '/2/tweets/search/recent?query=a&post.fields=lang');
      const [post] = found.body.data;
      assert.deepEqual([post.edit_history_post_ids, post.lang], [[post.id], 'en']);
    } finally {
      await other.close();
    }
  });
});
