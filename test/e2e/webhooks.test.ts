/** A server that is killed between the end of a job and the answer of the receiver. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WebhookReceiver } from '../fakes/webhook-receiver.ts';
import { scratch, start } from './sluice-process.ts';

it('tells of an end although the server is killed before anybody has heard', async (test) => {
  using directory = scratch();
  const receiver = await WebhookReceiver.start(test);
  receiver.last = 'hang';
  const serve = async () => {
    const args = ['serve', '--port', '0', '--json', '--allow-host', '127.0.0.1'];
    const running = start(args, { cwd: directory.path });
    const line = (await running.said(/\{"type":"serving".*\}/))[0];
    return { running, ...(JSON.parse(line) as { url: string; firstKey: string }) };
  };
  const first = await serve();
  const post = async (path: string, json: unknown) => {
    const headers = { 'x-api-key': first.firstKey, 'content-type': 'application/json' };
    const body = JSON.stringify(json);
    const answer = await fetch(first.url + path, { method: 'POST', headers, body });
    assert.equal(answer.status, 201);
    return (await answer.json()) as { job: { id: string } };
  };
  await post('/v1/webhooks', { url: receiver.url });
  const { job } = await post('/v1/jobs', {
    collector: 'contacts',
    input: { rows: ['no website'] },
  });
  while (receiver.received.length === 0) await delay(10);
  first.running.child.kill('SIGKILL');
  await first.running.ended;
  receiver.last = 200;
  const second = await serve();
  while (receiver.received.length === 1) await delay(10);
  second.running.child.kill('SIGTERM');
  await second.running.ended;
  const [before, after] = receiver.received;
  assert.equal(after?.json.job.id, job.id);
  assert.equal(after?.headers['sluice-delivery'], before?.headers['sluice-delivery']);
  assert.equal(after?.body, before?.body);
});
