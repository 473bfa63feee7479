/** The endpoints of the older contact scraper, called as its callers do. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { startUploads, startWebsite, until } from './upload-rig.ts';

interface Needing {
  readonly id: string;
  readonly input: { readonly name: string };
}

test('the older scraper’s endpoints', async (context) => {
  const website = await startWebsite(context);
  const rig = await startUploads(context, { allowHosts: [website] });
  const { call, url, keys } = rig;
  const list = `id,name,site\n1,Acme,${website}\n2,Acme again,${website}\n3,Nobody,none\n`;
  const post = async (path: string, ...fields: readonly (readonly [string, string | File])[]) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    const headers = { 'x-api-key': keys.run };
    const answer = await fetch(url + path, { method: 'POST', headers, body });
    // biome-ignore lint/suspicious/noExplicitAny: answers of all kinds are looked into.
    return { status: answer.status, json: (await answer.json()) as any };
  };
  const file = new File([list], 'firms.csv', { type: 'text/csv' });
  const status = (id: string) => call('GET', `/csv/job/${id}`, { key: 'read' });
  const ended = (id: string) =>
    until(
      async () => (await status(id)).json,
      ({ status: state }) => !['pending', 'processing'].includes(state),
    );

  for (const order of ['the column first', 'the file first']) {
    await context.test(`reads a file, ${order}`, async () => {
      const column = ['website_column', 'site'] as const;
      const fields = [column, ['file', file] as const];
      if (order === 'the file first') fields.reverse();
      const started = await post('/csv/upload-csv', ...fields);
      assert.equal(started.status, 200, JSON.stringify(started.json));
      const id = started.json.job_id;
      assert.ok(['pending', 'processing', 'completed'].includes(started.json.status));
      assert.ok(started.json.message.includes(id));
      const job = await ended(id);
      assert.equal(job.status, 'completed');
      assert.deepEqual([job.total_rows, job.processed_rows], [3, 3]);
      assert.equal(job.progress_percentage, 100);
      assert.equal(job.file_name, 'firms.csv');
      assert.ok(Date.parse(job.completed_at) >= Date.parse(job.created_at));
      const download = await call('GET', job.download_url, { key: 'read' });
      assert.match(download.headers.get('content-type') ?? '', /^text\/csv/);
      const rows = parse(download.text, { columns: true }) as Record<string, string>[];
      assert.deepEqual(
        rows.map(({ name, status: state }) => [name, state]),
        [
          ['Acme', 'completed'],
          ['Acme again', 'completed'],
          ['Nobody', 'failed'],
        ],
      );
      assert.match(JSON.stringify(rows[1]), /hello@acme-tools\.com/);
    });
  }

  await context.test('knows a job by its tenant only', async () => {
    const { json } = await post('/csv/upload-csv', ['website_column', 'site'], ['file', file]);
    const path = `/csv/job/${json.job_id}`;
    assert.equal((await call('GET', path, { key: 'other' })).status, 404);
    assert.equal((await call('GET', `${path}/download`, { key: 'other' })).status, 404);
  });

  await context.test('keeps LinkedIn apart', async () => {
    const { json } = await post(
      '/csv/upload-linkedin-csv',
      ['website_column', 'site'],
      ['file', file],
    );
    await ended(json.job_id);
    const job = (await call('GET', `/v1/jobs/${json.job_id}`)).json;
    assert.deepEqual(job.options, { mode: 'linkedin' });
    const one = await call('POST', '/scrap-linkedin', { key: 'run', json: { url: website } });
    assert.equal(one.status, 200);
  });

  await context.test('refuses what it cannot read', async () => {
    const wrong = await post('/csv/upload-csv', ['website_column', 'web'], ['file', file]);
    assert.equal(wrong.status, 400);
    assert.equal(wrong.json.code, 'input.column_missing');
    const late = await post('/csv/upload-csv', ['file', file], ['website_column', 'web']);
    assert.equal(late.json.code, 'input.column_missing');
    assert.equal(
      (await post('/csv/upload-csv', ['website_column', 'x'])).json.code,
      'request.form',
    );
    const headers = { 'content-type': 'text/csv' };
    const bare = await call('POST', '/csv/upload-csv', { key: 'run', headers, body: list });
    assert.equal(bare.status, 415);
  });

  await context.test(
    'reads one website at once, and answers it again from what is kept',
    async () => {
      for (const json of [{ url: `http://${website}/` }, { website }]) {
        const answer = await call('POST', '/scrap', { key: 'run', json });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.emails[0].value, 'hello@acme-tools.com');
        assert.equal(answer.json.title, 'Acme');
      }
      const [again] = (await call('GET', '/v1/jobs?limit=1')).json.jobs;
      const [row] = (await call('GET', `/v1/jobs/${again.id}/records?format=json`)).json.records;
      assert.equal(row.record.title, 'Acme');
    },
  );

  await context.test('answers a website that cannot be read with its failure', async () => {
    const none = await call('POST', '/scrap', { key: 'run', json: { url: 'no website' } });
    assert.equal(none.status, 422, none.text);
    assert.equal(none.json.code, 'contacts.website_invalid');
    const gone = await call('POST', '/scrap', { key: 'run', json: { url: 'http://127.0.0.1:1/' } });
    assert.equal(gone.status, 502, gone.text);
    assert.match(gone.json.code, /^fetch\./);
    assert.match(gone.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const missing = await call('POST', '/scrap', { key: 'run', json: {} });
    assert.equal(missing.json.code, 'request.invalid');
  });

  await context.test('needs nobody for a failure that was an answer', async () => {
    const json = { collector: 'contacts', options: {}, input: { rows: ['no website'] } };
    const { job } = (await call('POST', '/v1/jobs', { key: 'run', json })).json;
    await until(
      async () => (await call('GET', `/v1/jobs/${job.id}`)).json,
      ({ state }) => state === 'completed',
    );
    const needs = await until(
      async () => (await call('GET', '/v1/overview')).json.needs as Needing[],
      (all) => all.some(({ id }) => id === job.id),
    );
    // Not those that `scrap` was asked for above, of one row as well.
    const ofOneRow = needs.filter(({ input }) => input.name === '1 row');
    assert.deepEqual(
      ofOneRow.map(({ id }) => id),
      [job.id],
    );
  });
});

test('a website that takes too long goes on as a job', async (context) => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const silence = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const flags = { allowHosts: [silence], scrapeWaitMs: '300ms' };
  const { call } = await startUploads(context, flags);
  const status = async (id: string) =>
    (await call('GET', `/csv/job/${id}`, { key: 'read' })).json.status;
  const json = { url: `http://${silence}/` };
  const answer = await call('POST', '/scrap', { key: 'run', json });
  assert.equal(answer.status, 504, answer.text);
  assert.equal(answer.json.code, 'scrape.waiting');
  const id = /j_[0-9a-z]{18}/.exec(answer.json.detail)?.[0] ?? '';
  await until(
    () => status(id),
    (state) => state === 'processing',
  );
  assert.equal((await call('POST', `/v1/jobs/${id}/cancel`, { key: 'run' })).status, 200);
  assert.equal(await status(id), 'cancelled');
});
