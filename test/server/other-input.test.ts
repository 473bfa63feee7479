/** The same idempotency key with another input: the first job, and a warning that says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CSV, PATH, sha256, startUploads } from './upload-rig.ts';

const LIST = 'id,website\n1,none here\n2,nor here\n';
const OTHER = 'id,website\n1,not here\n2,nor there\n';

test('an idempotency key with another input', async (context) => {
  const { call, files } = await startUploads(context);
  const codes = ({ json }: { json: { warnings: { code: string }[] } }) =>
    json.warnings.map(({ code }) => code);

  await context.test('is answered with the first job and a warning, for rows', async () => {
    const headers = { 'idempotency-key': 'rows' };
    const ask = (rows: readonly string[]) =>
      call('POST', '/v1/jobs', { headers, json: { collector: 'contacts', input: { rows } } });
    const first = await ask(['none here']);
    assert.equal(first.status, 201, first.text);
    const same = await ask(['none here']);
    assert.deepEqual(codes(same), []);
    for (const rows of [['nor here.'], ['none here', 'nor here']]) {
      const other = await ask(rows);
      assert.equal(other.status, 200);
      assert.equal(other.json.job.id, first.json.job.id);
      assert.deepEqual(codes(other), ['other_input']);
      assert.match(other.json.warnings[0].message, /first call with this key/);
    }
    const many = await ask(Array.from({ length: 9_000 }, (_, at) => `none here ${at}`));
    assert.deepEqual(codes(many), ['other_input']);
    assert.equal((await files()).length, 1);
  });

  await context.test('is told of files as far as can be known without reading them', async () => {
    const key = { 'idempotency-key': 'file' };
    const upload = (body: string, headers = {}) =>
      call('POST', PATH, { key: 'run', headers: { ...CSV, ...key, ...headers }, body });
    const first = await upload(LIST);
    assert.equal(first.status, 201, first.text);
    assert.deepEqual(codes(await upload(LIST)), []);
    assert.deepEqual(codes(await upload(`${LIST}3,none\n`)), ['other_input']);
    assert.deepEqual(codes(await upload('')), [], 'whoever sends none asks for the job alone');
    assert.equal(OTHER.length, LIST.length);
    for (const header of ['repr-digest', 'content-digest']) {
      const digest = (text: string) => ({ [header]: `sha-256=:${sha256(text)}:` });
      assert.deepEqual(codes(await upload(LIST, digest(LIST))), [], header);
      assert.deepEqual(codes(await upload(OTHER, digest(OTHER))), ['other_input'], header);
    }
    const form = new FormData();
    form.set('collector', 'contacts');
    form.set('file', new File([LIST], 'list.csv'));
    const body = new Uint8Array(await new Response(form).arrayBuffer());
    const type = `multipart/form-data; boundary=${new TextDecoder().decode(body.subarray(2, 40)).split('\r')[0]}`;
    const headers = { ...key, 'content-type': type };
    const again = await call('POST', '/v1/uploads', { key: 'run', headers, body });
    assert.equal(again.status, 200, again.text);
    assert.deepEqual(codes(again), []);
    const told = { ...headers, 'repr-digest': `sha-256=:${sha256(OTHER)}:` };
    const other = await call('POST', '/v1/uploads', { key: 'run', headers: told, body });
    assert.deepEqual(codes(other), ['other_input']);
  });
});
