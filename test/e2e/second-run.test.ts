/** A second run over the same sites only asks what has changed, and finds all that the first did. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Sites, startSites } from '../../sandbox/sites/start-sites.ts';
import { readBody } from '../transport/loopback.ts';
import { jsonLines, scratch, sluice } from './sluice-process.ts';

const SITES = 40;
const MODIFIED = 'Tue, 03 Sep 2024 08:12:31 GMT';
type Validator = 'etag' | 'last-modified' | 'none';

interface Asked {
  readonly url: string;
  readonly validator: Validator;
  readonly conditional: boolean;
  readonly status: number;
  readonly bodyBytes: number;
}

/** In front of the sandbox: a third of the sites give tags, a third dates, a third nothing. */
class Front {
  asked: Asked[] = [];
  /** Pages of this path are other pages from now on. */
  changed = '';
  readonly #sitesPort: number;
  readonly #server = createServer((incoming, response) => void this.#answer(incoming, response));

  constructor(sitesPort: number) {
    this.#sitesPort = sitesPort;
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = '' } = incoming.headers;
    const { status, headers, body } = await this.#behind(incoming);
    const kinds = ['etag', 'last-modified', 'none'] as const;
    const kind = kinds[(host.charCodeAt(0) + host.length) % 3] as Validator;
    const validator = status === 200 && incoming.url !== '/robots.txt' ? kind : 'none';
    const tag = `"${createHash('sha1').update(body).digest('hex')}${this.changed}"`;
    const { 'if-none-match': match, 'if-modified-since': since } = incoming.headers;
    const same = validator === 'etag' ? match === tag : validator !== 'none' && since === MODIFIED;
    if (validator === 'etag') headers.etag = tag;
    if (validator === 'last-modified') headers['last-modified'] = MODIFIED;
    this.asked.push({
      url: host + incoming.url,
      validator,
      conditional: match !== undefined || since !== undefined,
      status: same ? 304 : status,
      bodyBytes: same ? 0 : body.byteLength,
    });
    response.writeHead(same ? 304 : status, headers).end(same ? undefined : body);
  }

  #behind(incoming: IncomingMessage) {
    const { method, url, headers } = incoming;
    const { 'if-none-match': _match, 'if-modified-since': _since, ...rest } = headers;
    const where = { host: '127.0.0.1', port: this.#sitesPort, method, path: url, headers: rest };
    return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>(
      (resolve, reject) => {
        request(where, async (answer) => {
          const kept: Record<string, string> = {};
          for (const name of ['content-type', 'content-encoding', 'location']) {
            const value = answer.headers[name];
            if (typeof value === 'string') kept[name] = value;
          }
          resolve({ status: answer.statusCode ?? 0, headers: kept, body: await readBody(answer) });
        })
          .on('error', reject)
          .end();
      },
    );
  }
}

const directory = scratch();
const csv = join(directory.path, 'sites.csv');
let sites: Sites;
let front: Front;
let rules: string[];

/** What a run printed as records, row by row, and what it asked for. */
async function run(flags: readonly string[] = ['--fresh']) {
  front.asked = [];
  const output = join(directory.path, 'out.jsonl');
  const { code, stderr } = await sluice(
    ['run', 'contacts', csv, '--column', 'website', '-o', output, '--quiet', ...flags, ...rules],
    { cwd: directory.path },
  );
  assert.equal(code, 0, stderr);
  const rows = jsonLines(readFileSync(output, 'utf8'));
  const bodyBytes = front.asked.reduce((sum, each) => sum + each.bodyBytes, 0);
  return { rows, asked: front.asked, bodyBytes };
}

const pages = (asked: readonly Asked[]) => asked.map(({ url }) => url).sort();

before(async () => {
  sites = await startSites({ count: 300, latencyScale: 0 });
  front = new Front(sites.port);
  const port = await front.listen();
  rules = sites.resolveRules.flatMap((rule) => ['--resolve', rule.replace(/:\d+$/, `:${port}`)]);
  const hosts = [...sites.truth()]
    .filter(({ behaviour }) => behaviour === 'ordinary')
    .slice(0, SITES)
    .map(({ host }) => `http://${host}/`);
  writeFileSync(csv, `website\n${hosts.join('\n')}\n`);
});

after(async () => {
  await front.close();
  await sites.close();
  directory[Symbol.dispose]();
});

describe('a second run', () => {
  it('asks whether pages changed, fetches the others, and finds the same', async () => {
    const first = await run();
    assert.equal(first.rows.length, SITES);
    assert.ok(first.asked.every(({ conditional }) => !conditional));
    const second = await run();
    assert.deepEqual(second.rows, first.rows);
    assert.deepEqual(pages(second.asked), pages(first.asked));
    for (const { url, validator, conditional, status } of second.asked) {
      assert.equal(conditional, validator !== 'none', url);
      assert.equal(status === 304, validator !== 'none', url);
    }
    const same = second.asked.filter(({ status }) => status === 304).length;
    assert.ok(same > second.asked.length / 4, `${same} of ${second.asked.length} not modified`);
    assert.ok(second.bodyBytes < first.bodyBytes * 0.6);
  });

  it('takes what changed as it is now', async () => {
    front.changed = '-2';
    const { asked, rows } = await run();
    assert.equal(rows.length, SITES);
    for (const { url, validator, conditional, status } of asked) {
      assert.equal(conditional, validator !== 'none', url);
      assert.equal(status === 304, validator === 'last-modified', url);
    }
  });

  it('keeps nothing where that is turned off, and asks for all where nothing is kept', async () => {
    const other = ['--fresh', '--data', join(directory.path, 'other')];
    writeFileSync(join(directory.path, 'off.json'), '{"httpCacheBytesMax":"0"}');
    await run([...other, '--config', 'off.json']);
    assert.ok(!readdirSync(join(directory.path, 'other')).includes('http-cache'));
    const { asked } = await run(other);
    assert.ok(asked.every(({ conditional }) => !conditional));
    assert.ok(readdirSync(join(directory.path, 'other')).includes('http-cache'));
  });
});
