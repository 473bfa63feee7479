/** Schedules over HTTP: whose they are, what is refused, and the job that a tick starts. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer } from './server-rig.ts';

const order = { collector: 'contacts', input: { rows: ['no website'] } };
const draft = { name: 'Nightly', cron: '0 2 * * *', order };
const path = '/v1/schedules';

it('a tick starts a job of the tenant, which the history names', async (test) => {
  const { call } = await startServer(test);
  const json = { ...draft, cron: '* * * * * *' };
  const { json: made, status, headers } = await call('POST', path, { key: 'run', json });
  assert.equal(status, 201);
  assert.equal(headers.get('location'), `${path}/${made.schedule.id}`);
  assert.equal(made.ticks.length, 3);
  const own = `${path}/${made.schedule.id}`;
  for (;;) {
    const { json: history } = await call('GET', `${own}/history`, { key: 'read' });
    const [run] = history.runs.toReversed();
    if (run?.jobState === 'completed') {
      assert.deepEqual([run.outcome, run.manual, run.dueMs % 1_000], ['started', false, 0]);
      const { json: job } = await call('GET', `/v1/jobs/${run.jobId}`, { key: 'read' });
      assert.equal(job.tenant, 'acme');
      break;
    }
    await delay(20);
  }
  const paused = await call('POST', `${own}/pause`, { key: 'run' });
  assert.deepEqual([paused.json.schedule.paused, paused.json.schedule.nextMs], [true, undefined]);
});

it('what could never be submitted is refused at once', async (test) => {
  const { call } = await startServer(test);
  const other = await call('POST', '/v1/jobs', { key: 'other', json: order });
  const refused = async (change: object, code: string, words: RegExp) => {
    const json = { ...draft, ...change };
    const { status, json: problem } = await call('POST', path, { key: 'run', json });
    assert.deepEqual([status, problem.code], [code === 'job.not_found' ? 404 : 400, code]);
    assert.match(`${problem.detail} ${problem.hint}`, words);
  };
  const ordering = (more: object) => ({ order: { ...order, ...more } });
  await refused(ordering({ collector: 'contact' }), 'collector.not_found', /Did you mean contacts/);
  await refused(ordering({ options: { mod: 'x' } }), 'usage.unknown', /option of contacts/);
  await refused(ordering({ input: undefined }), 'usage.invalid', /needs an input/);
  const foreign = { job: other.json.job.id };
  await refused(ordering({ input: foreign }), 'job.not_found', /There is no job/);
  await refused({ cron: '61 * * * *' }, 'schedule.cron_invalid', /Five fields/);
  await refused({ timeZone: 'Europe/Pariss' }, 'schedule.zone_invalid', /Europe\/Paris/);
  await refused({ jitterMs: -1 }, 'request.invalid', /jitterMs/);
  const { json: list } = await call('GET', path, { key: 'read' });
  assert.deepEqual(list.schedules, []);
});

it('an operator sees those of everybody, and can act on each', async (test) => {
  const { call } = await startServer(test);
  const acme = (await call('POST', path, { key: 'run', json: draft })).json.schedule;
  const other = (await call('POST', path, { key: 'other', json: draft })).json.schedule;
  const mine = (await call('POST', path, { json: draft })).json.schedule;
  assert.deepEqual([acme.tenant, other.tenant, mine.tenant], ['acme', 'other', 'local']);
  const ids = async (query: string, tenant?: string) => {
    const headers = tenant === undefined ? {} : { 'sluice-tenant': tenant };
    const { json } = await call('GET', `${path}${query}`, { headers });
    return [json.schedules.map(({ id }: { id: string }) => id), json.next];
  };
  assert.deepEqual(await ids('?limit=2'), [[acme.id, other.id], other.id]);
  assert.deepEqual(await ids(`?limit=2&after=${other.id}`), [[mine.id], undefined]);
  assert.deepEqual(await ids('', 'acme'), [[acme.id], undefined]);
  const patched = await call('PATCH', `${path}/${other.id}`, { json: { name: 'Daily' } });
  assert.equal(patched.json.schedule.name, 'Daily');
  assert.equal((await call('DELETE', `${path}/${other.id}`)).status, 204);
  assert.equal((await call('GET', `${path}/${other.id}`, { key: 'other' })).status, 404);
});
