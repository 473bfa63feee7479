/** The connection that listens: it finds out when it is dead, and comes back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { PostgresListener } from '../../src/store/postgres/listen.ts';
import { hurried } from '../cluster/pg-node.ts';
import { eventually } from '../conformance/signals.ts';
import { CutProxy } from '../fakes/cut-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });
/** `AuthenticationOk` and `ReadyForQuery`. */
const WELCOME = [0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49];
const BACKENDS = `FROM pg_stat_activity
  WHERE application_name = 'sluice listen' AND datname = current_database()`;

async function setUp(context: TestContext) {
  const url = await postgres.databaseUrl();
  const proxy = await CutProxy.start(postgres.port);
  const listener = new PostgresListener({
    databaseUrl: proxy.through(url),
    clock: hurried(20),
    random: systemRandom,
    logger: silentLogger,
  });
  context.after(async () => {
    await listener.close();
    await proxy.close();
  });
  const heard: string[] = [];
  let gaps = 0;
  const listen = (channel: string) =>
    listener.listen(
      channel,
      (payload) => heard.push(`${channel}: ${payload}`),
      () => {
        gaps += 1;
      },
    );
  const say = (channel: string, text: string) =>
    postgres.query(url, 'SELECT pg_notify($1, $2)', [channel, text]);
  return { url, proxy, listener, heard, listen, say, gaps: () => gaps };
}

test('several channels share one connection; a channel that is left is not heard', async (context) => {
  const { url, heard, listen, say } = await setUp(context);
  const [one] = await Promise.all([listen('one'), listen('Two words'), listen('three')]);
  await say('Two words', 'a');
  await eventually(() => heard.length === 1, 'a message');
  await one.close();
  await say('one', 'b');
  await say('three', 'c');
  await eventually(() => heard.length === 2, 'a message');
  assert.deepEqual(heard, ['Two words: a', 'three: c']);
  const [row] = await postgres.query(url, `SELECT count(*)::int AS n ${BACKENDS}`);
  assert.deepEqual(row, { n: 1 });
});

test('a connection that the server ends is made again, and the gap is told', async (context) => {
  const { url, heard, listen, say, gaps } = await setUp(context);
  await listen('one');
  assert.equal(gaps(), 0);
  await postgres.query(url, `SELECT pg_terminate_backend(pid) ${BACKENDS}`);
  await eventually(() => gaps() === 1, 'a gap');
  await say('one', 'again');
  await eventually(() => heard.length === 1, 'a message');
});

test('a connection that has gone silent is given up', async (context) => {
  const { proxy, heard, listen, say, gaps } = await setUp(context);
  await listen('one');
  proxy.cut('black-hole');
  await say('one', 'into the hole');
  await eventually(() => proxy.connections > 1, 'another connection is tried');
  proxy.restore();
  await eventually(() => gaps() > 0, 'a gap');
  await say('one', 'again');
  await eventually(() => heard.includes('one: again'), 'a message');
});

test('what listens while the server is away hears it later', async (context) => {
  const { proxy, heard, listen, say, gaps } = await setUp(context);
  proxy.cut('drop');
  await listen('one');
  assert.equal(gaps(), 0);
  proxy.restore();
  await eventually(() => gaps() === 1, 'it is told that something may be missing');
  await listen('two');
  await say('two', 'hello');
  await eventually(() => heard.length === 1, 'a message');
});

test('a connection that falls silent before it listens is given up', async (context) => {
  const url = await postgres.databaseUrl();
  let made = 0;
  const server = createServer((near) => {
    made += 1;
    near.on('error', () => {});
    if (made === 1) {
      // It lets everybody in, and says nothing more.
      near.once('data', () => near.write(Buffer.from(WELCOME)));
      return;
    }
    const far = connect(postgres.port, '127.0.0.1');
    far.on('error', () => {});
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  const listener = new PostgresListener({
    databaseUrl: through.href,
    clock: hurried(20),
    random: systemRandom,
    logger: silentLogger,
  });
  context.after(async () => {
    await listener.close();
    server.close();
  });
  let gaps = 0;
  const onGap = () => {
    gaps += 1;
  };
  await listener.listen('one', () => {}, onGap);
  await eventually(() => gaps === 1, 'it listens on another connection');
});

test('who comes while another try is still to come makes the only connection', async (context) => {
  const url = await postgres.databaseUrl();
  const proxy = await CutProxy.start(postgres.port);
  const due: (() => void)[] = [];
  const listener = new PostgresListener({
    databaseUrl: proxy.through(url),
    clock: {
      ...systemClock,
      after: (_, callback) => {
        due.push(callback);
        return { cancel: () => {} };
      },
    },
    random: systemRandom,
    logger: silentLogger,
  });
  context.after(async () => {
    await listener.close();
    await proxy.close();
  });
  proxy.cut('drop');
  await listener.listen(
    'one',
    () => {},
    () => {},
  );
  proxy.restore();
  const heard: string[] = [];
  await listener.listen(
    'two',
    (payload) => heard.push(payload),
    () => {},
  );
  // The try that was put off.
  due[0]?.();
  await listener.listen(
    'three',
    () => {},
    () => {},
  );
  await postgres.query(url, "SELECT pg_notify('two', 'hello')");
  await eventually(() => heard.length > 0, 'a message');
  assert.equal(proxy.connections, 1);
});

for (const kind of ['unheard', 'left'] as const) {
  test(`a connection into a black hole does not hold up the end: ${kind}`, async (context) => {
    const { proxy, listener, listen } = await setUp(context);
    const one = await listen('one');
    proxy.cut('black-hole');
    if (kind === 'left') await one.close();
    await listener.close();
  });
}

test('a connection that is not there yet does not hold up the end', {
  timeout: 9_000,
}, async (context) => {
  const url = await postgres.databaseUrl();
  const proxy = await CutProxy.start(postgres.port);
  context.after(() => proxy.close());
  // Its clock stands still, and so do all its own waits.
  const clock = { ...systemClock, after: () => ({ cancel: () => {} }) };
  const logger = silentLogger;
  const options = { databaseUrl: proxy.through(url), clock, random: systemRandom, logger };
  const listener = new PostgresListener(options);
  proxy.cut('black-hole');
  const nothing = () => {};
  const listening = listener.listen('one', nothing, nothing);
  await eventually(() => proxy.connections === 1, 'it is connecting');
  await listener.close();
  await listening;
});
