import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { AbortCause } from '../../src/base/abort.ts';
import { SluiceError } from '../../src/base/errors.ts';
import { type Delivery, WEBHOOK_EVENTS } from '../../src/model/webhook.ts';
import type { Store } from '../../src/store/store.ts';
import { WebhookReceiver } from '../fakes/webhook-receiver.ts';
import {
  openWebhookRig,
  type RigOptions,
  type WebhookRig,
  webhookDirectory,
} from '../fakes/webhook-rig.ts';

const HOUR_MS = 3_600_000;

async function open(test: TestContext, options?: RigOptions) {
  const receiver = await WebhookReceiver.start(test);
  const directory = await webhookDirectory(test);
  const rig = await openWebhookRig(directory, options);
  return { ...rig, receiver, directory };
}

const all = (url: string) => ({ url, events: WEBHOOK_EVENTS });

async function deliveries({ webhooks }: Pick<WebhookRig, 'webhooks'>, id: string) {
  return webhooks.deliveries(id, { limit: 200 });
}

/** The delivery of a job's end, once it is over; without one, of the next job that is to end. */
async function over(rig: WebhookRig, webhookId: string, jobId?: string): Promise<Delivery> {
  const id = jobId ?? (await rig.endJob());
  let found: Delivery | undefined;
  await rig.until(async () => {
    found = (await deliveries(rig, webhookId)).find((each) => each.jobId === id);
    return found !== undefined && found.state !== 'pending';
  });
  return found as Delivery;
}

describe('webhooks', () => {
  it('tell of the end of a job, signed', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks } = rig;
    const { webhook, secret } = await webhooks.create('t', all(receiver.url));
    await webhooks.create('somebody else', all(receiver.url));
    const jobId = await rig.endJob();
    const delivery = await over(rig, webhook.id, jobId);
    assert.equal(delivery.state, 'delivered');
    assert.equal(delivery.attempts, 1);
    assert.equal(delivery.body, undefined);
    assert.equal(receiver.received.length, 1);
    const [{ headers, body, json }] = receiver.received as [(typeof receiver.received)[0]];
    assert.equal(json.type, 'job.completed');
    assert.equal(json.job.id, jobId);
    assert.equal(json.job.counters.completed, 2);
    assert.equal(json.id, delivery.id);
    assert.equal(headers['sluice-delivery'], delivery.id);
    assert.equal(headers['sluice-event'], 'job.completed');
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(
      String(headers['sluice-signature']),
    ) as unknown as [string, string, string];
    const expected = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    assert.equal(mac, expected);
    assert.ok(Math.abs(Number(seconds) * 1_000 - rig.clock.wallMs()) < 120_000);
    await rig.close();
  });

  it('tell only of what was asked for, and nothing while inactive', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks } = rig;
    const cancelled = await webhooks.create('t', {
      url: receiver.url,
      events: ['job.cancelled'],
    });
    const { webhook } = await webhooks.create('t', all(receiver.url));
    await webhooks.change(webhook.id, { active: false });
    await rig.endJob();
    assert.deepEqual(await deliveries(rig, webhook.id), []);
    assert.deepEqual(await deliveries(rig, cancelled.webhook.id), []);
    await webhooks.change(webhook.id, { active: true });
    assert.equal((await over(rig, webhook.id)).state, 'delivered');
    assert.equal(receiver.received.length, 1);
    await rig.close();
  });

  it('try again where it failed or hung, end where they are refused, and go on', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks } = rig;
    const { webhook } = await webhooks.create('t', all(receiver.url));
    receiver.answers = [500, 'hang', 410];
    const refused = await over(rig, webhook.id);
    assert.equal(refused.state, 'failed');
    assert.equal(refused.attempts, 3);
    assert.equal(refused.status, 410);
    assert.match(refused.error ?? '', /410/);
    const ids = receiver.received.map(({ json }) => json.id);
    assert.equal(new Set(ids).size, 1, 'each attempt has the number of its delivery');
    assert.equal(webhooks.get(webhook.id, 't').failing?.attempts, 3);
    assert.equal((await over(rig, webhook.id)).state, 'delivered');
    assert.equal(webhooks.get(webhook.id, 't').failing, undefined);
    await rig.close();
  });

  it('come no sooner than a receiver asks', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks, clock } = rig;
    const { webhook } = await webhooks.create('t', all(receiver.url));
    receiver.answers = [(response) => response.writeHead(429, { 'retry-after': '7200' }).end()];
    const beforeMs = clock.wallMs();
    const delivery = await over(rig, webhook.id);
    assert.equal(delivery.attempts, 2);
    assert.ok((delivery.doneMs as number) - beforeMs >= 2 * HOUR_MS);
    await rig.close();
  });

  it('follow no redirect', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks } = rig;
    const elsewhere = await WebhookReceiver.start(test);
    const { webhook } = await webhooks.create('t', all(receiver.url));
    receiver.answers = [
      (response) => response.writeHead(307, { location: elsewhere.url }).end(),
      (response) => response.writeHead(301, { location: elsewhere.url }).end(),
    ];
    assert.equal((await over(rig, webhook.id)).attempts, 3);
    assert.equal(elsewhere.received.length, 0);
    await rig.close();
  });

  it('give up after a day, and leave a webhook alone after three', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks } = rig;
    const { webhook } = await webhooks.create('t', all(receiver.url));
    receiver.last = 503;
    for (let day = 0; day < 5 && webhooks.get(webhook.id, 't').active; day += 1) {
      const beforeMs = rig.clock.wallMs();
      const delivery = await over(rig, webhook.id);
      assert.equal(delivery.state, 'failed');
      // The webhook itself may be given up in the middle of one.
      if (day < 3) assert.ok(delivery.attempts > 8, `${delivery.attempts} attempts`);
      assert.ok((delivery.doneMs as number) - beforeMs <= 25 * HOUR_MS);
      const restMs = beforeMs + 24 * HOUR_MS - rig.clock.wallMs();
      if (restMs > 0) await rig.clock.run(() => false, rig.clock.monoMs() + restMs);
    }
    const left = webhooks.get(webhook.id, 't');
    assert.equal(left.active, false);
    assert.match(left.inactive?.reason ?? '', /since 2026-01-01T.*503/);
    const count = receiver.received.length;
    receiver.last = 200;
    await rig.endJob();
    assert.equal(receiver.received.length, count);
    const again = await webhooks.change(webhook.id, { active: true });
    assert.equal(again.inactive, undefined);
    assert.equal((await over(rig, webhook.id)).state, 'delivered');
    await rig.close();
  });

  it('ask one receiver for little at once', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks } = rig;
    const { webhook } = await webhooks.create('t', all(receiver.url));
    receiver.last = (response) => setTimeout(() => response.writeHead(204).end(), 20);
    for (let i = 0; i < 12; i += 1) await rig.endJob();
    await rig.until(async () =>
      (await deliveries(rig, webhook.id)).every(({ state }) => state === 'delivered'),
    );
    assert.equal(receiver.received.length, 12);
    assert.ok(receiver.openMost <= 2, `${receiver.openMost} at once`);
    await rig.close();
  });

  it('keep a hundred that are over', async (test) => {
    const rig = await open(test);
    const { receiver, webhooks, store } = rig;
    const { webhook } = await webhooks.create('t', all(receiver.url));
    for (let i = 0; i < 103; i += 1) assert.equal((await webhooks.test(webhook)).status, 200);
    const kept = await deliveries(rig, webhook.id);
    assert.equal(kept.length, 100);
    assert.equal(kept[0]?.type, 'ping');
    assert.deepEqual(
      (await webhooks.deliveries(webhook.id, { before: kept[9]?.id, limit: 5 })).map(
        ({ id }) => id,
      ),
      kept.slice(10, 15).map(({ id }) => id),
    );
    await webhooks.remove(webhook.id);
    assert.deepEqual(await store.documents({ kind: 'delivery', limit: 10 }), []);
    await rig.close();
  });

  it('reach no private address, by whatever name', async (test) => {
    const rig = await open(test, { allowHosts: [] });
    const { receiver, webhooks } = rig;
    const refused = [
      receiver.url,
      'http://169.254.169.254/latest',
      'http://[::1]/',
      'http://2130706433/',
      'https://user:word@example.com/',
      'ftp://example.com/',
      'https://example.com:6379/',
      'example.com',
    ];
    for (const url of refused) {
      await assert.rejects(
        webhooks.create('t', all(url)),
        (error) => error instanceof SluiceError && error.code === 'webhook.url_invalid',
        url,
      );
    }
    const { webhook } = await webhooks.create('t', all(`http://localhost:${receiver.port}/`));
    const delivery = await over(rig, webhook.id);
    assert.equal(delivery.state, 'failed');
    assert.match(delivery.error ?? '', /loopback/);
    assert.equal(receiver.received.length, 0);
    await rig.close();
  });

  it('keep their secrets sealed', async (test) => {
    const rig = await open(test);
    const { webhook, secret } = await rig.webhooks.create('t', all(rig.receiver.url));
    await over(rig, webhook.id);
    for (const kind of ['webhook', 'delivery']) {
      for (const { json } of await rig.store.documents({ kind, limit: 10 })) {
        assert.ok(!json.includes(secret) && !json.includes(secret.slice(6)), json);
      }
    }
    await rig.close();
  });
});

describe('webhooks over restarts', () => {
  it('go on with what was pending, under the same number', async (test) => {
    const first = await open(test);
    const { receiver, directory } = first;
    const { webhook } = await first.webhooks.create('t', all(receiver.url));
    receiver.last = 500;
    const jobId = await first.endJob();
    await first.until(() => receiver.received.length >= 2);
    await first.close();
    receiver.last = 200;
    const second = await openWebhookRig(directory, {}, first.clock);
    const delivery = await over(second, webhook.id, jobId);
    assert.equal(delivery.state, 'delivered');
    assert.equal(new Set(receiver.received.map(({ json }) => json.id)).size, 1);
    await second.close();
  });

  it('make again what was under way', async (test) => {
    const first = await open(test);
    const { receiver, directory } = first;
    const { webhook } = await first.webhooks.create('t', all(receiver.url));
    receiver.answers = ['hang'];
    const jobId = await first.endJob();
    await first.until(() => receiver.received.length === 1);
    await first.close();
    const second = await openWebhookRig(directory, {}, first.clock);
    assert.equal((await over(second, webhook.id, jobId)).state, 'delivered');
    assert.equal(receiver.received.length, 2);
    await second.close();
  });

  it('lose no end of a job that came just before a crash', async (test) => {
    // Once the end is stored, nothing of webhooks is written any more: the process is gone.
    const dying = (store: Store): Store =>
      new Proxy(store, {
        get(target, name) {
          if (name !== 'writeDocuments') return Reflect.get(target, name).bind(target);
          return (...args: Parameters<Store['writeDocuments']>) => {
            const dead = args[0].some(({ kind }) => kind === 'delivery');
            return dead
              ? Promise.reject(new AbortCause('abort', 'the process is gone'))
              : target.writeDocuments(...args);
          };
        },
      });
    const first = await open(test, { wrap: dying });
    const { receiver, directory } = first;
    const { webhook } = await first.webhooks.create('t', all(receiver.url));
    const jobId = await first.endJob();
    await first.close();
    assert.equal(receiver.received.length, 0);
    const second = await openWebhookRig(directory, {}, first.clock);
    assert.equal((await over(second, webhook.id, jobId)).state, 'delivered');
    assert.equal(receiver.received[0]?.json.job.id, jobId);
    await second.close();
    const third = await openWebhookRig(directory, {}, first.clock);
    await over(third, webhook.id);
    assert.equal(receiver.received.length, 2, 'each end is told of once');
    await third.close();
  });

  it('tell nothing of an end that did not come', async (test) => {
    const first = await open(test);
    const { receiver, directory } = first;
    const { webhook } = await first.webhooks.create('t', all(receiver.url));
    const jobId = await first.endJob();
    await over(first, webhook.id, jobId);
    // It has ended: that it is to be cancelled is noted, and then refused.
    await assert.rejects(first.engine.cancel(jobId), { code: 'job.conflict' });
    assert.equal((await first.store.documents({ kind: 'webhook-end', limit: 9 })).length, 1);
    await first.close();
    const second = await openWebhookRig(directory, {}, first.clock);
    assert.equal((await second.store.documents({ kind: 'webhook-end', limit: 9 })).length, 0);
    assert.equal((await deliveries(second, webhook.id)).length, 1);
    await second.close();
    assert.equal(receiver.received.length, 1);
  });
});
