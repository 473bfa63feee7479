/** What of a file was refused at planning, row by row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { CSV, PATH, startUploads, startWebsite } from './upload-rig.ts';

test('refused rows', async (context) => {
  const website = await startWebsite(context);
  const { call, ended } = await startUploads(context, { allowHosts: [website] });
  const rejects = async (body: string, headers: Readonly<Record<string, string>> = CSV) => {
    const made = await call('POST', PATH, { key: 'run', headers, body });
    assert.equal(made.status, 201, made.text);
    const { id } = await ended(made.json.job.id);
    const answer = await call('GET', `/v1/jobs/${id}/rejects`, { key: 'read' });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(answer.headers.get('content-disposition') ?? '', /rejects\.csv"/);
    assert.equal((await call('GET', `/v1/jobs/${id}/rejects`, { key: 'other' })).status, 404);
    return parse(answer.text, { relax_column_count: true }) as string[][];
  };

  await context.test('are told with their line, the reason and their cells', async () => {
    const lines = [
      'line,website,note',
      `1,${website},fine`,
      '2,"not, a ""site""","two\nlines"',
      '',
      '3,http://127.0.0.1:1/,tried and failed',
      `4,${website},a duplicate`,
      '5,,nothing,more',
    ];
    const [names, ...rows] = await rejects(`${lines.join('\n')}\n`);
    assert.deepEqual(names, ['sluice_line', 'code', 'reason', 'line', 'website', 'note']);
    assert.deepEqual(
      rows.map(([line, code, , ...cells]) => [line, code?.split('.')[0], ...cells]),
      [
        ['3', 'contacts', '2', 'not, a "site"', 'two\nlines'],
        ['8', 'contacts', '5', '', 'nothing', 'more'],
      ],
    );
    assert.ok(rows.every(([, , reason]) => reason !== ''));
  });

  await context.test('are none where all are good', async () => {
    assert.deepEqual(await rejects(`website\n${website}\n`), [
      ['line', 'code', 'reason', 'website'],
    ]);
  });

  await context.test('of JSON lines are the lines themselves', async () => {
    const good = JSON.stringify({ website });
    const headers = { 'content-type': 'application/x-ndjson' };
    const [names, ...rows] = await rejects(`${good}\n{"website":\n[1]\n${good}\n`, headers);
    assert.deepEqual(names, ['line', 'code', 'reason', 'raw']);
    assert.deepEqual(
      rows.map(([line, code, , raw]) => [line, code, raw]),
      [
        ['2', 'input.invalid_json', '{"website":'],
        ['3', 'input.not_object', '[1]'],
      ],
    );
  });
});
