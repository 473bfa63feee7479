/** What ctx.fetch does beyond a fetch: robots.txt, redirects, rests, dead hosts, equal work. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector, FetchInit } from '../../src/collectors/collector.ts';
import { hostLane } from '../../src/model/lane.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { type AnswerScript, ScriptedFetcher } from '../fakes/scripted-fetcher.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

interface Lab {
  readonly script: AnswerScript;
  readonly rows: number;
  readonly urlOf: (seq: number) => string;
  readonly init?: FetchInit;
  readonly robots?: boolean;
  readonly retries?: number;
  readonly cacheKey?: (seq: number) => string;
}

async function run(lab: Lab) {
  const clock = new VirtualClock();
  const fetcher = new ScriptedFetcher(clock, lab.script);
  const { cacheKey } = lab;
  const collector: Collector = {
    name: 'test',
    lanes: (input) => [hostLane(new URL(lab.urlOf(Number((input as { n: string }).n))).host)],
    ...(cacheKey
      ? { cacheKey: (input: unknown) => cacheKey(Number((input as { n: string }).n)) }
      : {}),
    async collect(_input, ctx) {
      const page = await ctx.fetch(lab.urlOf(ctx.seq), lab.init);
      return { records: [{ url: page.url, status: page.status, text: page.text() }] };
    },
  };
  const { engine, store } = setUp(
    collector,
    lab.rows,
    {
      fetcher,
      fetch: {
        userAgent: 'Sluice',
        timeoutMs: 1_000,
        deadlineMs: 2_000,
        bodyBytesMax: 10_000,
        redirectsMax: 5,
        robots: lab.robots ?? false,
        crawlDelayMaxMs: 5_000,
      },
    },
    clock,
  );
  const limits = { ttl: lab.cacheKey ? 60_000 : 0 };
  await engine.submit({ ...spec('j1', clock), retries: lab.retries ?? 3 });
  const job = await finished(engine, clock, 'j1');
  const groups = await store.failureGroups('j1');
  const records = (await store.records('j1', undefined, 1_000)).map(
    ({ json }) => JSON.parse(json) as { url: string; status: number; text: string },
  );
  await engine.close();
  return { job, groups, records, fetcher, clock, store, limits };
}

describe('robots.txt', () => {
  it('is fetched once a site and obeyed', async () => {
    const { job, groups, fetcher } = await run({
      rows: 10,
      robots: true,
      urlOf: (seq) => `http://a.test/${seq % 2 === 0 ? 'open' : 'closed'}/${seq}`,
      script: ({ url }) =>
        url.pathname === '/robots.txt'
          ? { body: 'User-agent: *\nDisallow: /closed' }
          : { body: 'ok' },
    });
    assert.equal(job.counters.completed, 5);
    assert.equal(groups[0]?.sample.code, 'fetch.robots_denied');
    const asked = fetcher.exchanges.map(({ url }) => new URL(url).pathname);
    assert.equal(asked.filter((path) => path === '/robots.txt').length, 1);
    assert.ok(asked.every((path) => !path.startsWith('/closed')));
  });

  it('closes a site for now where it cannot be read, and the rows are tried again', async () => {
    let asked = 0;
    const { job } = await run({
      rows: 1,
      robots: true,
      retries: 8,
      urlOf: () => 'http://a.test/',
      script: ({ url }) => {
        if (url.pathname !== '/robots.txt') return { body: 'ok' };
        asked += 1;
        return asked === 1 ? { status: 500 } : { status: 404 };
      },
    });
    assert.equal(job.counters.completed, 1);
    assert.equal(asked, 2);
  });

  it('sets the pace by its crawl-delay, from the next request on', async () => {
    const { fetcher, job } = await run({
      rows: 6,
      robots: true,
      urlOf: (seq) => `http://a.test/${seq}`,
      script: ({ url }) =>
        url.pathname === '/robots.txt'
          ? { body: 'User-agent: *\nCrawl-delay: 2' }
          : { body: 'ok', delayMs: 10 },
    });
    assert.equal(job.counters.completed, 6);
    const starts = fetcher.exchanges
      .filter(({ url }) => !url.endsWith('robots.txt'))
      .map(({ startMs }) => startMs);
    const gaps = starts.slice(2).map((ms, i) => ms - (starts[i + 1] ?? 0));
    assert.ok(
      gaps.every((gap) => gap >= 1_990),
      `gaps of ${gaps.join(', ')} ms`,
    );
  });
});

describe('redirects', () => {
  it('are followed to the end, each hop through its host’s lane', async () => {
    const { records } = await run({
      rows: 1,
      urlOf: () => 'http://a.test/',
      script: ({ url }) =>
        url.host === 'a.test'
          ? { status: 301, headers: { location: 'http://b.test/new' } }
          : { body: 'arrived' },
    });
    assert.deepEqual(records, [{ url: 'http://b.test/new', status: 200, text: 'arrived' }]);
  });

  it('end where they turn in a circle', async () => {
    const { groups, fetcher } = await run({
      rows: 1,
      urlOf: () => 'http://a.test/',
      script: ({ url }) => ({
        status: 302,
        headers: { location: url.pathname === '/' ? '/x' : '/' },
      }),
    });
    assert.equal(groups[0]?.sample.code, 'fetch.redirect_loop');
    assert.ok(fetcher.exchanges.length <= 3);
  });

  it('end after so many hops', async () => {
    const { groups, fetcher } = await run({
      rows: 1,
      urlOf: () => 'http://a.test/0',
      script: ({ url }) => ({
        status: 302,
        headers: { location: `/${Number(url.pathname.slice(1)) + 1}` },
      }),
    });
    assert.equal(groups[0]?.sample.code, 'fetch.redirects_too_many');
    assert.equal(fetcher.exchanges.length, 6);
  });
});

describe('rests', () => {
  it('are kept to the millisecond and cost no attempt', async () => {
    const until = new Map<string, number>();
    const clock = new VirtualClock();
    let early = 0;
    const { job, fetcher } = await run({
      rows: 20,
      retries: 0,
      urlOf: (seq) => `http://h${seq % 4}.test/${seq}`,
      script: ({ url }) => {
        const key = url.host;
        if (!until.has(key)) {
          until.set(key, 0);
          return { status: 429, headers: { 'retry-after': '3' }, delayMs: 50 };
        }
        return { body: 'ok', delayMs: 50 };
      },
    });
    for (const { url, startMs } of fetcher.exchanges) {
      const first = fetcher.exchanges.find((each) => new URL(each.url).host === new URL(url).host);
      if (startMs > (first?.endMs ?? 0) && startMs < (first?.endMs ?? 0) + 3_000) early += 1;
    }
    assert.equal(early, 0, String(clock.monoMs()));
    assert.equal(job.counters.completed, 20);
    assert.equal(job.counters.discarded, 0);
  });

  it('that are long are spent in the store', async () => {
    let asked = 0;
    const { job, clock } = await run({
      rows: 1,
      retries: 0,
      urlOf: () => 'http://a.test/',
      script: () => {
        asked += 1;
        return asked === 1 ? { status: 429, headers: { 'retry-after': '600' } } : { body: 'ok' };
      },
    });
    assert.equal(job.counters.completed, 1);
    assert.equal(job.counters.failedAttempts, 1);
    assert.ok(clock.monoMs() >= 600_000 && clock.monoMs() < 610_000, `${clock.monoMs()}`);
  });
});

describe('dead hosts', () => {
  it('cost a few time-outs and not one a row', async () => {
    const { job, fetcher } = await run({
      rows: 500,
      retries: 1,
      urlOf: (seq) => `http://dead.test/${seq}`,
      script: () => ({ delayMs: 900, fails: 'fetch.timeout_connect' }),
    });
    assert.equal(job.counters.discarded, 500);
    assert.ok(fetcher.exchanges.length < 40, `${fetcher.exchanges.length} requests`);
  });

  it('do not hold up the others', async () => {
    const { job, fetcher } = await run({
      rows: 300,
      retries: 0,
      urlOf: (seq) => (seq < 200 ? `http://dead.test/${seq}` : `http://h${seq}.test/`),
      script: ({ url }) =>
        url.host === 'dead.test'
          ? { delayMs: 1_000, fails: 'fetch.timeout_connect' }
          : { body: 'ok', delayMs: 20 },
    });
    assert.equal(job.counters.completed, 100);
    const lastAlive = fetcher.exchanges
      .filter(({ url }) => !url.includes('dead'))
      .map(({ endMs }) => endMs ?? 0);
    assert.ok(Math.max(...lastAlive) < 1_500, `${Math.max(...lastAlive)} ms`);
  });
});

describe('statuses', () => {
  it('decide what happens to the row', async () => {
    const statuses = [404, 410, 401, 403, 400];
    const { groups, fetcher } = await run({
      rows: statuses.length,
      urlOf: (seq) => `http://h${seq}.test/`,
      script: ({ url }) => ({ status: statuses[Number(url.host.slice(1, 2))] as number }),
    });
    assert.deepEqual(
      groups.map(({ sample }) => sample.code).sort(),
      statuses.map((status) => `http.${status}`).sort(),
    );
    assert.equal(fetcher.exchanges.length, statuses.length, 'none of them is tried again');
  });

  it('are the collector’s to judge where it asks for that', async () => {
    const { records } = await run({
      rows: 1,
      init: { anyStatus: true },
      urlOf: () => 'http://a.test/',
      script: () => ({ status: 404, body: 'gone fishing' }),
    });
    assert.deepEqual(records, [{ url: 'http://a.test/', status: 404, text: 'gone fishing' }]);
  });
});
