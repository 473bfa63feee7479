/** Orders of leads that name no input: what the stored lists make of them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startServer } from '../server/server-rig.ts';

it('an order of leads without an input takes up the lists that are due, once a key', async (test) => {
  const { call } = await startServer(test);
  const ask = async (method: string, path: string, json?: unknown, headers = {}) => {
    const answer = await call(method, path, { key: 'admin', json, headers });
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
    return answer.json;
  };
  for (const target of ['@a', '@b', '@c']) {
    await ask('POST', '/v1/lead-lists', { source: 'followers', target });
  }
  const order = { collector: 'leads', options: { maxLists: 2 } };
  const once = { 'idempotency-key': 'tick-1' };
  const first = await ask('POST', '/v1/jobs', order, once);
  const again = await ask('POST', '/v1/jobs', order, once);
  assert.deepEqual([first.created, again.created], [true, false]);
  assert.equal(again.job.id, first.job.id, 'although other lists are due by now');
  const second = await ask('POST', '/v1/jobs', order);
  const { lists } = await ask('GET', '/v1/lead-lists');
  const jobs = lists.map(({ jobId }: { jobId: string }) => jobId);
  assert.deepEqual(jobs, [first.job.id, first.job.id, second.job.id]);
  const none = await ask('POST', '/v1/lead-lists/collect', {});
  assert.deepEqual(none.lists, [], 'open jobs have them all');
  assert.deepEqual(none.held, [
    { jobId: first.job.id, lists: 2 },
    { jobId: second.job.id, lists: 1 },
  ]);
  const named = await ask('POST', '/v1/lead-lists/collect', { ids: ['1'], force: true });
  assert.deepEqual(named.held, [], 'what is asked for by name is taken, held or not');
  await ask('POST', `/v1/jobs/${named.job.id}/cancel`);
  await ask('POST', '/v1/lead-lists', { source: 'followers', target: '@d' });
  const collect = { 'idempotency-key': 'collect-1' };
  const fourth = await ask('POST', '/v1/lead-lists/collect', {}, collect);
  const twice = await ask('POST', '/v1/lead-lists/collect', {}, collect);
  assert.deepEqual([twice.job.id, twice.warnings], [fourth.job.id, []], 'lists may be others then');
  for (const { job } of [first, second, fourth]) await ask('POST', `/v1/jobs/${job.id}/cancel`);
});
