/** `jobs download --failed` with rows like an earlier one, here and from a server. */
import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { downloadJob } from '../../src/cli/commands/jobs-read.ts';
import type { Invocation, OwnFlags } from '../../src/cli/program.ts';
import { createWorkbench } from '../../src/main.ts';
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import { CSV, PATH, startUploads } from './upload-rig.ts';

test('failed rows are downloaded each once, or each as often as it is there', async (context) => {
  const { call, dataDir, ended, keys, url } = await startUploads(context);
  const bad = 'http://127.0.0.1:1/';
  const body = ['id,website', `1,${bad}`, '2,no site', `3,${bad}`].join('\n');
  const { job } = (await call('POST', PATH, { headers: CSV, body })).json;
  await ended(job.id);

  const download = async (own: OwnFlags, settings: Readonly<Record<string, string>> = {}) => {
    const chunks: Buffer[] = [];
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} };
    const resolved = resolveSettings({ env: {}, flags: { dataDir, ...settings } });
    const at = { ...io, cwd: dataDir } as unknown as Invocation['io'];
    const flags = { json: false, quiet: false } as Invocation['flags'];
    const invocation = { io: at, flags, resolved, workbench: async () => bench } as Invocation;
    const bench = createWorkbench(resolved, at);
    assert.equal(await downloadJob(invocation, [job.id], own), 0);
    const rows = parse(Buffer.concat(chunks).toString()) as string[][];
    return rows.slice(1).map(([line, , , id]) => [line, id]);
  };

  const once = [
    ['2', '1'],
    ['3', '2'],
  ];
  for (const settings of [{}, { serverUrl: url, serverToken: keys.operator }]) {
    assert.deepEqual(await download({ failed: true }, settings), once);
    const all = await download({ failed: true, duplicates: true }, settings);
    assert.deepEqual(all, [...once, ['4', '3']]);
    const refused = download({ duplicates: true }, settings);
    await assert.rejects(refused, { code: 'usage.invalid' });
  }
});
