/** What is no request at all, or never becomes one. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { lineLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createApp } from '../../src/server/app.ts';
import type { ServerParts } from '../../src/server/parts.ts';
import { healthRoutes } from '../../src/server/routes/health.ts';

const HEADERS_MS = 1_000;
/** Where a machine that stands still must not look like a slow sender. */
const PATIENT_MS = 60_000;

async function startApp(test: TestContext, headersMs = PATIENT_MS): Promise<number> {
  const log = lineLogger('error', (_level, message) => assert.fail(message));
  const parts = { clock: systemClock, random: systemRandom, log, dataDir: '/data' };
  const routes = healthRoutes({ ...parts, version: '1' } as ServerParts);
  const app = createApp(parts as ServerParts, routes, { headersMs });
  test.after(() => app.close());
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

/** What comes back until the other side ends the connection. */
async function say(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

function assertRefused(text: string, status: number, code: string): void {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
  assert.match(head, /content-type: application\/problem\+json/i);
  const problem = JSON.parse(body);
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  assert.ok(problem.hint.length > 0 && problem.requestId.length > 0);
}

describe('a connection', () => {
  const garbage: Readonly<Record<string, string | Buffer>> = {
    'that speaks no HTTP': 'hello\r\n\r\n',
    'that speaks TLS': Buffer.from('160301020001000', 'hex'),
    'that brings zeros': Buffer.alloc(1_000),
    'with two lengths': 'GET /livez HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'with a length and chunks':
      'POST /livez HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'with a header that is none': 'GET /livez HTTP/1.1\r\nno header\r\n\r\n',
    'with a version that is none': 'GET /livez HTTP/9.9\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(garbage)) {
    it(`${what} is refused in short`, async (test) => {
      assertRefused(await say(await startApp(test), bytes), 400, 'request.invalid');
    });
  }

  it('with headers that are too large is refused', async (test) => {
    const bytes = `GET /livez HTTP/1.1\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`;
    assertRefused(await say(await startApp(test), bytes), 431, 'request.headers_too_large');
  });

  it('whose headers do not arrive is let go, and holds up nobody', async (test) => {
    const port = await startApp(test, HEADERS_MS);
    const slow = Array.from({ length: 50 }, () => say(port, 'GET /livez HTTP/1.1\r\nX-Slow: '));
    const answer = await fetch(`http://127.0.0.1:${port}/livez`);
    assert.equal(answer.status, 200);
    for (const text of await Promise.all(slow)) assertRefused(text, 408, 'request.too_slow');
  });

  it('may leave out the host', async (test) => {
    const text = await say(
      await startApp(test),
      'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
    assert.match(text, /^HTTP\/1.1 200 OK/);
  });
});
