import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { exchange, httpServer, testFetcher } from './loopback.ts';

setFlagsFromString('--expose-gc');
/** What is left after it is what is held, not what merely has not been collected yet. */
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * What is kept must not depend on how many hosts were ever met. Half as many hosts first, to warm
 * up; then twice as many, after which no more may be held than before.
 */
test('memory and sockets stay flat over many hosts', { timeout: 60_000 }, async () => {
  await using server = await httpServer((_, response) => response.end('x'.repeat(500)));
  const fetcher = testFetcher({
    allowHosts: ['*.many.test'],
    resolver: { resolve: async () => ({ addresses: ['127.0.0.1'], ttlMs: undefined }) },
    socketsMax: 64,
    idleMax: 16,
  });
  let next = 0;
  let mostOpen = 0;
  const visit = async (until: number) => {
    const worker = async () => {
      while (next < until) {
        next += 1;
        await exchange(fetcher, `http://h${next}.many.test:${server.port}/`);
        mostOpen = Math.max(mostOpen, fetcher.gauges().openSockets);
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await visit(1_500);
  const after = await visit(4_500);
  const gauges = fetcher.gauges();
  assert.ok(mostOpen <= 64, `${mostOpen} sockets`);
  assert.ok(gauges.idleSockets <= 16);
  assert.ok(gauges.names <= 10_000);
  assert.ok(after - before < 12e6, `heap grew by ${after - before} bytes`);
  await fetcher.close();
  assert.equal(fetcher.gauges().openSockets, 0);
});
