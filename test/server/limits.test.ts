/** Limits that people set: they hold at once, over a restart, and are given back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { SetLimits } from '../../src/engine/set-limits.ts';
import { addresses, SHOP_COLLECTOR } from '../dashboard/seed.ts';
import { openShops } from '../dashboard/shop-sites.ts';
import { startServer } from './server-rig.ts';

const LANE = 'host:shop.example';
const PATH = `/v1/lanes/${encodeURIComponent(LANE)}/limit`;

describe('a limit that is set', () => {
  it('holds at once for what runs, is kept, and is given back', async (test) => {
    const shops = await openShops(100);
    test.after(() => shops.close());
    const rig = await startServer(test, {
      resolve: [`*=127.0.0.1:${shops.port}`],
      collectors: [SHOP_COLLECTOR],
      hostConcurrency: 2,
    });
    const order = {
      collector: 'prices',
      input: { rows: addresses('shop.example', 'slow/', 3_000) },
    };
    const { job } = (await rig.call('POST', '/v1/jobs', { key: 'run', json: order })).json;
    const lane = async () => {
      const { lanes } = (await rig.call('GET', '/v1/lanes')).json;
      return lanes.find((each: { lane: string }) => each.lane === LANE);
    };
    const until = async (is: (found: Record<string, number>) => boolean) => {
      const deadline = AbortSignal.timeout(60_000);
      for (let found = await lane(); ; found = await lane()) {
        if (found !== undefined && is(found)) return found;
        assert.ok(!deadline.aborted, `it never came: ${JSON.stringify(found)}`);
        await delay(20);
      }
    };
    await until(({ slots, inUse }) => slots === 2 && inUse === 2);
    const asked = { json: { concurrency: 5 } };
    const { json: preview } = await rig.call('POST', `${PATH}/preview`, asked);
    assert.equal(preview.words[0], 'host shop.example: 2 → 5 at once.');
    assert.deepEqual(
      preview.ends.map(({ jobId }: { jobId: string }) => jobId),
      [job.id],
    );
    assert.equal((await lane()).slots, 2, 'a look changes nothing');
    const { json: set, status } = await rig.call('PUT', PATH, asked);
    assert.equal(status, 200);
    const found = await until(({ slots, inUse }) => slots === 5 && inUse === 5);
    assert.deepEqual(found.set, { concurrency: 5, setMs: set.setMs, by: set.by });
    const again = await SetLimits.open(rig.store, systemClock);
    assert.deepEqual(again.list(), [set]);
    const list = await rig.call('GET', '/v1/lanes/limits');
    assert.deepEqual(list.json.limits, [set]);
    assert.equal((await rig.call('DELETE', PATH)).status, 204);
    await until(({ slots, inUse }) => slots === 2 && inUse === 2);
    assert.deepEqual((await SetLimits.open(rig.store, systemClock)).list(), []);
    // A job, by its own lane.
    const own = `/v1/lanes/${encodeURIComponent(`job:${job.id}`)}/limit`;
    assert.equal((await rig.call('PUT', own, { json: { concurrency: 1 } })).status, 200);
    await until(({ inUse }) => inUse === 1);
    await rig.call('POST', `/v1/jobs/${job.id}/cancel`);
    // It goes with the job.
    assert.equal((await rig.call('DELETE', `/v1/jobs/${job.id}`)).status, 204);
    assert.deepEqual((await rig.call('GET', '/v1/lanes/limits')).json.limits, []);
    assert.deepEqual((await SetLimits.open(rig.store, systemClock)).list(), []);
  });

  it('is refused where it means nothing, and to those who may not', async (test) => {
    const rig = await startServer(test);
    const refused = async (lane: string, json: unknown) => {
      const path = `/v1/lanes/${encodeURIComponent(lane)}/limit`;
      return (await rig.call('PUT', path, { json })).json.code;
    };
    assert.equal(await refused('tenant:acme', { concurrency: 1 }), 'limit.not_settable');
    assert.equal(await refused('node:local', { concurrency: 1 }), 'limit.not_settable');
    assert.equal(await refused('job:j_1', { perSecond: 1 }), 'limit.not_settable');
    assert.equal(await refused('nothing', { perSecond: 1 }), 'limit.not_settable');
    for (const json of [{}, { concurrency: 0 }, { concurrency: 1.5 }, { perSecond: 0 }, { x: 1 }]) {
      assert.equal(await refused(LANE, json), 'request.invalid', JSON.stringify(json));
    }
    for (const key of ['admin', 'run', 'read'] as const) {
      const answer = await rig.call('PUT', PATH, { key, json: { concurrency: 1 } });
      assert.equal(answer.status, 403);
    }
    assert.deepEqual((await rig.call('GET', '/v1/lanes/limits')).json.limits, []);
  });
});
