/** The measurable servers: the laws they follow and what they count. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kneeOutcome, kneeServer } from './knee-server.ts';
import { HEAVY_TAIL, latencyOfPath, latencyServer, latencyTotals } from './latency-server.ts';
import { pagesServer } from './pages-server.ts';
import { rateLimitedHosts } from './rate-limited-hosts.ts';
import { RetryGate } from './retry-gate.ts';

function gateAt(clock: { ms: number }) {
  return new RetryGate({
    ratePerSecond: 1,
    burst: 1,
    retryAfterMs: 0,
    inFlightMs: 100,
    nowMs: () => clock.ms,
  });
}

describe('the retry gate', () => {
  it('lets the rate through and asks for the time to the next token', () => {
    const clock = { ms: 0 };
    const gate = gateAt(clock);
    assert.deepEqual(gate.take(), { ok: true });
    clock.ms = 200;
    assert.deepEqual(gate.take(), { ok: false, retryAfterSeconds: 1 });
    clock.ms = 1_200;
    assert.deepEqual(gate.take(), { ok: true });
    for (clock.ms = 2_200; clock.ms < 9_000; clock.ms += 1_000) assert.ok(gate.take().ok);
    assert.deepEqual(gate.stats(), { requests: 10, throttled: 1, early: 0, earlyInFlight: 0 });
  });

  it('tells impatience from requests that were on their way', () => {
    const clock = { ms: 0 };
    const gate = gateAt(clock);
    gate.take();
    gate.take();
    clock.ms = 50;
    gate.take();
    clock.ms = 500;
    gate.take();
    clock.ms = 900;
    gate.take();
    assert.deepEqual(gate.stats(), { requests: 5, throttled: 4, early: 2, earlyInFlight: 1 });
  });
});

describe('rate-limited hosts', () => {
  it('limits each host apart and counts', async () => {
    const server = await rateLimitedHosts({ ratePerSecond: 0.01, burst: 2 });
    try {
      const get = (path: string) => fetch(`${server.url}${path}`);
      const statuses = [];
      for (let at = 0; at < 3; at += 1) statuses.push((await get(`/${at}`)).status);
      const other = await fetch(`http://localhost:${server.port}/`).catch(() => undefined);
      assert.deepEqual(statuses, [200, 200, 429]);
      if (other) assert.equal(other.status, 200);
      const stats = server.stats();
      assert.equal(stats.throttled, 1);
      assert.equal(stats.perHost[`127.0.0.1:${server.port}`]?.served, 2);
    } finally {
      await server.close();
    }
  });
});

describe('the latency server', () => {
  it('draws the same heavy tail for the same seed', () => {
    const paths = Array.from({ length: 2_000 }, (_, at) => `/r/${at}`);
    const draws = paths.map((path) => latencyOfPath(1, path)).sort((a, b) => a - b);
    const median = draws[1_000] as number;
    assert.ok(median > 25 && median < 50, String(median));
    assert.ok((draws.at(-1) as number) > 20 * median);
    assert.ok((draws.at(-1) as number) <= HEAVY_TAIL.maxMs);
    const { sumMs, maxMs } = latencyTotals(1, paths);
    assert.equal(maxMs, draws.at(-1));
    assert.ok(Math.abs(sumMs - draws.reduce((sum, each) => sum + each, 0)) < 1e-6 * sumMs);
    assert.notEqual(latencyOfPath(2, '/r/1'), latencyOfPath(1, '/r/1'));
    const law = { kind: 'log-normal', medianMs: 100, sigma: 1, maxMs: 1e9 } as const;
    const normal = paths.map((path) => latencyOfPath(1, path, law)).sort((a, b) => a - b);
    assert.ok((normal[1_000] as number) > 85 && (normal[1_000] as number) < 115);
  });

  it('takes the time that it says', async () => {
    const law = { kind: 'pareto', minMs: 60, alpha: 50, maxMs: 80 } as const;
    const server = await latencyServer({ law });
    try {
      const began = performance.now();
      assert.equal((await fetch(`${server.url}/r/1`)).status, 200);
      assert.ok(performance.now() - began >= 55);
      assert.equal(server.stats().requests, 1);
    } finally {
      await server.close();
    }
  });
});

describe('the knee server', () => {
  it('has its best goodput at its capacity', () => {
    const goodput = (concurrent: number) => {
      let served = 0;
      let timeMs = 0;
      for (let draw = 0.005; draw < 1; draw += 0.01) {
        const met = kneeOutcome(concurrent, 30, 50, draw);
        served += met.rejected ? 0 : 1;
        timeMs += met.latencyMs;
      }
      return (concurrent * served) / timeMs;
    };
    const peak = goodput(30);
    for (const concurrent of [1, 10, 20, 29, 31, 40, 60, 200]) {
      assert.ok(goodput(concurrent) < peak, String(concurrent));
    }
    assert.ok(goodput(60) < 0.5 * peak);
    assert.ok(goodput(200) < 0.2 * peak);
  });

  it('counts goodput and rejections', async () => {
    const server = await kneeServer({ capacity: 4, baseLatencyMs: 40 });
    try {
      const calls = Array.from({ length: 24 }, () => fetch(`${server.url}/`));
      const statuses = (await Promise.all(calls)).map((each) => each.status);
      const stats = server.stats();
      const ok = statuses.filter((each) => each === 200).length;
      assert.equal(stats.served, ok);
      assert.equal(stats.served + stats.rejected, 24);
      assert.ok(stats.rejected > 0);
      assert.equal(
        stats.goodputBySecond.reduce((sum, each) => sum + each, 0),
        ok,
      );
      const shown = (await (await fetch(`${server.url}/__stats`)).json()) as { requests: number };
      assert.equal(shown.requests, 24);
    } finally {
      await server.close();
    }
  });
});

describe('the pages server', () => {
  it('serves about the asked size, the same page for the same number', async () => {
    const server = await pagesServer({ pages: 8 });
    try {
      const text = async (path: string) => (await fetch(`${server.url}${path}`)).text();
      const first = await text('/p/3');
      assert.equal(await text('/p/11'), first);
      assert.notEqual(await text('/p/4'), first);
      const { length } = Buffer.from(first);
      assert.ok(length > 17_000 && length < 26_000, String(length));
      // Whatever a crawler likes to follow leads nowhere.
      const likely = /<a [^>]*href="\/[^"]*"[^>]*>(?:[^<]*\b)?(?:contact|about|legal|team)/i;
      assert.match('<a class="x" href="/about-us/">About us</a>', likely);
      for (let page = 0; page < 8; page += 1) {
        assert.doesNotMatch(await text(`/p/${page}`), likely);
      }
      assert.equal((await fetch(`${server.url}/robots.txt`)).status, 404);
      assert.equal(server.stats().requests, 11);
    } finally {
      await server.close();
    }
  });
});
