/** Readers that go away before the end of what they asked for: no trouble of the server's. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it, type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type LogLevel, lineLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { CollectionExport } from '../../src/engine/collection-export.ts';
import { createApp } from '../../src/server/app.ts';
import { answerCollection } from '../../src/server/download.ts';
import type { ServerParts } from '../../src/server/parts.ts';
import { type Call, route } from '../../src/server/route.ts';
import { eventually } from '../conformance/signals.ts';

const PAGE = 500;
const PATH = '/endless';

/** An export without an end, which begins when `ready` says so. */
async function setUp(test: TestContext, ready = async (_: Call<unknown, unknown, unknown>) => {}) {
  const lines: [LogLevel, string][] = [];
  const log = lineLogger('debug', (level, message) => lines.push([level, message]));
  const parts = {
    ...{ clock: systemClock, random: systemRandom, log, dataDir: '/data' },
    metrics: { answered() {} },
    ready: () => true,
  } as unknown as ServerParts;
  let asked = 0;
  const store = {
    entries: async () => {
      asked += 1;
      const entry = { json: '{}', jobId: 'j_1', firstMs: 1, changedMs: 1, revision: asked };
      return Array.from({ length: PAGE }, (_, i) => ({ ...entry, key: `${asked} ${i}` }));
    },
  };
  const endless = route({
    id: 'endless',
    method: 'GET',
    path: PATH,
    access: 'open',
    tag: 'Test',
    summary: 'Give entries without an end',
    answers: { 200: ['application/x-ndjson'] },
    async handle(call) {
      await ready(call);
      const { reply, signal } = call;
      const query = { collection: 'c' };
      const request = { format: 'jsonl', query, store, signal } as unknown as CollectionExport;
      return answerCollection(parts, request, { reply, signal });
    },
  });
  const app = createApp(parts, [endless]);
  test.after(() => app.close());
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const ask = () => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: here\r\n\r\n`);
    return socket;
  };
  const ends = () => lines.filter(([, message]) => /left before the end/.test(message));
  return { ask, lines, ends };
}

it('says nothing of readers that leave in the middle', async (test) => {
  const { ask, lines, ends } = await setUp(test);
  const count = 10;
  for (let n = 0; n < count; n += 1) {
    const socket = ask();
    await once(socket, 'data');
    if (n % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await eventually(() => ends().length === count, 'all have left');
  assert.deepEqual(
    lines.filter(([level]) => level === 'error' || level === 'warn'),
    [],
  );
});

it('says nothing of one that has left before the answer begins', async (test) => {
  const asked = Promise.withResolvers<void>();
  const { ask, lines, ends } = await setUp(test, async ({ reply }) => {
    asked.resolve();
    await once(reply.raw, 'close');
  });
  const socket = ask();
  await asked.promise;
  socket.resetAndDestroy();
  await eventually(() => ends().length === 1, 'it has left');
  assert.deepEqual(
    lines.filter(([level]) => level === 'error' || level === 'warn'),
    [],
  );
});
