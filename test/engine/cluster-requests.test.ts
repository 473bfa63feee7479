/** Whatever an attempt asks of a host goes out under the node's lease, robots.txt as well. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { hostLane } from '../../src/model/lane.ts';
import type { FetchRequest } from '../../src/transport/fetcher.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { numbers, spec } from '../fakes/engine-rig.ts';
import { ScriptedFetcher } from '../fakes/scripted-fetcher.ts';

const FETCH = {
  userAgent: 'Sluice',
  timeoutMs: 1_000,
  deadlineMs: 2_000,
  bodyBytesMax: 10_000,
  redirectsMax: 5,
  robots: true,
  crawlDelayMaxMs: 5_000,
};

it('asks for nothing once the lease is over', async () => {
  const collector: Collector = {
    name: 'test',
    lanes: () => [hostLane('site.example')],
    collect: async (_, { fetch }) => {
      await fetch('http://site.example/old');
      return { records: [], done: true };
    },
  };
  const rig: ClusterRig = new ClusterRig(collector, numbers(1));
  const asked: FetchRequest[] = [];
  const scripted = new ScriptedFetcher(rig.clock, ({ url: { pathname } }) =>
    pathname === '/old'
      ? { status: 301, headers: { location: '/new' } }
      : { status: pathname === '/new' ? 200 : 404 },
  );
  const node = await rig.node('only', {
    engine: {
      fetch: FETCH,
      fetcher: {
        exchange: (request, signal) => {
          asked.push(request);
          return scripted.exchange(request, signal);
        },
        async close() {},
      },
    },
  });
  const { id } = (await node.submit(spec('j1', rig.clock))).job;
  let state = '';
  node.settled(id).then((job) => {
    state = job.state;
  });
  await rig.clock.run(() => state !== '', rig.clock.monoMs() + 30_000);
  assert.equal(state, 'completed');
  const paths = asked.map(({ url }) => url.pathname);
  assert.deepEqual(paths, ['/robots.txt', '/old', '/new']);
  const mayGo = () => asked.map((request) => request.mayGo?.());
  assert.deepEqual(mayGo(), [true, true, true]);
  await node.abort();
  assert.deepEqual(mayGo(), [false, false, false]);
});
