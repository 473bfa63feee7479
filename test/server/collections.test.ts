/** What a tenant keeps, over HTTP: listed page by page, and as a file. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { KeepChange } from '../../src/store/store.ts';
import { NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import { startServer } from './server-rig.ts';

const DAY_MS = 86_400_000;

async function world(test: TestContext, flags: Readonly<Record<string, unknown>> = {}) {
  const rig = await startServer(test, flags);
  const put = (key: string, value: unknown, collection = 'leads'): KeepChange => ({
    ...{ collection, key, op: 'put', json: JSON.stringify(value) },
  });
  await rig.store.createJob(spec('j_1'));
  await rig.store.addRows('j_1', 0, [task(0)], NOW);
  const keeps = [
    put('x:1', { name: 'Ada', key: 'mine' }),
    put('x:2', { name: '=1+1', tags: ['a'] }),
    put('y:1', 'text'),
    put('list', 7, 'lead-list-state'),
  ];
  await rig.store.commit([step('j_1', 0, { keeps, nowMs: NOW })]);
  const changed = [put('x:2', { name: '=1+1', tags: ['a', 'b'] })];
  await rig.store.commit([step('j_1', 0, { keeps: changed, nowMs: NOW + DAY_MS })]);
  const get = async (path: string) => {
    const answer = await rig.call('GET', path, { key: 'read' });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  return { ...rig, get };
}

it('collections are listed, and their entries page by page', async (test) => {
  const { get, call } = await world(test);
  const { collections } = (await get('/v1/collections')).json;
  assert.deepEqual(collections, [
    { name: 'lead-list-state', entries: 1 },
    { name: 'leads', entries: 3 },
  ]);
  const first = (await get('/v1/collections/leads/entries?limit=2')).json;
  assert.deepEqual(first.entries[1], {
    ...{ key: 'x:2', value: { name: '=1+1', tags: ['a', 'b'] }, jobId: 'j_1' },
    ...{ firstMs: NOW, changedMs: NOW + DAY_MS, revision: 2 },
  });
  assert.equal(first.next, 'x:2');
  const rest = (await get(`/v1/collections/leads/entries?limit=2&after=${first.next}`)).json;
  assert.deepEqual(
    rest.entries.map(({ key }: { readonly key: string }) => key),
    ['y:1'],
  );
  assert.equal(rest.next, undefined);
  const keysOf = async (query: string) =>
    (await get(`/v1/collections/leads/entries?${query}`)).json.entries.map(
      ({ key }: { readonly key: string }) => key,
    );
  assert.deepEqual(await keysOf('prefix=x:'), ['x:1', 'x:2']);
  const since = new Date(NOW + 1).toISOString();
  assert.deepEqual(await keysOf(`changedSince=${since}`), ['x:2']);
  assert.deepEqual(await keysOf(`changedSince=${NOW + 2 * DAY_MS}`), []);
  for (const wrong of ['changedSince=yesterday', 'limit=0', 'limit=1001', 'page=1']) {
    const refused = await call('GET', `/v1/collections/leads/entries?${wrong}`, { key: 'read' });
    assert.equal(refused.status, 400, wrong);
  }
});

it('a collection is downloaded as each format, as a whole or in part', async (test) => {
  const { get, call } = await world(test);
  const download = async (query: string) =>
    (await get(`/v1/collections/leads/download?${query}`)).text;
  const times = (changed: number) =>
    [NOW, changed].map((ms) => new Date(ms).toISOString()).join(',');
  assert.equal(
    await download('format=csv'),
    'key,first,changed,name,value_key,tags,value\n' +
      `x:1,${times(NOW)},Ada,mine,,\n` +
      `x:2,${times(NOW + DAY_MS)},=1+1,,"[""a"",""b""]",\n` +
      `y:1,${times(NOW)},,,,text\n`,
  );
  assert.equal(await download('format=csv&prefix=z'), 'key,first,changed\n');
  assert.match(await download('format=csv&safeFormulas=all'), /^x:2,.*,'=1\+1/m);
  assert.match(await download('format=tsv'), /^x:1\t.*\tAda\tmine\t/m);
  const lines = (await download('')).trimEnd().split('\n');
  const [ada] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(ada, {
    ...{ key: 'x:1', value: { name: 'Ada', key: 'mine' }, jobId: 'j_1' },
    ...{ firstMs: NOW, changedMs: NOW, revision: 1 },
  });
  assert.equal(lines.length, 3);
  assert.equal(JSON.parse(await download('format=json')).length, 3);
  assert.deepEqual(JSON.parse(await download('format=json&prefix=z')), []);
  const parquet = await call('GET', '/v1/collections/leads/download?format=parquet');
  assert.equal(parquet.status, 404, 'an operator names the tenant');
  assert.match(await download('format=parquet'), /^PAR1[\s\S]*PAR1$/);
  const state = await get('/v1/collections/lead-list-state/download?format=csv');
  assert.equal(state.text, `key,first,changed,value\nlist,${times(NOW)},7\n`);
  assert.match(
    state.headers.get('content-disposition') ?? '',
    /^attachment; filename="lead-list-state\.csv"$/,
  );
});

it('there is no collection of another tenant, nor one without entries', async (test) => {
  const { call } = await world(test);
  const ask = async (path: string, key: 'read' | 'other' | 'operator', headers = {}) =>
    (await call('GET', path, { key, headers })).status;
  for (const rest of ['entries', 'download']) {
    assert.equal(await ask(`/v1/collections/leads/${rest}`, 'other'), 404);
    assert.equal(await ask(`/v1/collections/none/${rest}`, 'read'), 404);
    assert.equal(await ask(`/v1/collections/No%20Name/${rest}`, 'read'), 404);
    assert.equal(await ask(`/v1/collections/leads/${rest}`, 'operator'), 404);
    const within = { 'sluice-tenant': 'acme' };
    assert.equal(await ask(`/v1/collections/leads/${rest}`, 'operator', within), 200);
  }
});

it('a collection is delivered to destinations by their names, a row a key', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-kept-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'kept.duckdb');
  const { call, get } = await world(test, {
    destinations: `warehouse=duckdb:${file}#people,lake=parquet:${folder}/lake,off=duckdb:x?tabel=y`,
  });
  const { destinations } = (await get('/v1/destinations')).json;
  assert.deepEqual(destinations, [
    { name: 'warehouse', keyed: true },
    { name: 'lake', keyed: false },
  ]);
  const path = '/v1/collections/leads/deliveries';
  const deliver = (json: unknown, key: 'run' | 'read' | 'other' | 'admin' = 'run') =>
    call('POST', path, { key, json });
  for (const prefix of ['x:', 'y:', 'x:']) {
    const asked = await deliver({ to: ['warehouse'], prefix });
    assert.equal(asked.status, 202, asked.text);
    for (;;) {
      const [latest] = (await get(path)).json.deliveries;
      if (latest.endedMs === undefined) continue;
      assert.equal(latest.state, 'delivered', JSON.stringify(latest));
      assert.equal(latest.delivered, prefix === 'x:' ? 2 : 1);
      assert.equal(latest.place, `duckdb:${file}#people`);
      break;
    }
  }
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll('SELECT key, name FROM people ORDER BY key');
  assert.deepEqual(rows.getRows(), [
    ['x:1', 'Ada'],
    ['x:2', '=1+1'],
    ['y:1', null],
  ]);
  connection.closeSync();
  instance.closeSync();
  for (const [json, key, code] of [
    [{ to: ['lake'] }, 'run', 'sink.invalid'],
    [{ to: [`duckdb:${file}`] }, 'admin', 'sink.not_allowed'],
    [{ to: [] }, 'run', 'request.invalid'],
    [{ to: ['warehouse'] }, 'other', 'collection.not_found'],
    [{ to: ['warehouse'] }, 'read', 'auth.forbidden'],
  ] as const) {
    const refused = await deliver(json, key);
    assert.equal(refused.json.code, code, refused.text);
  }
});
