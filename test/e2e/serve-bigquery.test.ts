/**
 * A server that delivers to BigQuery, by its API: while calls are refused and rows are not taken,
 * while the service is away, across a kill, and on a schedule. Every record is there once.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type BigQueryStandIn, startBigQuery } from '../../sandbox/bigquery/start-bigquery.ts';
import { CutProxy } from '../fakes/cut-proxy.ts';
import { type Running, scratch, sluice, start } from './sluice-process.ts';

const COLLECTOR = `
export const name = 'numbers';
export async function collect({ n, times }) {
  return { records: [{ id: n, product: n * times, ...(n % 2 ? { odd: true } : {}) }] };
}`;
const ROWS = 30;
const LIMIT_MS = 120_000;

interface Delivery {
  readonly place: string;
  readonly state: string;
  readonly delivered: number;
  readonly waiting: number;
  readonly reason?: { readonly code: string; readonly message: string };
}

const directory = scratch();
const cwd = directory.path;
let bigQuery: BigQueryStandIn;
let proxy: CutProxy;
let server: Awaited<ReturnType<typeof serve>>;

before(async () => {
  writeFileSync(join(cwd, 'numbers.ts'), COLLECTOR);
  bigQuery = await startBigQuery({ rows: 0, jobMs: 10, auth: true, directory: join(cwd, 'in') });
  proxy = await CutProxy.start(bigQuery.port);
  server = await serve();
});
after(async () => {
  server.running.child.kill('SIGKILL');
  await server.running.ended;
  await proxy.close();
  await bigQuery.close();
  directory[Symbol.dispose]();
});

function options() {
  const names = ['rows', 'all', 'nightly'];
  const to = names.map((name) => `${name}=bigquery://sandbox/samples/${name}?key=id`);
  const env = {
    SLUICE_DATA_DIR: 'data',
    SLUICE_DESTINATIONS: to.join(','),
    SLUICE_BIGQUERY_URL: `http://127.0.0.1:${proxy.port}`,
    GOOGLE_APPLICATION_CREDENTIALS: bigQuery.files?.keyFile as string,
  };
  return { cwd, env, limitMs: LIMIT_MS };
}

async function serve(): Promise<{ running: Running; url: string; key: string }> {
  const words = ['serve', '--port', '0', '--json', '--collector', './numbers.ts'];
  const running = start(words, options());
  const line = (await running.said(/\{"type":"serving".*\}/))[0];
  const { url, firstKey = '' } = JSON.parse(line) as { url: string; firstKey?: string };
  return { running, url, key: firstKey };
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      'x-api-key': server.key,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

async function submit(deliver?: readonly string[], times = 2): Promise<string> {
  const rows = Array.from({ length: ROWS }, (_, n) => ({ n, times }));
  const order = { collector: 'numbers', input: { rows }, ...(deliver && { deliver }) };
  return (await call<{ job: { id: string } }>('POST', '/v1/jobs', order)).job.id;
}

const deliveries = async (id: string) =>
  (await call<{ deliveries: Delivery[] }>('GET', `/v1/jobs/${id}/deliveries`)).deliveries;
const goOn = (id: string) => call('POST', `/v1/jobs/${id}/deliveries`, {});

async function until(id: string, state: string): Promise<Delivery> {
  for (;;) {
    const [found] = await deliveries(id);
    if (found?.state === state) return found;
    // What rests is not waited for longer than need be.
    if (found?.state === 'resting' && state === 'delivered') await goOn(id);
    await delay(200);
  }
}

async function check(table: string, times = 2): Promise<void> {
  const rows = (await bigQuery.rows(`samples.${table}`)) as { id: number; product: number }[];
  const found = rows.map(({ id, product }) => [Number(id), Number(product)]);
  const all = Array.from({ length: ROWS }, (_, n) => [n, n * times]);
  assert.deepEqual(
    found.toSorted(([a = 0], [b = 0]) => a - b),
    all,
  );
  const left = bigQuery.tables().filter((name) => name.includes('sluice_batch'));
  assert.deepEqual(left, [], 'no batch is left');
}

describe('a server that delivers to BigQuery', () => {
  it('gets by with what the service refuses for a moment', { timeout: LIMIT_MS }, async () => {
    const modes = ['rate-limit', 'unavailable', 'job-error', 'partial', 'lost'] as const;
    for (const mode of modes) bigQuery.control({ do: 'fail', at: 'load', mode });
    bigQuery.control({ do: 'fail', at: 'query', mode: 'rate-limit' });
    bigQuery.control({ do: 'fail', at: 'query', mode: 'job-rate' });
    bigQuery.control({ do: 'fail', at: 'token', mode: 'unavailable' });
    const id = await submit(['rows']);
    const { delivered } = await until(id, 'delivered');
    assert.equal(delivered, ROWS);
    await check('rows');
    const met = Object.keys(bigQuery.stats().faults);
    assert.deepEqual(met.toSorted(), [...modes, 'job-rate'].toSorted());
  });

  it('rests while the service is away, and brings the rest', { timeout: LIMIT_MS }, async () => {
    proxy.cut('drop');
    const id = await submit(['all']);
    const resting = await until(id, 'resting');
    assert.equal(resting.reason?.code, 'sink.unavailable', JSON.stringify(resting));
    assert.deepEqual([resting.delivered, resting.waiting], [0, ROWS]);
    const metrics = await (
      await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': server.key } })
    ).text();
    assert.match(metrics, /sluice_deliveries\{state="resting"\} 1/);
    // It knows of it after its end, too.
    server.running.child.kill('SIGKILL');
    await server.running.ended;
    const { key } = server;
    server = { ...(await serve()), key };
    proxy.restore();
    assert.equal((await until(id, 'delivered')).delivered, ROWS);
    await check('all');
  });

  it('stops where it may not write, and goes on when told', { timeout: LIMIT_MS }, async () => {
    bigQuery.control({ do: 'fail', at: 'load', mode: 'denied' });
    const id = await submit(['all']);
    const stopped = await until(id, 'stopped');
    assert.equal(stopped.reason?.code, 'sink.refused');
    assert.match(String(stopped.reason?.message), /Permission bigquery.tables.updateData denied/);
    // Killed in the middle of a batch that the service has and nobody was told of.
    bigQuery.control({ do: 'fail', at: 'query', mode: 'slow', ms: 60_000 });
    const queries = bigQuery.stats().calls.query ?? 0;
    await goOn(id);
    while ((bigQuery.stats().calls.query ?? 0) === queries) await delay(20);
    server.running.child.kill('SIGKILL');
    await server.running.ended;
    const { key } = server;
    server = { ...(await serve()), key };
    assert.equal((await until(id, 'delivered')).delivered, ROWS);
    await check('all');
  });

  it('keeps what was collected later, whichever job arrives last', {
    timeout: LIMIT_MS,
  }, async () => {
    bigQuery.control({ do: 'fail', at: 'load', mode: 'denied' });
    const earlier = await submit(['rows'], 5);
    await until(earlier, 'stopped');
    await until(await submit(['rows'], 7), 'delivered');
    await check('rows', 7);
    await goOn(earlier);
    assert.equal((await until(earlier, 'delivered')).delivered, ROWS);
    await check('rows', 7);
  });

  it('delivers what a schedule starts', { timeout: LIMIT_MS }, async () => {
    const first = await submit();
    const there = { ...options(), env: { ...options().env, SLUICE_TOKEN: server.key } };
    const make = ['schedules', 'create', 'numbers', '--cron', '@daily', '--input-of', first];
    const none = await sluice([...make, '--deliver', 'nowhere'], there);
    assert.equal(none.code, 2, none.stderr);
    const made = await sluice([...make, '--deliver', 'nightly'], there);
    assert.equal(made.code, 0, made.stderr);
    const shown = await sluice(['schedules', 'show', made.stdout.trim()], there);
    assert.match(shown.stdout, /"deliver":\["nightly"\]/);
    const run = await sluice(['schedules', 'run', made.stdout.trim()], there);
    assert.equal(run.code, 0, run.stderr);
    assert.equal((await until(run.stdout.trim(), 'delivered')).delivered, ROWS);
    await check('nightly');
  });
});
