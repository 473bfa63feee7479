/** Files as the body of a request: whole, in part, refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CSV, PATH, sha256, startUploads, startWebsite, until } from './upload-rig.ts';

/** No websites: every row is refused at planning, and nothing is fetched. */
const LIST = 'id,website\n1,none here\n2,nor here\n';

test('uploads', async (context) => {
  const rig = await startUploads(context);
  const { call, files, ended, newest, send } = rig;
  const upload = (body: string | Uint8Array, headers = {}, path = PATH) =>
    call('POST', path, { key: 'run', headers: { ...CSV, ...headers }, body });

  await context.test('makes a job of a file and says what it got', async () => {
    const answer = await upload(LIST, {}, `${PATH}&name=my%20list.csv&weight=2&retries=0`);
    assert.equal(answer.status, 201, answer.text);
    const { job, created, digest, bytes } = answer.json;
    assert.equal(created, true);
    assert.equal(bytes, LIST.length);
    assert.equal(digest, `sha-256=:${sha256(LIST)}:`);
    assert.equal(answer.headers.get('repr-digest'), digest);
    assert.equal(answer.headers.get('location'), `/v1/jobs/${job.id}`);
    assert.equal(job.tenant, 'acme');
    assert.equal(job.weight, 2);
    assert.deepEqual(job.input, { name: 'my list.csv', format: 'csv', column: 'website' });
    const { state, counters } = await ended(job.id);
    assert.equal(state, 'completed');
    assert.equal(counters.tasks, 2);
    assert.deepEqual(await files(), [`${job.id}.csv`]);
    assert.equal((await call('DELETE', `/v1/jobs/${job.id}`, { key: 'run' })).status, 204);
    assert.deepEqual(await files(), []);
  });

  await context.test('reads what the reader knows, whatever it is called', async () => {
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(LIST, 'utf16le')]);
    const json = '{"website":"none here"}\n{"website":"nor here"}\n';
    const cases: readonly [string, string | Uint8Array, string, string][] = [
      ['gzip', gzipSync(LIST), 'application/gzip', PATH],
      ['a gzip that says it is csv', gzipSync(LIST), 'text/csv', PATH],
      ['UTF-16', wide, 'text/csv; charset=utf-16', PATH],
      ['tabs', LIST.replaceAll(',', '\t'), 'text/tab-separated-values', PATH],
      ['JSON lines', json, 'application/x-ndjson', PATH],
      ['lines', 'none here\nnor here\n', 'text/plain', '/v1/uploads?collector=contacts'],
      ['bytes', LIST, 'application/octet-stream', PATH],
      ['a delimiter', LIST.replaceAll(',', '#'), 'text/csv', `${PATH}&delimiter=%23`],
      [
        'no header',
        'none,here\nnor,here\n',
        'text/csv',
        `${PATH.replace('website', '2')}&header=false`,
      ],
    ];
    for (const [what, body, type, path] of cases) {
      const answer = await upload(body, { 'content-type': type }, path);
      assert.equal(answer.status, 201, `${what}: ${answer.text}`);
      const job = await ended(answer.json.job.id);
      assert.equal(job.state, 'completed', what);
      assert.equal(job.counters.tasks, 2, what);
    }
  });

  await context.test('refuses what cannot be used, and leaves nothing behind', async () => {
    const before = await files();
    const jobs = (await call('GET', '/v1/jobs?limit=200')).json.jobs.length;
    const big = `id,website\n${'1,none\n'.repeat(20_000)}`;
    const cases: readonly [string, number, string, string | Uint8Array, object, string][] = [
      ['no such column', 400, 'input.column_missing', big, {}, PATH.replace('website', 'site')],
      [
        'no column of websites',
        400,
        'input.column_needed',
        'a,b\n1,2\n',
        {},
        '/v1/uploads?collector=contacts',
      ],
      ['empty', 400, 'input.empty', '', {}, PATH],
      ['only spaces', 400, 'input.empty', '  \n\n', {}, PATH],
      ['binary', 400, 'input.binary', new Uint8Array(5_000).fill(7), {}, PATH],
      ['a broken gzip', 400, 'input.corrupt', gzipSync(LIST).subarray(0, 30), {}, PATH],
      ['no collector', 400, 'request.invalid', LIST, {}, '/v1/uploads'],
      ['another collector', 400, 'collector.not_found', LIST, {}, '/v1/uploads?collector=x'],
      ['a path', 400, 'collector.not_found', LIST, {}, '/v1/uploads?collector=/etc/x.ts'],
      ['bad options', 400, 'request.invalid', LIST, {}, `${PATH}&options=7`],
      ['other options', 400, 'usage.unknown', LIST, {}, `${PATH}&options=%7B%22x%22:1%7D`],
      ['another parameter', 400, 'request.invalid', LIST, {}, `${PATH}&x=1`],
      [
        'a form without an end',
        400,
        'request.form',
        LIST,
        { 'content-type': 'multipart/form-data' },
        PATH,
      ],
      [
        'a web form',
        415,
        'request.media_type',
        LIST,
        { 'content-type': 'application/x-www-form-urlencoded' },
        PATH,
      ],
      ['a coding', 415, 'request.media_type', LIST, { 'content-encoding': 'br' }, PATH],
      ['no digest', 400, 'request.invalid', LIST, { 'repr-digest': 'sha-256=:abc:' }, PATH],
    ];
    for (const [what, status, code, body, headers, path] of cases) {
      const answer = await upload(body, headers, path);
      assert.equal(answer.status, status, `${what}: ${answer.text}`);
      assert.equal(answer.json.code, code, what);
    }
    assert.equal((await call('POST', PATH, { key: 'read', headers: CSV, body: LIST })).status, 403);
    assert.equal((await call('POST', PATH, { key: '', headers: CSV, body: LIST })).status, 401);
    assert.deepEqual(await files(), before);
    assert.equal((await call('GET', '/v1/jobs?limit=200')).json.jobs.length, jobs);
  });

  await context.test('answers an idempotency key with its first job, before the body', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await upload(LIST, key);
    assert.equal(first.status, 201);
    const { id } = first.json.job;
    const sending = send(PATH, { ...CSV, ...key });
    sending.request.flushHeaders();
    const again = await sending.answer;
    sending.request.destroy();
    assert.equal(again.status, 200);
    assert.equal(again.json.created, false);
    assert.equal(again.json.job.id, id);
    assert.equal(again.json.digest, first.json.digest);
    const found = await call('GET', '/v1/jobs?idempotencyKey=once', { key: 'run' });
    assert.deepEqual(
      found.json.jobs.map((job: { id: string }) => job.id),
      [id],
    );
    const other = await call('GET', '/v1/jobs?idempotencyKey=once', { key: 'other' });
    assert.deepEqual(other.json.jobs, []);
  });

  await context.test('makes one job of two uploads under one key', async () => {
    const before = (await files()).length;
    const headers = { 'idempotency-key': 'twice' };
    const answers = await Promise.all([upload(LIST, headers), upload(LIST, headers)]);
    const ids = new Set(answers.map(({ json }) => json.job.id));
    assert.equal(ids.size, 1);
    assert.equal(answers.filter(({ json }) => json.created).length, 1);
    assert.equal((await files()).length, before + 1);
  });

  await context.test('checks the digest that was promised', async () => {
    const right = `sha-512=:AAAA:, sha-256=:${sha256(LIST)}:`;
    const good = await upload(LIST, { 'repr-digest': right, 'content-digest': right });
    assert.equal(good.status, 201, good.text);
    for (const header of ['repr-digest', 'content-digest']) {
      const { id: before } = await newest();
      const sending = send(PATH, { ...CSV, [header]: right });
      sending.request.write(`${LIST}${'3,none\n'.repeat(30_000)}`);
      // What comes before there is a job is refused, and makes none.
      const { id } = await until(newest, (job) => job.id !== before);
      sending.request.end('4,none\n');
      const bad = await sending.answer;
      assert.equal(bad.status, 400, header);
      assert.equal(bad.json.code, 'input.digest_mismatch');
      const job = await ended(id);
      assert.equal(job.state, 'failed');
      assert.equal(job.failure.code, 'input.digest_mismatch');
      assert.equal(job.planned, false);
    }
  });

  await context.test(
    'fails the job of an upload that broke off, and keeps its results',
    async () => {
      const sending = send(PATH, CSV);
      const rows = Array.from({ length: 20_000 }, (_, at) => `${at},none ${at}\n`).join('');
      sending.request.write(`id,website\n${rows}99999,cut o`);
      const planned = ({ counters }: { counters: { tasks: number } }) => counters.tasks === 20_000;
      const { id } = await until(newest, (job) => job !== undefined && planned(job));
      sending.request.destroy();
      const job = await ended(id);
      assert.equal(job.state, 'failed');
      assert.equal(job.failure.code, 'input.upload_broken');
      assert.equal(job.planned, false);
      assert.equal(job.counters.tasks, 20_000);
      assert.ok((await files()).includes(`${id}.csv.part`));
      const json = { collector: 'contacts', input: { job: id } };
      const again = await call('POST', '/v1/jobs', { key: 'run', json });
      assert.equal(again.json.code, 'job.conflict');
      // Its rows would be taken up only to be left when the plan goes on.
      const retry = await call('POST', `/v1/jobs/${id}/retry`, { key: 'run', json: {} });
      assert.equal(retry.json.code, 'input.upload_broken', retry.text);
      assert.equal((await call('DELETE', `/v1/jobs/${id}`)).status, 204);
      assert.ok(!(await files()).some((name) => name.startsWith(id)));
    },
  );

  await context.test('leaves nothing of one that broke off before there was a job', async () => {
    const before = await files();
    const sending = send(PATH, CSV);
    sending.request.write('id,website\n1,no');
    await until(files, (names) => names.length > before.length);
    sending.request.destroy();
    await until(files, (names) => names.length === before.length);
  });
});

test('an upload works while it comes', async (context) => {
  const website = await startWebsite(context);
  const { send, newest, ended } = await startUploads(context, { allowHosts: [website] });
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => `${from + at},none ${from + at}\n`).join('');
  const sending = send(PATH, CSV);
  const { request } = sending;
  request.write(`id,website\n0,${website}\n${rows(1, 99_999)}`);
  const first = await until(newest, (job) => job?.counters.completed === 1);
  assert.equal(first.state, 'running');
  assert.equal(first.planned, false);
  // What has arrived is planned as well, though nothing follows yet.
  await until(newest, ({ counters }) => counters.tasks === 100_000);
  request.end(rows(100_000, 100_000));
  const { status, json } = await sending.answer;
  assert.equal(status, 201);
  assert.equal(json.job.id, first.id);
  const job = await ended(first.id);
  assert.equal(job.state, 'completed');
  assert.equal(job.counters.tasks, 200_000);
  assert.equal(job.counters.completed, 1);
});

test('limits of uploads', async (context) => {
  const { call, send, files, newest, ended } = await startUploads(context, {
    uploadBytesMax: 300_000,
  });
  const big = `id,website\n${'1,none\n'.repeat(60_000)}`;
  await context.test('refuses at once what says that it is too large', async () => {
    const answer = await call('POST', PATH, { key: 'run', headers: CSV, body: big });
    assert.equal(answer.status, 413);
    assert.equal(answer.json.code, 'input.too_large');
    assert.deepEqual(await files(), []);
  });
  await context.test('fails what turns out to be too large, and removes it', async () => {
    const sending = send(PATH, CSV);
    sending.request.write(big.slice(0, 200_000));
    const { id } = await until(newest, (job) => job !== undefined);
    sending.request.write(big.slice(200_000));
    const answer = await sending.answer;
    sending.request.destroy();
    assert.equal(answer.status, 413);
    const job = await ended(id);
    assert.equal(job.state, 'failed');
    assert.equal(job.failure.code, 'input.too_large');
    assert.deepEqual(await files(), []);
  });
  await context.test('goes by the tenant where it has a limit of its own', async () => {
    await call('PATCH', '/v1/tenants/acme', { json: { uploadBytesMax: 100 } });
    const body = big.slice(0, 200);
    const answer = await call('POST', PATH, { key: 'run', headers: CSV, body });
    assert.equal(answer.status, 413);
    const other = await call('POST', PATH, { key: 'other', headers: CSV, body });
    assert.equal(other.status, 201);
  });
});
