/** Webhooks as an admin of a tenant has them, and as a receiver sees them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { WebhookReceiver } from '../fakes/webhook-receiver.ts';
import { startServer } from './server-rig.ts';

const DOCUMENT = new URL('../../docs/http.md', import.meta.url);
const PATH = '/v1/webhooks';

type Verify = (secret: string, header: unknown, body: string, nowMs: number) => boolean;

/** What the document tells receivers to do, as it stands there. */
async function verifyAsDocumented(test: TestContext): Promise<Verify> {
  const text = await readFile(DOCUMENT, 'utf8');
  const example = /```js\n([^`]*isFromSluice[\s\S]*?)```/.exec(text)?.[1] as string;
  const directory = await mkdtemp(join(tmpdir(), 'sluice-verify-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'verify.mjs');
  await writeFile(file, example);
  return ((await import(pathToFileURL(file).href)) as { isFromSluice: Verify }).isFromSluice;
}

async function serve(test: TestContext, flags: Readonly<Record<string, unknown>> = {}) {
  const receiver = await WebhookReceiver.start(test);
  const rig = await startServer(test, { allowHosts: ['127.0.0.1'], ...flags });
  return { receiver, ...rig };
}

describe('webhooks over HTTP', () => {
  it('tell of a job’s end in a way that can be checked as documented', async (test) => {
    const isFromSluice = await verifyAsDocumented(test);
    const { receiver, call } = await serve(test);
    const json = { url: receiver.url, events: ['job.completed'] };
    const made = await call('POST', PATH, { key: 'admin', json });
    assert.equal(made.status, 201, made.text);
    const { id, secret, tenant } = made.json;
    assert.equal(tenant, 'acme');
    const order = { collector: 'contacts', input: { rows: ['no website'] } };
    const started = await call('POST', '/v1/jobs', { key: 'run', json: order });
    const theirs = await call('POST', '/v1/jobs', { key: 'other', json: order });
    assert.equal(theirs.status, 201);
    while (receiver.received.length === 0) await delay(10);
    const [{ headers, body, json: told }] = receiver.received as [(typeof receiver.received)[0]];
    assert.equal(told.job.id, started.json.job.id);
    assert.equal(told.job.state, 'completed');
    assert.equal(told.job.counters.discarded, 1);
    const signature = headers['sluice-signature'];
    const nowMs = told.atMs;
    assert.ok(isFromSluice(secret, signature, body, nowMs));
    assert.ok(!isFromSluice(secret, signature, `${body} `, nowMs));
    assert.ok(!isFromSluice(`${secret}x`, signature, body, nowMs));
    assert.ok(!isFromSluice(secret, signature, body, nowMs + 3_600_000));
    assert.ok(!isFromSluice(secret, undefined, body, nowMs));
    const list = async () => (await call('GET', `${PATH}/${id}/deliveries`, { key: 'admin' })).json;
    while ((await list()).deliveries[0].state !== 'delivered') await delay(10);
    assert.equal(receiver.received.length, 1);
    for (const path of [PATH, `${PATH}/${id}`, `${PATH}/${id}/deliveries`]) {
      const shown = await call('GET', path, { key: 'admin' });
      assert.ok(!shown.text.includes('secret') && !shown.text.includes('whsec'), shown.text);
    }
  });

  it('can be tried, changed and deleted, by admins of their tenant alone', async (test) => {
    const { receiver, call } = await serve(test);
    const made = await call('POST', PATH, { key: 'admin', json: { url: receiver.url } });
    const path = `${PATH}/${made.json.id}`;
    const good = await call('POST', `${path}/test`, { key: 'admin' });
    assert.equal(good.json.state, 'delivered');
    assert.equal(receiver.received[0]?.json.type, 'ping');
    receiver.answers = [503];
    const bad = await call('POST', `${path}/test`, { key: 'admin' });
    assert.deepEqual([bad.json.state, bad.json.status], ['failed', 503]);
    const page = await call('GET', `${path}/deliveries?limit=1`, { key: 'admin' });
    assert.equal(page.json.deliveries[0].id, bad.json.id);
    const next = await call('GET', `${path}/deliveries?limit=1&before=${page.json.next}`);
    assert.equal(next.json.deliveries[0].id, good.json.id);
    const json = { active: false, events: ['job.failed'] };
    const changed = await call('PATCH', path, { key: 'admin', json });
    assert.deepEqual([changed.json.active, changed.json.events], [false, ['job.failed']]);
    for (const key of ['run', 'read'] as const) {
      assert.equal((await call('GET', PATH, { key })).status, 403);
    }
    assert.equal((await call('DELETE', path, { key: 'other' })).status, 404);
    assert.equal((await call('DELETE', path, { key: 'admin' })).status, 204);
    assert.equal((await call('GET', path, { key: 'admin' })).status, 404);
  });

  it('show no key that their address holds, and use it', async (test) => {
    const { receiver, call } = await serve(test);
    const keys = ['tok-A1b2C3', 'f3Kq81LmPz02aVcX9tRw7YbE'] as const;
    const url = `${receiver.url}/in/${keys[1]}?team=a&token=${keys[0]}`;
    const made = await call('POST', PATH, { key: 'admin', json: { url } });
    const path = `${PATH}/${made.json.id}`;
    const shown = made.json.url as string;
    assert.ok(shown.endsWith('/in/•••?team=a&token=•••'), shown);
    receiver.answers = [500];
    const texts = [made.text];
    for (const [method, at, json] of [
      ['GET', PATH, undefined],
      ['PATCH', path, { url: shown, events: ['job.failed'] }],
      ['GET', path, undefined],
      ['POST', `${path}/test`, undefined],
      ['GET', `${path}/deliveries`, undefined],
    ] as const) {
      const answer = await call(method, at, { key: 'admin', ...(json && { json }) });
      assert.equal(answer.status, 200, answer.text);
      texts.push(answer.text);
    }
    for (const key of keys) assert.ok(!texts.join().includes(key), texts.join('\n'));
    assert.equal(receiver.received[0]?.path, new URL(url).pathname + new URL(url).search);
    const json = { url: `${shown}&more=1` };
    const other = await call('PATCH', path, { key: 'admin', json });
    assert.equal(other.json.code, 'webhook.url_invalid');
  });

  it('are refused where they could do harm', async (test) => {
    const { call } = await serve(test, { allowHosts: [] });
    const cases: readonly (readonly [unknown, string])[] = [
      [{ url: 'http://127.0.0.1:9000/' }, 'webhook.url_invalid'],
      [{ url: 'http://169.254.169.254/' }, 'webhook.url_invalid'],
      [{ url: 'javascript:alert(1)' }, 'webhook.url_invalid'],
      [{ url: 'https://example.com', events: [] }, 'request.invalid'],
      [{ url: 'https://example.com', events: ['job.started'] }, 'request.invalid'],
      [{ url: 'https://example.com', secret: 'mine' }, 'request.invalid'],
    ];
    for (const [json, code] of cases) {
      const answer = await call('POST', PATH, { key: 'admin', json });
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json.code, code, answer.text);
    }
    for (let i = 0; i < 20; i += 1) {
      const json = { url: `https://example.com/${i}` };
      assert.equal((await call('POST', PATH, { key: 'admin', json })).status, 201);
    }
    const json = { url: 'https://example.com/20' };
    assert.equal((await call('POST', PATH, { key: 'admin', json })).json.code, 'webhook.too_many');
  });
});
