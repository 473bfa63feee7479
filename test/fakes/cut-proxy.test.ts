import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CutProxy } from './cut-proxy.ts';

/** Sends everything back. */
async function echo(context: TestContext): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function setUp(context: TestContext) {
  const proxy = await CutProxy.start(await echo(context));
  context.after(() => proxy.close());
  const dial = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => {});
    context.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const ask = async (socket: Socket, text: string) => {
    socket.write(text);
    return String((await once(socket, 'data'))[0]);
  };
  return { proxy, dial, ask };
}

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });

test('bytes pass both ways, and later where it is slow', async (context) => {
  const { proxy, dial, ask } = await setUp(context);
  const socket = await dial();
  assert.equal(await ask(socket, 'one'), 'one');
  proxy.slow(60);
  const startMs = performance.now();
  assert.equal(await ask(socket, 'two'), 'two');
  assert.ok(performance.now() - startMs >= 110);
  assert.equal(
    proxy.through('postgres://a:b@10.0.0.1:5/c'),
    `postgres://a:b@127.0.0.1:${proxy.port}/c`,
  );
});

test('a drop ends connections and refuses new ones, until it is restored', async (context) => {
  const { proxy, dial, ask } = await setUp(context);
  const socket = await dial();
  await ask(socket, 'one');
  proxy.cut('drop');
  await closed(socket);
  const refused = connect(proxy.port, '127.0.0.1').on('error', () => {});
  await closed(refused);
  assert.equal(proxy.connections, 0);
  proxy.restore();
  assert.equal(await ask(await dial(), 'two'), 'two');
});

test('nothing comes out of a black hole, and what fell into it is lost', async (context) => {
  const { proxy, dial, ask } = await setUp(context);
  const [silent, busy] = [await dial(), await dial()];
  await ask(silent, 'one');
  await ask(busy, 'one');
  proxy.cut('black-hole');
  let heard = '';
  busy.on('data', (piece) => {
    heard += piece;
  });
  busy.write('into the hole');
  await delay(80);
  assert.equal(heard, '');
  assert.ok(!busy.destroyed && !silent.destroyed);
  proxy.restore();
  await closed(busy);
  assert.equal(heard, '');
  assert.equal(await ask(silent, 'two'), 'two');
  assert.equal(await ask(await dial(), 'three'), 'three');
});
