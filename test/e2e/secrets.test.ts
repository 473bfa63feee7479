/**
 * Whether a secret is anywhere but where it belongs: campaigns, leads, channels and media are worked
 * on by a server with accounts and keys that are known here, some of which are refused by servers
 * that say them back; then everything that was written is searched for them, also after the server
 * was killed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { startMedia } from '../../sandbox/media/start-media.ts';
import { startOpenAi } from '../../sandbox/openai/start-openai.ts';
import { startTelegram } from '../../sandbox/telegram/start-telegram.ts';
import { startVicidial } from '../../sandbox/vicidial/start-vicidial.ts';
import { startX } from '../../sandbox/x/start-x.ts';
import { readStream } from './read-stream.ts';
import { SecretSearch, type Secrets } from './secret-search.ts';
import { type Ended, jobIdOf, type Running, scratch, sluice, start } from './sluice-process.ts';

const LIMIT_MS = 240_000;
const LLM_KEY = 'sk-llm/Zq+7%secret&key';
const directory = scratch();
const cwd = directory.path;
const path = (...parts: readonly string[]) => join(cwd, ...parts);

type StandIns = Awaited<ReturnType<typeof standIns>>;
let world: StandIns;
let echo: Server;
/** Paths that it was asked for. */
const echoed: string[] = [];
const servers: Running[] = [];

async function standIns() {
  const [vicidial, x, telegram, site, ai] = await Promise.all([
    startVicidial({ campaigns: 2, clients: 2, calls: 3, hours: 12, directory: path('in/v') }),
    startX({ accounts: 3, lists: 3, listSize: 40, directory: path('in/x') }),
    startTelegram({
      channels: 2,
      posts: 20,
      latencyScale: 0,
      accounts: 2,
      directory: path('in/t'),
    }),
    startMedia({ directory: path('in/media'), count: 1, seed: 5 }),
    startOpenAi({ key: LLM_KEY }),
  ]);
  return { vicidial, x, telegram, site, ai };
}

before(async () => {
  mkdirSync(path('tmp'));
  world = await standIns();
  // Refuses everybody, and says their secret back.
  echo = createServer((request, response) => {
    const said = `not allowed: ${request.headers.authorization}`;
    echoed.push(request.url ?? '');
    response.writeHead(401, { 'content-type': 'application/json', 'x-said': said });
    response.end(JSON.stringify({ title: said, detail: said, error: { message: said } }));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  for (const { child, ended } of servers) {
    child.kill('SIGKILL');
    await ended;
  }
  echo.close();
  const { vicidial, x, telegram, site, ai } = world;
  await Promise.all([vicidial, x, telegram, site, ai].map((each) => each.close()));
  directory[Symbol.dispose]();
});

function envOf(more: Readonly<Record<string, string>> = {}) {
  return {
    TMPDIR: path('tmp'),
    SLUICE_DATA_DIR: 'data',
    SLUICE_LOG_LEVEL: 'debug',
    SLUICE_ALLOW_HOSTS: '127.0.0.1',
    SLUICE_LLM_BASE_URL: `${world.ai.url}/v1`,
    SLUICE_LLM_API_KEY: LLM_KEY,
    X_API_URL: world.x.url,
    SLUICE_TELEGRAM_PREVIEW_URL: world.telegram.url,
    SLUICE_TELEGRAM_GATEWAY: world.telegram.gatewayUrl,
    SLUICE_CALL_DELAY_MIN: '1ms',
    SLUICE_CALL_DELAY_MAX: '2ms',
    ...more,
  };
}

async function serve(more: Readonly<Record<string, string>> = {}) {
  const options = { cwd, env: envOf(more), limitMs: LIMIT_MS };
  const running = start(['serve', '--port', '0', '--json'], options);
  servers.push(running);
  const line = (await running.said(/\{"type":"serving".*\}/))[0];
  const { url, firstKey = '' } = JSON.parse(line) as { url: string; firstKey?: string };
  return { running, url, firstKey };
}

/** What a caller may read: events that are stored, failures, exports and all that is shown. */
async function readAll(url: string, key: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const get = async (place: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(url + place, { headers: { 'x-api-key': key, ...headers } });
    texts.set(place, await answer.text());
    return texts.get(place) as string;
  };
  const listen = async (place: string) => {
    texts.set(place, await readStream(url + place, key));
  };
  const jobs = JSON.parse(await get('/v1/jobs?limit=100')) as { jobs: readonly { id: string }[] };
  for (const { id } of jobs.jobs) {
    const own = ['', '/failures', '/records', '/tasks', '/waits', '/history'];
    for (const place of own) await get(`/v1/jobs/${id}${place}`, { accept: 'application/json' });
    await get(`/v1/jobs/${id}/download?format=jsonl`);
    await get(`/v1/jobs/${id}/rejects`);
    await listen(`/v1/jobs/${id}/events`);
  }
  const { collections } = JSON.parse(await get('/v1/collections')) as {
    collections: readonly { name: string }[];
  };
  for (const { name } of collections) await get(`/v1/collections/${name}/download?format=jsonl`);
  const shown = ['failures', 'accounts', 'keys', 'settings', 'lanes', 'me', 'overview'];
  for (const name of shown) await get(`/v1/${name}`, { accept: 'application/json' });
  await listen('/v1/events');
  await get('/metrics');
  return texts;
}

it('no secret is written anywhere but sealed', { timeout: LIMIT_MS }, async () => {
  const { vicidial, x, telegram, site } = world;
  const ends: Ended[] = [];
  const run = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const ended = await sluice(args, { cwd, env: envOf(more) });
    ends.push(ended);
    return ended;
  };
  const first = await serve();
  const made = await fetch(`${first.url}/v1/keys`, {
    method: 'POST',
    headers: { 'x-api-key': first.firstKey, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'second', scope: 'admin' }),
  });
  const { key = '', id } = (await made.json()) as { key?: string; id?: string };
  assert.equal(made.status, 201, id);

  // One client's password is another one by now: its server says back what it was given.
  const [changed] = vicidial.world.clients;
  assert.ok(changed);
  const passwords = vicidial.world.clients.map(({ password }) => password);
  vicidial.control({
    do: 'password',
    client: `${changed.campaign}/${changed.name}`,
    password: 'an0ther_one',
  });
  const tokens = x.accounts.map(({ token }) => token);
  const strange = 'AAAAstrange-token/nobody%knows+it';
  const rows = [...tokens, strange].map((token, i) => `x,account-${i},${token}\n`);
  writeFileSync(path('in/accounts.csv'), `service,name,secret\n${rows.join('')}`);
  const phones = telegram.accounts.map(({ name, apiId, apiHash, session }) => ({
    ...{ service: 'telegram', name, secret: { apiId, apiHash, session } },
  }));
  writeFileSync(
    path('in/phones.jsonl'),
    phones.map((phone) => `${JSON.stringify(phone)}\n`).join(''),
  );
  const secrets: Secrets = {
    ...Object.fromEntries(passwords.map((text, i) => [`password ${i}`, text])),
    ...Object.fromEntries(tokens.map((text, i) => [`token ${i}`, text])),
    ...Object.fromEntries(
      telegram.accounts.flatMap(({ apiHash, session }, i) => [
        [`hash ${i}`, apiHash],
        [`session ${i}`, session],
      ]),
    ),
    ...{ 'strange token': strange, 'llm key': LLM_KEY },
    ...{ 'first key': first.firstKey, 'second key': key },
  };
  assert.ok(Object.values(secrets).every((text) => text.length >= 8));

  const cycle = await run(['campaigns', 'collect', 'in/v/credentials.csv', '--single', '--json']);
  assert.equal(cycle.code, 3, cycle.stdout + cycle.stderr);
  for (const file of ['in/accounts.csv', 'in/phones.jsonl']) {
    const imported = await run(['accounts', 'import', file]);
    assert.equal(imported.code, 0, imported.stdout + imported.stderr);
  }
  await run(['accounts', 'test', '--all']);
  const jobs = [
    ['run', 'leads', 'in/x/lead-lists.csv', '-o', 'leads.csv'],
    ['run', 'channels', 'in/t/channels.csv', '-o', 'channels.csv'],
    ['run', 'media', site.csvFile, '-o', 'media.jsonl'],
  ];
  for (const words of jobs) {
    const ended = await run([...words, '--server', first.url], { SLUICE_TOKEN: first.firstKey });
    assert.ok(ended.code === 0 || ended.code === 3, ended.stdout + ended.stderr);
  }
  const search = new SecretSearch(secrets);
  const look = (when: string, texts: ReadonlyMap<string, string>) => {
    const found = [...texts].flatMap(([place, text]) => search.inText(place, text));
    for (const [i, { stdout, stderr }] of ends.entries()) {
      found.push(...search.inText(`output ${i}`, stdout + stderr));
    }
    for (const { output } of servers) {
      // The first key is told once, to whoever starts the server.
      const said = output.stdout.replace(/"firstKey":"[^"]*"/, '') + output.stderr;
      found.push(...search.inText('the server’s log', said));
    }
    for (const place of ['data', 'tmp', '.']) {
      const written = search.inFiles(path(place));
      found.push(...written.found.filter((file) => !file.includes(path('in'))));
    }
    assert.deepEqual([...new Set(found)], [], when);
  };
  const texts = await readAll(first.url, first.firstKey);
  assert.ok([...texts.values()].join('').includes('campaigns.login'), 'it was refused');
  look('while it runs', texts);

  // Killed amid work with secrets.
  world.vicidial.control({ do: 'password', client: nameOf(changed), password: changed.password });
  const before = vicidial.stats().requests;
  const again = start(['campaigns', 'collect', 'in/v/credentials.csv', '--single'], {
    cwd,
    env: envOf(),
  });
  await jobIdOf(again);
  while (vicidial.stats().requests === before) await new Promise((go) => setTimeout(go, 5));
  first.running.child.kill('SIGKILL');
  await first.running.ended;
  again.child.kill('SIGKILL');
  ends.push(await again.ended);
  look('after it was killed', new Map());

  const url = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const second = await serve({ X_API_URL: url, SLUICE_LLM_BASE_URL: `${url}/v1` });
  const there = ['--server', second.url];
  const token = { SLUICE_TOKEN: first.firstKey };
  const media = await run(['run', 'media', site.csvFile, '-o', 'media-2.jsonl', ...there], token);
  assert.match(media.stderr, /not allowed: Bearer •••/, 'without the key that was said');
  assert.ok(
    echoed.some((asked) => asked.startsWith('/v1/')),
    'the model was asked',
  );
  await run(['accounts', 'test', '--all']);
  const seen = echoed.length;
  // It would wait for an account that is let in.
  const leads = start(['run', 'leads', 'in/x/lead-lists.csv', ...there], {
    cwd,
    env: envOf(token),
  });
  while (echoed.length === seen) await new Promise((go) => setTimeout(go, 20));
  leads.child.kill('SIGKILL');
  ends.push(await leads.ended);
  look('among servers that say secrets back', await readAll(second.url, first.firstKey));
  second.running.child.kill('SIGTERM');
  await second.running.ended;
  look('at the end', new Map());
});

function nameOf({ campaign, name }: { readonly campaign: string; readonly name: string }): string {
  return `${campaign}/${name}`;
}
