/** Files in forms (`multipart/form-data`): the fields, the order, and forms that are no good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, startUploads, startWebsite, until } from './upload-rig.ts';

const LIST = 'id,website\n1,none here\n2,nor here\n';
const BOUNDARY = 'x7d1';
const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

type Part = readonly [name: string, content: string, fileName?: string];

function part([name, content, fileName]: Part): string {
  const file = fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: text/csv`;
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
}

function form(...parts: readonly Part[]): string {
  return `${parts.map(part).join('')}--${BOUNDARY}--\r\n`;
}

test('uploads by form', async (context) => {
  const website = await startWebsite(context);
  const rig = await startUploads(context, { allowHosts: [website] });
  const { call, files, ended, newest, send } = rig;
  const upload = (body: string | Uint8Array, path = '/v1/uploads?column=2', headers = {}) =>
    call('POST', path, { key: 'run', headers: { ...FORM, ...headers }, body });

  await context.test('takes fields, then the file', async () => {
    const options = ['options', '{"mode":"linkedin"}'] as const;
    const body = form(['collector', 'contacts'], options, ['file', LIST, 'my list.csv']);
    const digest = { 'content-digest': `sha-256=:${sha256(body)}:` };
    const answer = await upload(body, '/v1/uploads?column=website&retries=3', {
      ...digest,
      'repr-digest': `sha-256=:${sha256(LIST)}:`,
    });
    assert.equal(answer.status, 201, answer.text);
    const { job, bytes, digest: fileDigest } = answer.json;
    assert.equal(fileDigest, `sha-256=:${sha256(LIST)}:`);
    assert.equal(bytes, LIST.length);
    assert.equal(job.input.name, 'my list.csv');
    assert.equal(job.retries, 3);
    assert.deepEqual(job.options, { mode: 'linkedin' });
    assert.equal((await ended(job.id)).state, 'completed');
  });

  await context.test('takes what a browser or fetch sends', async () => {
    const data = new FormData();
    data.set('collector', 'contacts');
    data.set('column', 'website');
    data.set('file', new File([LIST], 'sitä.csv'));
    const answer = await fetch(`${rig.url}/v1/uploads`, {
      method: 'POST',
      headers: { 'x-api-key': rig.keys.run },
      body: data,
    });
    assert.equal(answer.status, 201);
    const { job } = (await answer.json()) as { job: { input: { name: string } } };
    assert.equal(job.input.name, 'sitä.csv');
  });

  await context.test('runs the first rows before the form ends', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => `${at},none ${at}\n`).join('');
    const sending = send('/v1/uploads', FORM);
    sending.request.write(part(['collector', 'contacts']) + part(['column', 'website']));
    const file = part(['file', `id,website\n0,${website}\n${rows}`, 'list.csv']);
    sending.request.write(file.slice(0, -10));
    const job = await until(newest, (found) => found?.counters.completed === 1);
    assert.equal(job.state, 'running');
    sending.request.end(`${file.slice(-10)}--${BOUNDARY}--\r\n`);
    assert.equal((await sending.answer).status, 201);
    assert.equal((await ended(job.id)).counters.tasks, 10_001);
  });

  await context.test('refuses forms that are no good, and leaves nothing behind', async () => {
    const before = await files();
    const file: Part = ['file', LIST, 'list.csv'];
    const contacts: Part = ['collector', 'contacts'];
    const whole = form(contacts, file);
    const cases: readonly [what: string, code: string, body: string, headers?: object][] = [
      ['the file first', 'request.invalid', form(file, contacts)],
      ['a field behind', 'request.form', form(contacts, file, ['column', 'website'])],
      ['no file', 'request.form', form(contacts)],
      ['nothing', 'request.form', form()],
      ['no body', 'request.form', ''],
      ['two files', 'request.form', form(contacts, file, file)],
      ['another name', 'request.form', form(contacts, ['upload', LIST, 'list.csv'])],
      ['a file without a name', 'request.form', form(contacts, ['file', LIST])],
      ['a field twice', 'request.form', form(contacts, contacts, file)],
      ['an unknown field', 'request.invalid', form(contacts, ['colour', 'red'], file)],
      ['a field of a prototype', 'request.invalid', form(contacts, ['__proto__', 'x'], file)],
      ['an endless field', 'request.form', form(contacts, ['column', 'x'.repeat(100_000)], file)],
      [
        'endless fields',
        'request.form',
        form(...Array.from({ length: 100 }, (_, at): Part => [`f${at}`, '']), file),
      ],
      ['a column that is not there', 'input.column_missing', form(contacts, ['column', 'x'], file)],
      ['no end', 'request.form', whole.slice(0, -6)],
      ['an end in the file', 'request.form', whole.slice(0, -60)],
      ['an end in a header', 'request.form', whole.slice(0, 90)],
      ['another boundary', 'request.form', whole.replaceAll(BOUNDARY, 'zz')],
      ['no boundary', 'request.form', whole, { 'content-type': 'multipart/form-data' }],
      [
        'an endless boundary',
        'request.form',
        whole,
        { 'content-type': `multipart/form-data; boundary=${'x'.repeat(4_000)}` },
      ],
      [
        'the wrong digest',
        'input.digest_mismatch',
        whole,
        { 'content-digest': `sha-256=:${sha256('')}:` },
      ],
    ];
    for (const [what, code, body, headers] of cases) {
      const answer = await upload(body, undefined, headers);
      assert.equal(answer.status, 400, `${what}: ${answer.text}`);
      assert.equal(answer.json.code, code, `${what}: ${answer.text}`);
    }
    assert.deepEqual(await files(), before);
  });

  await context.test('fails the job where the form goes wrong behind its file', async () => {
    const rows = '1,none\n'.repeat(20_000);
    const start = part(['collector', 'contacts']) + part(['column', 'website']);
    const sending = send('/v1/uploads', FORM);
    const before = (await newest()).id;
    sending.request.write(start + part(['file', `id,website\n${rows}`, 'a.csv']));
    const { id } = await until(newest, (job) => job.id !== before);
    sending.request.end(`${part(['weight', '2'])}--${BOUNDARY}--\r\n`);
    const answer = await sending.answer;
    assert.equal(answer.status, 400);
    assert.equal(answer.json.code, 'request.form');
    const job = await ended(id);
    assert.equal(job.state, 'failed');
    assert.equal(job.failure.code, 'input.upload_broken');
    assert.match(job.failure.message, /after the file/);
  });
});
