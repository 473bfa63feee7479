/**
 * Whether a secret of a destination is anywhere but where it belongs: passwords in addresses, keys
 * of S3-compatible storage and of a service account, secrets that sign webhooks. Everything is
 * refused by a server that says back what it was sent; then all that was written is searched.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readStream } from './read-stream.ts';
import { SecretSearch } from './secret-search.ts';
import { type Ended, type Running, scratch, sluice, start } from './sluice-process.ts';

const LIMIT_MS = 150_000;
const PASSWORDS = {
  named: 'pg/Zq+7%named&one',
  direct: 'pg/Yr+8%direct&two',
  list: 'pg/Xs+9%reader&three',
  table: 'pg/Wt+1%table&four',
  wrong: 'pg/Vu+2%wrong&five',
};
const WEBHOOK = { path: 'pA7kq92LmZx41cVb8tRw6Yse', token: 'wh/Rx+6%token&eleven' };
const S3 = { 'S3 secret': 's3/Ty+4%secret+seven/eight', 'S3 token': 's3/Sz+5%token+nine/ten=' };
const COLLECTOR = `
export const name = 'numbers';
export async function collect({ n }) {
  return {
    records: [{ id: n }],
    keep: [{ collection: 'numbers', key: String(n), value: { id: n }, op: 'put' }],
  };
}`;

const directory = scratch();
const cwd = directory.path;
const path = (...parts: readonly string[]) => join(cwd, ...parts);
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
let echo: Server;
let echoUrl = '';
/** How often it was asked, by the first part of the path. */
const asked = new Map<string, number>();
const servers: Running[] = [];
const ends: Ended[] = [];

before(async () => {
  mkdirSync(path('tmp'));
  mkdirSync(path('in'));
  writeFileSync(path('numbers.ts'), COLLECTOR);
  writeFileSync(path('rows.csv'), 'n\n1\n2\n3\n');
  echo = createServer((request, response) => {
    const part = (request.url ?? '').split(/[/?]/)[1] ?? '';
    asked.set(part, (asked.get(part) ?? 0) + 1);
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => {
      body = (body + text).slice(-4_000);
    });
    request.on('end', () => {
      const said = `not allowed: ${JSON.stringify(request.headers)} ${body}`;
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 403, message: said, errors: [] }, said }));
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  echoUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const key = { type: 'service_account', project_id: 'p', private_key_id: 'k' };
  const account = { ...key, client_email: 'sluice@p.example', private_key: privateKey };
  writeFileSync(path('in', 'key.json'), JSON.stringify({ ...account, token_uri: `${echoUrl}/t` }));
});
after(async () => {
  for (const { child, ended } of servers) {
    child.kill('SIGKILL');
    await ended;
  }
  echo.close();
  directory[Symbol.dispose]();
});

function postgres(password: string, more = '?table=x', host = '127.0.0.1:1'): string {
  return `postgres://me:${encodeURIComponent(password)}@${host}/db${more}`;
}

function env() {
  const named = [
    `warehouse=${postgres(PASSWORDS.named)}`,
    'lake=parquet:s3://bucket/lake',
    'big=bigquery://my-project/d/t?key=id',
  ];
  return {
    TMPDIR: path('tmp'),
    SLUICE_DATA_DIR: 'data',
    SLUICE_LOG_LEVEL: 'debug',
    SLUICE_ALLOW_HOSTS: '127.0.0.1',
    SLUICE_DESTINATIONS: named.join(','),
    SLUICE_BIGQUERY_URL: `${echoUrl}/bq`,
    GOOGLE_APPLICATION_CREDENTIALS: path('in', 'key.json'),
    SLUICE_FILES_ENDPOINT: `${echoUrl}/s3`,
    SLUICE_FILES_KEY_ID: 'AKEYID',
    SLUICE_FILES_KEY_SECRET: S3['S3 secret'],
    SLUICE_FILES_SESSION_TOKEN: S3['S3 token'],
  };
}

async function serve(): Promise<{ running: Running; url: string; firstKey: string }> {
  const words = ['serve', '--port', '0', '--json', '--collector', './numbers.ts'];
  const running = start(words, { cwd, env: env(), limitMs: LIMIT_MS });
  servers.push(running);
  const line = (await running.said(/\{"type":"serving".*\}/))[0];
  const { url, firstKey = '' } = JSON.parse(line) as { url: string; firstKey?: string };
  return { running, url, firstKey };
}

async function run(...args: readonly string[]): Promise<Ended> {
  const ended = await sluice(args, { cwd, env: env() });
  ends.push(ended);
  return ended;
}

it('no secret of a destination is written anywhere but sealed', { timeout: LIMIT_MS }, async () => {
  const first = await serve();
  const { url, firstKey } = first;
  const texts = new Map<string, string>();
  const call = async (method: string, place: string, body?: unknown) => {
    const answer = await fetch(url + place, {
      method,
      headers: {
        'x-api-key': firstKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // A webhook's secret is told once, to whoever makes it.
    texts.set(`${method} ${place}`, text.replace(/"secret":"[^"]*"/, ''));
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text.startsWith('{');
    return { status: answer.status, json: isJson ? JSON.parse(text.split('\n')[0] ?? '') : {} };
  };
  const hook = await call('POST', '/v1/webhooks', { url: `${echoUrl}/hook` });
  assert.equal(hook.status, 201);
  const login = `http://me:${encodeURIComponent(PASSWORDS.wrong)}@127.0.0.1:1/hook`;
  assert.equal((await call('POST', '/v1/webhooks', { url: login })).status, 400);
  await call('POST', `/v1/webhooks/${hook.json.webhook?.id ?? hook.json.id}/test`);
  const keyed = `${echoUrl}/hook/${WEBHOOK.path}?token=${encodeURIComponent(WEBHOOK.token)}`;
  const { json: other } = await call('POST', '/v1/webhooks', { url: keyed });
  await call('POST', `/v1/webhooks/${other.id}/test`);
  await call('GET', `/v1/webhooks/${other.id}/deliveries`);
  await run('webhooks', 'ls');
  const order = {
    collector: 'numbers',
    input: { rows: [{ n: 1 }, { n: 2 }] },
    deliver: ['warehouse', 'lake', 'big'],
  };
  const { json } = await call('POST', '/v1/jobs', order);
  assert.ok(json.job, JSON.stringify(json));
  const id = json.job.id as string;
  const deliveries = `/v1/jobs/${id}/deliveries`;
  // By the server's own key, which `--data` has.
  const direct = ['jobs', 'deliver', id, postgres(PASSWORDS.direct, '?table=y')];
  const there = start(direct, { cwd, env: env(), limitMs: LIMIT_MS });
  await there.said(/Delivery rests.*127\.0\.0\.1:1/);
  there.child.kill('SIGINT');
  ends.push(await there.ended);
  const states = async () => {
    const shown = await call('GET', deliveries);
    return (shown.json.deliveries as { state: string }[]).map(({ state }) => state);
  };
  while ((await states()).includes('delivering')) await delay(100);
  assert.equal((await states()).length, 4);
  const wrong = [
    postgres(PASSWORDS.wrong, '?table=x', '127.0.0.1:port'),
    `kafka://me:${encodeURIComponent(PASSWORDS.wrong)}@there/x`,
    `bigquery://me:${encodeURIComponent(PASSWORDS.wrong)}@my-project/d/t`,
    `parquet:s3://me:${encodeURIComponent(PASSWORDS.wrong)}@bucket/x?y=z`,
    `nobody=${postgres(PASSWORDS.wrong)}`,
  ];
  const tried = wrong.map(async (bad) => {
    await call('POST', deliveries, { to: [bad] });
    await call('POST', '/v1/schedules', {
      name: 'x',
      cron: '@daily',
      order: { ...order, deliver: [bad] },
    });
    ends.push(
      await run(
        'run',
        './numbers.ts',
        'rows.csv',
        '--timeout',
        '9s',
        '--data',
        'other',
        '--deliver',
        bad,
      ),
    );
  });
  await Promise.all(tried);
  const list = postgres(PASSWORDS.list);
  const refused = await run('campaigns', 'collect', list, '--single');
  assert.notEqual(refused.code, 0);
  await run('collections', 'export', 'numbers', '--to', postgres(PASSWORDS.table));
  await run(
    'collections',
    'export',
    'numbers',
    '--deliver',
    `bigquery://me:${encodeURIComponent(PASSWORDS.wrong)}@my-project/d`,
  );
  await run('jobs', 'download', id, '--to', postgres(PASSWORDS.table));
  await run('upload', 'rows.csv', '--to', 's3://bucket/up');
  await run('config', 'print');
  await run('doctor');
  const reads = ['', '/failures', '/records', '/tasks', '/history', '/deliveries'];
  for (const place of reads) await call('GET', `/v1/jobs/${id}${place}`);
  for (const place of [`/v1/jobs/${id}/events`, '/v1/events']) {
    texts.set(place, await readStream(url + place, firstKey));
  }
  for (const place of ['settings', 'overview', 'schedules', 'webhooks', 'destinations']) {
    await call('GET', `/v1/${place}`);
  }

  const secrets = {
    ...PASSWORDS,
    ...S3,
    'webhook token': WEBHOOK.token,
    'webhook path': WEBHOOK.path,
    'webhook secret': hook.json.secret as string,
    'service account': privateKey.split('\n')[2] as string,
    'first key': firstKey,
  };
  assert.ok(Object.values(secrets).every((text) => text.length >= 8));
  const search = new SecretSearch(secrets);
  const look = (when: string) => {
    const found = [...texts].flatMap(([place, text]) => search.inText(place, text));
    for (const [i, { stdout, stderr }] of ends.entries()) {
      found.push(...search.inText(`output ${i}`, stdout + stderr));
    }
    for (const { output } of servers) {
      const said = output.stdout.replace(/"firstKey":"[^"]*"/, '') + output.stderr;
      found.push(...search.inText('the server’s log', said));
    }
    found.push(...search.inFiles(cwd).found.filter((file) => !file.includes(path('in'))));
    assert.deepEqual([...new Set(found)], [], when);
  };
  for (const part of ['hook', 't', 's3']) assert.ok(asked.has(part), `${part} was not asked`);
  look('while it runs');
  first.running.child.kill('SIGKILL');
  await first.running.ended;
  look('after it was killed');
  const second = await serve();
  while (second.running.output.stderr === '') await delay(50);
  second.running.child.kill('SIGTERM');
  await second.running.ended;
  look('at the end');
});
