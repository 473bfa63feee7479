import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange, httpServer, testFetcher } from './loopback.ts';

test('a request that may not go any more never reaches its host', async () => {
  let asked = 0;
  await using server = await httpServer((_, response) => {
    asked += 1;
    response.end('x');
  });
  const fetcher = testFetcher();
  const url = `${server.origin}/`;
  let held = true;
  const mayGo = () => held;
  await exchange(fetcher, url, { mayGo });
  assert.equal(asked, 1);
  held = false;
  // Over a connection that is there, and over one that has to be made.
  const fenced = { code: 'cluster.fenced' };
  await assert.rejects(exchange(fetcher, url, { mayGo }), fenced);
  await fetcher.close();
  const other = testFetcher();
  await assert.rejects(exchange(other, url, { mayGo }), fenced);
  held = true;
  await exchange(other, url, { mayGo });
  assert.equal(asked, 2);
  await other.close();
});

test('it is asked when the request is written, not when it is taken up', async () => {
  let asked = 0;
  await using server = await httpServer((_, response) => {
    asked += 1;
    response.end('x');
  });
  const fetcher = testFetcher();
  let held = true;
  const mayGo = () => held;
  await exchange(fetcher, `${server.origin}/`, { mayGo });
  // The connection is free, but an answer has just come on it: the next request is written later.
  const next = exchange(fetcher, `${server.origin}/`, { mayGo });
  held = false;
  await assert.rejects(next, { code: 'cluster.fenced' });
  assert.equal(asked, 1);
  assert.equal(server.connections, 1);
  held = true;
  await exchange(fetcher, `${server.origin}/`, { mayGo });
  assert.equal(asked, 2);
  await fetcher.close();
});
