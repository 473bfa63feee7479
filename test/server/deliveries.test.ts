/** Deliveries by the API: who may deliver where, what is said of them, and that they arrive. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { type ServerRig, startServer } from './server-rig.ts';

const COLLECTOR = new URL('../../bench/collectors/one-record.ts', import.meta.url).pathname;

async function rig(test: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-deliver-'));
  const named = `warehouse=duckdb:${folder}/named.duckdb#companies`;
  const away = 'away=postgres://me:pass%20word@127.0.0.1:1/db?table=x';
  const server = await startServer(test, {
    collectors: [COLLECTOR],
    destinations: `${named},${away}`,
  });
  test.after(() => rm(folder, { recursive: true, force: true }));
  const rows = Array.from({ length: 20 }, (_, id) => ({ id }));
  return { server, folder, order: { collector: 'one-record', input: { rows } } };
}

async function deliveries({ call }: ServerRig, id: string) {
  const { json } = await call('GET', `/v1/jobs/${id}`, { key: 'read' });
  return (json.deliveries ?? []) as { place: string; state: string; delivered: number }[];
}

async function until(server: ServerRig, id: string, states: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = (await deliveries(server, id)).map(({ state }) => state);
    if (found.toSorted().join() === states.toSorted().join()) return;
    await delay(50);
  }
  assert.fail(JSON.stringify(await deliveries(server, id)));
}

async function count(file: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const found = await connection.runAndReadAll('SELECT count(*)::INTEGER FROM companies');
  connection.closeSync();
  instance.closeSync();
  return found.getRows()[0]?.[0];
}

describe('deliveries by the API', () => {
  it('go to a destination by its name, and say how far they are', async (test) => {
    const { server, folder, order } = await rig(test);
    const json = { ...order, deliver: ['warehouse', 'away'] };
    const made = await server.call('POST', '/v1/jobs', { key: 'run', json });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json.job;
    await until(server, id, ['delivered', 'resting']);
    const shown = await server.call('GET', `/v1/jobs/${id}`, { key: 'read' });
    assert.doesNotMatch(shown.text, /pass(%20| )word/);
    const resting = shown.json.deliveries.find((each: { state: string }) => {
      return each.state === 'resting';
    });
    assert.equal(resting.place, 'postgres://127.0.0.1:1/db#x');
    assert.equal(resting.reason.code, 'sink.unavailable');
    assert.deepEqual([resting.delivered, resting.waiting], [0, 20]);
    assert.equal(await count(join(folder, 'named.duckdb')), 20);
    const metrics = await server.call('GET', '/metrics');
    assert.match(metrics.text, /sluice_deliveries\{state="delivered"\} 1/);
    assert.match(metrics.text, /sluice_deliveries_waiting_records 20/);
    assert.equal((await server.call('GET', `/v1/jobs/${id}`, { key: 'other' })).status, 404);
    const gone = await server.call('DELETE', `/v1/jobs/${id}`, { key: 'run' });
    assert.equal(gone.status, 204);
    assert.deepEqual(await server.store.documents({ kind: 'outgoing', limit: 9 }), []);
  });

  it('go elsewhere for operators alone, and later as well', async (test) => {
    const { server, folder, order } = await rig(test);
    const address = `duckdb:${folder}/own.duckdb#companies`;
    const refused = await server.call('POST', '/v1/jobs', {
      key: 'admin',
      json: { ...order, deliver: [address] },
    });
    assert.equal(refused.status, 403);
    assert.equal(refused.json.code, 'sink.not_allowed');
    const json = { ...order, deliver: ['warehous'] };
    const unknown = await server.call('POST', '/v1/jobs', { key: 'run', json });
    assert.equal(unknown.json.code, 'sink.invalid');
    assert.match(unknown.json.detail, /no destination .* that name \(warehouse, away/);
    const made = await server.call('POST', '/v1/jobs', { key: 'run', json: order });
    const { id } = made.json.job;
    const path = `/v1/jobs/${id}/deliveries`;
    const nowhere = await server.call('POST', path, { key: 'run', json: {} });
    assert.deepEqual(nowhere.json, { deliveries: [] });
    const added = await server.call('POST', path, { json: { to: [address] } });
    assert.equal(added.status, 200, added.text);
    await until(server, id, ['delivered']);
    assert.equal(await count(join(folder, 'own.duckdb')), 20);
    const schedule = {
      name: 'nightly',
      cron: '0 3 * * *',
      order: { ...order, deliver: [address] },
    };
    const unfit = await server.call('POST', '/v1/schedules', { json: schedule });
    assert.equal(unfit.status, 403, unfit.text);
  });
});
