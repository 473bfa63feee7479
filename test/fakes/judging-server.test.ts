import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { test } from 'node:test';
import { JudgingServer, overRate } from './judging-server.ts';

function ask(
  port: number,
  lane: string,
  path: string,
  agent: Agent,
  who = 'somebody',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: lane, 'x-who': who };
    const options = { host: '127.0.0.1', port, path, agent, headers };
    get(options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    }).once('error', reject);
  });
}

test('a rate is judged over every window, exactly', () => {
  const rate = { perSecond: 10, burst: 3 };
  assert.equal(overRate([0, 0, 0, 100, 200, 300], rate), 0);
  assert.equal(overRate([0, 0, 0, 0], rate), 1);
  // Quick after a rest is no excuse: the burst is 3 whatever came before.
  assert.equal(overRate([0, 5_000, 5_000, 5_000, 5_000], rate), 1);
  assert.ok(Math.abs(overRate([0, 0, 0, 90], rate) - 0.1) < 1e-9);
  assert.ok(overRate([], rate) < 0);
});

test('each lane is judged by itself: at once, how often, how fast', async (context) => {
  const server = await JudgingServer.start({ takesMs: 400 });
  context.after(() => server.close());
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  context.after(() => agent.destroy());
  await Promise.all(
    [0, 1, 2]
      .map((n) => ask(server.port, 'a.example:80', `/${n}`, agent))
      .concat([ask(server.port, 'b.example', '/0', agent)]),
  );
  await ask(server.port, 'a.example', '/0', agent);
  assert.deepEqual(server.lanes, ['a.example', 'b.example']);
  const rate = { perSecond: 0.01, burst: 2 };
  const a = server.judge('a.example', rate);
  assert.deepEqual([a.requests, a.mostAtOnce], [4, 3]);
  assert.deepEqual(
    server
      .most('a.example')
      .map(({ path }) => path)
      .sort(),
    ['/0', '/1', '/2'],
  );
  // Four within less than a window of a hundred seconds.
  assert.ok(a.overRate > 1 && a.overRate < 2, `${a.overRate}`);
  const patient = server.judge('a.example', rate, a.toleranceNeededMs + 1);
  assert.equal(patient.overRate, 0);
  assert.equal(server.judge('b.example').mostAtOnce, 1);
  assert.equal(server.asked('a.example').get('/0'), 2);
  assert.equal(server.repeats, 1);
  assert.ok(server.meanMs('b.example') >= 390);
});

test('a request whose connection is gone is not under way', async (context) => {
  const server = await JudgingServer.start({
    takesMs: (asked) => (asked.before === 0 ? 60_000 : 0),
  });
  context.after(() => server.close());
  const agent = new Agent();
  const lost = ask(server.port, 'a.example', '/', agent).catch(() => 'lost');
  while (server.requests === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  agent.destroy();
  assert.equal(await lost, 'lost');
  while (!(server.meanMs('a.example') >= 0)) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.equal(await ask(server.port, 'a.example', '/', new Agent()), 200);
  assert.equal(server.judge('a.example').mostAtOnce, 1);
});

test('it says who asked, and when somebody else did', async (context) => {
  const server = await JudgingServer.start();
  context.after(() => server.close());
  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  await ask(server.port, 'a.example', '/1', agent, 'one');
  const betweenMs = performance.now();
  assert.equal(server.lastWho('a.example', 0), 'one');
  assert.equal(server.lastWho('a.example', betweenMs), undefined);
  await ask(server.port, 'a.example', '/2', agent, 'one');
  assert.equal(server.firstOfOther('a.example', 'one', betweenMs), undefined);
  assert.equal(
    server.firstOfOther('a.example', 'one', 0, betweenMs),
    server.startsMs('a.example')[1],
  );
  await ask(server.port, 'a.example', '/3', agent, 'two');
  await ask(server.port, 'a.example', '/4', agent, 'two');
  const [, , third] = server.startsMs('a.example');
  assert.equal(server.firstOfOther('a.example', 'one', betweenMs), third);
});
