/** Senders that fall silent, jobs that are steered while their file still comes, and crowds. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { SluiceError } from '../../src/base/errors.ts';
import { uploadBody } from '../../src/server/upload-body.ts';
import { begin, CSV, PATH, startUploads, until } from './upload-rig.ts';

test('a sender from whom nothing comes is let go, with an answer', async (context) => {
  const terms = { name: 'list.csv', bytesMax: 1_000, sha256: undefined };
  const server = createServer(async (request, response) => {
    let bytes = 0;
    // Those that do send are not to be taken for silent where the machine stands still.
    const idleMs = request.url === '/silent' ? 300 : 60_000;
    const body = uploadBody(request, { ...terms, idleMs }, systemClock);
    try {
      for await (const chunk of body) bytes += chunk.length;
      response.end(JSON.stringify({ bytes }));
    } catch (error) {
      response.statusCode = error instanceof SluiceError ? error.status : 500;
      response.end(JSON.stringify({ bytes, code: (error as SluiceError).code }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const silent = begin(`${url}silent`, {});
  silent.request.write('some');
  assert.deepEqual(await silent.answer, { status: 408, json: { bytes: 4, code: 'request.slow' } });
  silent.request.destroy();
  const long = begin(url, {});
  long.request.write('x'.repeat(2_000));
  assert.equal((await long.answer).json.code, 'input.too_large');
  long.request.destroy();
  const good = begin(url, {});
  good.request.write('so');
  good.request.end('me');
  assert.deepEqual((await good.answer).json, { bytes: 4 });
});

test('a job is steered while its file still comes', async (context) => {
  const rig = await startUploads(context);
  const { call, newest, send, ended } = rig;
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => `${from + at},none ${from + at}\n`).join('');
  const begun = async () => {
    const before = (await newest())?.id;
    const sending = send(PATH, CSV);
    sending.request.write(`id,website\n${rows(0, 6_000)}`);
    const arrived = (job?: { id: string; counters: { tasks: number } }) =>
      job !== undefined && job.id !== before && job.counters.tasks === 6_000;
    const { id } = (await until(newest, arrived)) as { id: string };
    return { sending, id, path: `/v1/jobs/${id}` };
  };

  await context.test('paused and resumed, it goes on where it was', async () => {
    const { sending, id, path } = await begun();
    assert.equal((await call('POST', `${path}/pause`)).json.state, 'paused');
    sending.request.write(rows(6_000, 1_000));
    assert.equal((await call('POST', `${path}/resume`)).json.state, 'running');
    const all = (job: { counters: { tasks: number } }) => job.counters.tasks === 7_000;
    await until(async () => (await call('GET', path)).json, all);
    sending.request.end(rows(7_000, 1_000));
    assert.equal((await sending.answer).status, 201);
    const job = await ended(id);
    assert.equal(job.state, 'completed');
    assert.equal(job.counters.tasks, 8_000);
  });

  await context.test('paused to the end, it has the whole file when it goes on', async () => {
    const { sending, id, path } = await begun();
    await call('POST', `${path}/pause`);
    sending.request.end(rows(6_000, 2_000));
    const answer = await sending.answer;
    assert.equal(answer.json.job.state, 'paused');
    await call('POST', `${path}/resume`);
    assert.equal((await ended(id)).counters.tasks, 8_000);
  });

  await context.test('cancelled, it takes no more rows', async () => {
    const { sending, id, path } = await begun();
    assert.equal((await call('POST', `${path}/cancel`)).json.state, 'cancelled');
    sending.request.end(rows(6_000, 2_000));
    assert.equal((await sending.answer).status, 201);
    assert.equal((await ended(id)).counters.tasks, 6_000);
  });

  await context.test('deleted, it ends the upload and leaves nothing', async () => {
    const { sending, id, path } = await begun();
    await call('POST', `${path}/cancel`);
    assert.equal((await call('DELETE', path)).status, 204);
    const answer = await sending.answer;
    assert.equal(answer.json.code, 'input.upload_broken');
    sending.request.destroy();
    await until(rig.files, (names) => !names.some((name) => name.startsWith(id)));
  });

  await context.test('downloaded, it gives whole rows only', async () => {
    const { sending, id, path } = await begun();
    sending.request.write('6000,"cut');
    const part = (await call('GET', `${path}/download`)).text.trimEnd().split('\n');
    assert.equal(part.length, 6_001);
    sending.request.end(' off"\n');
    assert.equal((await sending.answer).status, 201);
    await ended(id);
    const whole = (await call('GET', `${path}/download`)).text.trimEnd().split('\n');
    assert.equal(whole.length, 6_002);
  });
});

test('a crowd of uploads is let in as far as there is room', async (context) => {
  const { call, send, files } = await startUploads(context);
  const crowd = Array.from({ length: 256 }, () => send(PATH, CSV));
  for (const { request } of crowd) request.write('id,website\n');
  await until(files, (names) => names.length === crowd.length);
  const body = 'id,website\n1,none\n';
  const refused = await call('POST', PATH, { key: 'run', headers: CSV, body });
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.json.code, 'request.uploads_full');
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  for (const { request } of crowd) request.destroy();
  await until(files, (names) => names.length === 0);
  assert.equal((await call('POST', PATH, { key: 'run', headers: CSV, body })).status, 201);
});
