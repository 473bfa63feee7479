/**
 * No request that a tenant asks for reaches this machine or its network: whatever way the address is
 * written, wherever a redirect leads. A victim on the loopback counts who came.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer } from './server-rig.ts';

async function listen(test: TestContext, answer: Parameters<typeof createServer>[1]) {
  const server = createServer(answer as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('requests of tenants', () => {
  it('never reach this machine', async (test) => {
    let visits = 0;
    const victim = await listen(test, (_request, response) => {
      visits += 1;
      response.end('secret');
    });
    const targets = [
      `http://127.0.0.1:${victim}/`,
      `http://localhost:${victim}/`,
      `http://LOCALHOST.:${victim}/`,
      `http://127.1:${victim}/`,
      `http://2130706433:${victim}/`,
      `http://0x7f.0.0.1:${victim}/`,
      `http://0x7f000001:${victim}/`,
      `http://017700000001:${victim}/`,
      `http://0:${victim}/`,
      `http://0.0.0.0:${victim}/`,
      `http://[::1]:${victim}/`,
      `http://[::]:${victim}/`,
      `http://[::ffff:127.0.0.1]:${victim}/`,
      `http://[::ffff:7f00:1]:${victim}/`,
      `http://[64:ff9b::7f00:1]:${victim}/`,
      `http://①②⑦.0.0.1:${victim}/`,
      `http://user:pass@127.0.0.1:${victim}/`,
      'http://169.254.169.254/latest/meta-data/',
      'http://[fd00:ec2::254]/latest/meta-data/',
      'http://10.0.0.1/',
      'http://192.168.1.1/',
      'http://172.16.0.1/',
      'http://100.64.0.1/',
    ];
    // A site that is allowed sends its visitors on to each of them.
    const open = await listen(test, (request, response) => {
      const target = targets[Number(request.url?.slice(2))];
      response.writeHead(
        target === undefined ? 404 : 302,
        target ? { location: encodeURI(target) } : {},
      );
      response.end();
    });
    const { call } = await startServer(test, { allowHosts: [`127.0.0.1:${open}`] });
    const redirects = targets.map((_, i) => `http://127.0.0.1:${open}/r${i}`);
    const rows = [...targets, ...redirects];
    const json = { collector: 'contacts', input: { rows }, retries: 0 };
    const made = await call('POST', '/v1/jobs', { key: 'run', json });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json.job;
    let job = made.json.job;
    while (job.state === 'running') {
      await delay(20);
      job = (await call('GET', `/v1/jobs/${id}`)).json;
    }
    assert.equal(visits, 0);
    assert.equal(job.counters.completed, 0);
    assert.equal(job.counters.discarded + job.counters.duplicates, rows.length);
    const { text } = await call('GET', `/v1/jobs/${id}/download?format=csv`);
    assert.ok(!text.includes('secret'));
  });
});
