/** What the server tells of itself: metrics that move with the work, spans where an SDK listens. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openWorld } from './route-cases.ts';
import { startServer } from './server-rig.ts';

function meter(text: string, metric: string): number {
  const line = text.split('\n').find((text) => text.startsWith(metric));
  assert.ok(line, `no ${metric}`);
  return Number(line.slice(line.lastIndexOf(' ')));
}

describe('metrics', () => {
  it('count attempts, requests, commits and calls, under bounded labels', async (test) => {
    const { call, jobId } = await openWorld(test);
    const { status, text, headers } = await call('GET', '/metrics');
    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal(meter(text, 'sluice_attempts_total{collector="contacts",outcome="complete"}'), 1);
    assert.ok(meter(text, 'sluice_attempt_seconds_count{collector="contacts"}') >= 1);
    assert.ok(meter(text, 'sluice_requests_total{status="2xx"}') >= 1);
    assert.ok(meter(text, 'sluice_commits_total') >= 1);
    assert.ok(meter(text, 'sluice_commit_seconds_count') >= 1);
    assert.ok(text.includes('sluice_lane_in_use{kind="host"}'));
    assert.ok(meter(text, 'sluice_lane_slots{kind="host"}') >= 1);
    assert.equal(meter(text, 'sluice_journal_depth'), 0);
    assert.ok(text.includes('route="/v1/jobs/:id"'));
    assert.ok(text.includes('sluice_nodejs_eventloop_lag_seconds'));
    assert.ok(!text.includes(jobId) && !text.includes('acme'));
  });

  it('are for keys of the server, unless they are open', async (test) => {
    const closed = await startServer(test);
    assert.equal((await closed.call('GET', '/metrics', { key: '' })).status, 401);
    assert.equal((await closed.call('GET', '/metrics', { key: 'admin' })).status, 403);
    const open = await startServer(test, { metricsOpen: true });
    assert.equal((await open.call('GET', '/metrics', { key: '' })).status, 200);
  });
});
