/** Uploads and the life of the server's process: its memory, its sudden end, its next start. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Running, scratch, start } from '../e2e/sluice-process.ts';
import { begin, CSV, PATH, until } from './upload-rig.ts';

interface Serving {
  readonly running: Running;
  readonly url: string;
  readonly key: string;
}

async function serve(cwd: string, ...more: string[]): Promise<Serving> {
  const args = ['serve', '--port', '0', '--json', '--data', 'data', ...more];
  const running = start(args, { cwd });
  const [line] = await running.said(/\{"type":"serving".*\}/);
  const { url, firstKey = '' } = JSON.parse(line) as { url: string; firstKey?: string };
  return { running, url, key: firstKey };
}

// biome-ignore lint/suspicious/noExplicitAny: answers of all kinds are looked into.
async function get(url: string, key: string, path: string): Promise<any> {
  return (await fetch(url + path, { headers: { 'x-api-key': key } })).json();
}

function rows(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `${from + at},none ${from + at}\n`).join('');
}

test('a server that is killed takes no part of a file for the whole', async (context) => {
  using directory = scratch();
  const inputs = join(directory.path, 'data', 'inputs');
  const first = await serve(directory.path);
  context.after(() => first.running.child.kill('SIGKILL'));
  const { key } = first;
  const sending = begin(first.url + PATH, { ...CSV, 'x-api-key': key });
  sending.request.write(`id,website\n${rows(0, 10_000)}`);
  const small = begin(first.url + PATH, { ...CSV, 'x-api-key': key });
  small.request.write('id,website\n1,not enough');
  const planned = await until(
    async () => (await get(first.url, key, '/v1/jobs?limit=1')).jobs[0],
    (job) => job?.counters.tasks === 10_000,
  );
  await until(
    async () => readdirSync(inputs).length,
    (count) => count === 2,
  );
  first.running.child.kill('SIGKILL');
  await first.running.ended;
  await sending.answer.catch(() => {});

  const second = await serve(directory.path);
  context.after(() => second.running.child.kill('SIGKILL'));
  const job = await until(
    () => get(second.url, key, `/v1/jobs/${planned.id}`),
    ({ state }) => state !== 'running',
  );
  assert.equal(job.state, 'failed');
  assert.equal(job.failure.code, 'input.upload_broken');
  assert.equal(job.planned, false);
  assert.equal(job.counters.tasks, 10_000);
  // What was no job yet is gone; what was is still there beside its results.
  assert.deepEqual(readdirSync(inputs), [`${job.id}.csv.part`]);
  const headers = { 'x-api-key': key };
  const retry = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
  const again = await fetch(`${second.url}/v1/jobs/${job.id}/retry`, { ...retry, body: '{}' });
  assert.equal(((await again.json()) as { code: string }).code, 'input.upload_broken');
  const download = await fetch(`${second.url}/v1/jobs/${job.id}/download`, { headers });
  const lines = (await download.text()).trimEnd().split('\n');
  assert.equal(lines.length, 10_001);
  assert.match(lines.at(-1) ?? '', /^9999,none 9999,.*failed/);
  second.running.child.kill('SIGTERM');
  assert.equal((await second.running.ended).code, 0);
});

test('a server that is told to stop lets a file come to its end within the grace', async (context) => {
  using directory = scratch();
  const { running, url, key } = await serve(directory.path);
  context.after(() => running.child.kill('SIGKILL'));
  const sending = begin(url + PATH, { ...CSV, 'x-api-key': key });
  sending.request.write(`id,website\n${rows(0, 10_000)}`);
  await until(
    async () => (await get(url, key, '/v1/jobs?limit=1')).jobs[0],
    (job) => job?.counters.tasks === 10_000,
  );
  running.child.kill('SIGTERM');
  await until(
    async () => (await fetch(`${url}/readyz`)).status,
    (status) => status === 503,
  );
  await delay(300);
  sending.request.end(rows(10_000, 5));
  assert.equal((await sending.answer).status, 201);
  assert.equal((await running.ended).code, 0);
  const again = await serve(directory.path);
  context.after(() => again.running.child.kill('SIGKILL'));
  const job = await until(
    async () => (await get(again.url, key, '/v1/jobs?limit=1')).jobs[0],
    ({ state }) => state !== 'running',
  );
  assert.deepEqual([job.state, job.counters.tasks], ['completed', 10_005]);
});

test('a file that is not whole when the grace is over is told so, and nothing fails', async (context) => {
  using directory = scratch();
  const { running, url, key } = await serve(directory.path, '--grace', '300ms');
  context.after(() => running.child.kill('SIGKILL'));
  const sending = begin(url + PATH, { ...CSV, 'x-api-key': key });
  sending.request.write(`id,website\n${rows(0, 10_000)}`);
  await until(
    async () => (await get(url, key, '/v1/jobs?limit=1')).jobs[0],
    (job) => job?.counters.tasks === 10_000,
  );
  running.child.kill('SIGTERM');
  const answer = await sending.answer;
  assert.equal(answer.json.code, 'input.upload_broken');
  const { code, stderr } = await running.ended;
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /"level":"error"|A request failed/);
});

test('a large file costs little memory', async (context) => {
  using directory = scratch();
  const { running, url, key } = await serve(directory.path);
  context.after(() => running.child.kill('SIGKILL'));
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(status(running))?.[1]) / 1_024;
  const idleMb = rss();
  const sending = begin(url + PATH, { ...CSV, 'x-api-key': key });
  const { request } = sending;
  // Few and long rows: what is measured is the file, not its rows.
  const chunk = Buffer.from(`1,none,${'x'.repeat(200_000)}\n`.repeat(5));
  request.write('id,website,note\n');
  let peakMb = 0;
  for (let sent = 0; sent < FILE_BYTES; sent += chunk.length) {
    if (!request.write(chunk)) await once(request, 'drain');
    peakMb = Math.max(peakMb, rss());
  }
  request.end();
  const answer = await sending.answer;
  assert.equal(answer.status, 201);
  peakMb = Math.max(peakMb, rss());
  context.diagnostic(`idle ${idleMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB`);
  assert.ok(peakMb < idleMb + FILE_BYTES / 2e6, `${idleMb} MB idle, ${peakMb} MB at most`);
  rmSync(join(directory.path, 'data', 'inputs'), { recursive: true });
});

/** Twice the memory that it may take. */
const FILE_BYTES = Number(process.env.UPLOAD_BYTES ?? 300e6);

function status({ child }: Running): string {
  return readFileSync(`/proc/${child.pid}/status`, 'utf8');
}
