/** The examples do what they say, through the command line, against a server on this machine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scratch, sluice } from './e2e/sluice-process.ts';

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));
const KEY = 'not-a-real-key';
const PAGES = 3;

/** Serves until the scope is left. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Two members a page; `summer` fails once in the middle, `autumn` is no list. */
function memberApi() {
  const asked: string[] = [];
  let failed = false;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://api.example');
    const list = /^\/v1\/lists\/(\w+)\/members$/.exec(url.pathname)?.[1];
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${KEY}`) return send(401, {});
    if (list === undefined || list === 'autumn') return send(404, {});
    const pageNo = Number(url.searchParams.get('cursor') ?? 1);
    asked.push(`${list} ${pageNo}`);
    if (list === 'summer' && pageNo === 2 && !failed) {
      failed = true;
      return send(503, {});
    }
    const members = [1, 2].map((n) => ({ id: `${list}-${pageNo}-${n}`, name: `Member ${n}` }));
    return send(200, { members, next: pageNo < PAGES ? String(pageNo + 1) : null });
  };
  return { asked, answer };
}

describe('examples', () => {
  it('headers.ts reads the headers of each site and refuses what is none', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { server: 'loopback', 'strict-transport-security': 'max-age=1' });
      response.end('<p>hello');
    });
    using directory = scratch();
    const { code, stdout } = await sluice(
      ['run', join(EXAMPLES, 'headers.ts'), '-', '-q', '-o', '-', '--no-robots'].concat(
        '--resolve',
        `*=127.0.0.1:${server.port}`,
      ),
      { cwd: directory.path, stdin: 'id,website\n1,http://a.example/\n2, \n' },
    );
    const [head, first, second] = stdout.split('\n');
    assert.equal(head, 'id,website,http_status,server,hsts,status,error');
    assert.equal(first, '1,http://a.example/,200,loopback,true,completed,');
    assert.match(second ?? '', /^2, ,,,,failed,input\.row_invalid: .*it names no website/);
    assert.equal(code, 3);
  });

  it('the list of websites has the column that headers.ts asks for', () => {
    const [head] = readFileSync(join(EXAMPLES, 'websites.csv'), 'utf8').split('\n');
    assert.ok(head?.split(',').includes('website'));
  });

  it('paged-api.ts reads every page once and goes on at the cursor after a failure', async () => {
    const api = memberApi();
    await using server = await serve(api.answer);
    using directory = scratch();
    const { code, stdout, stderr } = await sluice(
      ['run', join(EXAMPLES, 'paged-api.ts'), join(EXAMPLES, 'lists.csv'), '--no-robots', '-o', '-']
        .concat('--opt', 'api=http://api.example/v1', '--opt', 'perSecond=100')
        .concat('--resolve', `api.example=127.0.0.1:${server.port}`),
      { cwd: directory.path, env: { API_KEY: KEY } },
    );
    const pages = (list: string) =>
      Array.from({ length: PAGES }, (_, i) =>
        [1, 2].map((n) => `${list},${list}-${i + 1}-${n},Member ${n}`),
      ).flat();
    assert.deepEqual(stdout.trim().split('\n'), [
      'list,id,name',
      ...pages('spring'),
      ...pages('summer'),
    ]);
    assert.deepEqual(
      api.asked.filter((page) => page.startsWith('summer')),
      ['summer 1', 'summer 2', 'summer 2', 'summer 3'],
    );
    assert.match(stderr, /http\.404/);
    assert.equal(code, 3);
  });
});
