/** One website asked for at once, where all turns of jobs are taken. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startUploads, startWebsite } from './upload-rig.ts';

test('a website asked for at once does not wait for its turn', async (context) => {
  const slow = createServer(() => {});
  await new Promise<void>((resolve) => {
    slow.listen(0, '127.0.0.1', resolve);
  });
  context.after(() => {
    slow.closeAllConnections();
    slow.close();
  });
  const stuck = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
  const website = await startWebsite(context);
  const allowHosts = [website, stuck].map(
    (each) => new URL(each.replace(/^(?!http)/, 'http://')).host,
  );
  const { call } = await startUploads(context, { allowHosts, jobsMax: 1 });
  const json = { collector: 'contacts', input: { rows: [stuck] } };
  const ids: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const answer = await call('POST', '/v1/jobs', { key: 'run', json });
    assert.equal(answer.status, 201, answer.text);
    ids.push(answer.json.job.id);
  }
  const answer = await call('POST', '/scrap', { key: 'run', json: { url: website } });
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /hello@acme-tools\.com/);

  const { lanes } = (await call('GET', '/v1/lanes', { key: 'read' })).json;
  const turn = lanes.find(({ kind }: { kind: string }) => kind === 'turn');
  assert.deepEqual([turn?.waiting, turn?.inUse, turn?.slots], [1, 1, 1]);
  const { shown, still } = (await call('GET', `/v1/jobs/${ids[1]}`)).json;
  assert.deepEqual([shown, still], ['waiting', 'Waiting for its turn: 1 of at most 1 jobs run']);
});
