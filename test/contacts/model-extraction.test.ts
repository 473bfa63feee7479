/** The optional language model, against a stand-in that speaks the wire format over real HTTP. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { CollectContext, FetchedPage, FetchInit } from '../../src/collectors/collector.ts';
import type { ContactRecord } from '../../src/collectors/contacts/contact-record.ts';
import {
  askModel,
  type ModelEndpoint,
  modelLane,
} from '../../src/collectors/contacts/model-extraction.ts';

const HTML = '<html><body><h1>Brook Mill</h1><p>Write to hello@brook-mill.test</p></body></html>';

function page(url: string, status: number, text: string): FetchedPage {
  return {
    url,
    status,
    headers: {},
    body: Buffer.from(text),
    redirects: [],
    text: () => text,
    json: () => JSON.parse(text) as unknown,
  };
}

const record: ContactRecord = {
  website: 'http://brook-mill.test/',
  title: '',
  emails: [],
  phones: [],
  socials: [],
  addresses: [],
  hours: [],
  pages: [],
  notes: [],
};
const visit = { record, home: page(record.website, 200, HTML) };

describe('extraction by a language model', () => {
  let answer = '';
  const asked: { path: string; key: string | undefined; body: Record<string, unknown> }[] = [];
  const lanes: unknown[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({
      path: request.url ?? '',
      key: request.headers.authorization,
      body: JSON.parse(body) as Record<string, unknown>,
    });
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ choices: [{ message: { role: 'assistant', content: answer } }] }),
    );
  });
  let endpoint: ModelEndpoint;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    endpoint = {
      baseUrl: `http://127.0.0.1:${port}/v1`,
      model: 'tiny',
      apiKey: 'secret',
      concurrency: 2,
      timeoutMs: 5_000,
    };
  });
  after(() => server.close());

  const ctx = {
    async fetch(url: string, init: FetchInit) {
      lanes.push(init.lane);
      const reply = await fetch(url, {
        method: init.method ?? 'GET',
        headers: init.headers ?? {},
        body: init.body as string,
      });
      return page(url, reply.status, await reply.text());
    },
  } as unknown as CollectContext;

  it('asks as the wire format has it, on a lane of its own', async () => {
    answer = '{"company":"Brook Mill","description":"A mill.","emails":[]}';
    await askModel(visit, endpoint, ctx);
    const [request] = asked;
    assert.equal(request?.path, '/v1/chat/completions');
    assert.equal(request?.key, 'Bearer secret');
    assert.equal(request?.body.model, 'tiny');
    assert.match(JSON.stringify(request?.body.messages), /Write to hello@brook-mill\.test/);
    assert.deepEqual(lanes, [modelLane(endpoint)]);
  });

  it('adds what stands in the text and nothing that was invented', async () => {
    answer =
      '```json\n{"company":"Brook Mill","emails":["hello@brook-mill.test","ceo@invented.test"]}\n```';
    const found = await askModel(visit, endpoint, ctx);
    assert.deepEqual(
      found.emails.map((email) => [email.value, email.method]),
      [['hello@brook-mill.test', 'model']],
    );
    assert.equal(found.company?.value, 'Brook Mill');
  });

  it('refuses nonsense, so that the caller keeps what the pages gave', async () => {
    answer = 'I would rather not.';
    await assert.rejects(askModel(visit, endpoint, ctx));
    await assert.rejects(askModel(visit, undefined, ctx), /no endpoint/);
  });
});
