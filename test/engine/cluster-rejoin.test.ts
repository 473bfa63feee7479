/** A node that has lost its place joins again: once, and only where it is still wanted. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { numbers, spec } from '../fakes/engine-rig.ts';

const LEASE_MS = 3_000;
const ROWS = 50;

/** A store that can be away, refuse, or let a node wait that joins. */
function setUp() {
  const collector: Collector = {
    name: 'test',
    lanes: () => ['thing:one'],
    limits: () => ({ concurrency: 1, rate: 'none', breaker: false }),
    collect: async (_, { signal }) => {
      await rig.clock.sleep(1_000, signal);
      return { records: [], done: true };
    },
  };
  const rig = new ClusterRig(collector, numbers(ROWS));
  const link = {
    away: false,
    joins: 0,
    /** Before a node has joined. */
    beforeJoin: async () => {},
    /** So many times a node's look at a job is refused. */
    refusals: 0,
  };
  const unavailable = () =>
    new SluiceError('store.unavailable', { name: 'of the test', detail: 'it is away' });
  const through = (store: object, ofNode = false): object =>
    new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'store') return through(value as object);
        if (typeof value !== 'function') return value;
        if (name === 'storeOf') return (fence: number) => through(value.call(target, fence), true);
        return async (...args: unknown[]) => {
          if (link.away) throw unavailable();
          if (ofNode && name === 'job' && link.refusals > 0) {
            link.refusals -= 1;
            throw unavailable();
          }
          if (name === 'join') {
            link.joins += 1;
            await link.beforeJoin();
          }
          return value.apply(target, args);
        };
      },
    });
  const cluster = through(rig.cluster) as ClusterStore;
  const run = (holds: () => boolean, atMostMs: number) =>
    rig.clock.run(holds, rig.clock.monoMs() + atMostMs);
  return { rig, link, cluster, run };
}

it('joins once, whatever becomes of the jobs that it was told to run', async () => {
  const { rig, link, cluster, run } = setUp();
  const intro = { id: 'a', name: 'a', version: '1', kind: 'run' } as const;
  const engine = await rig.node('a', { cluster, intro, ownOnly: true, watchAll: false });
  await engine.submit(spec('j1', rig.clock));
  await engine.run('j1');
  await run(() => engine.holdings.tasks > 0, 5_000);
  link.away = true;
  await run(() => engine.membership === undefined, 4 * LEASE_MS);
  assert.equal(engine.membership, undefined);
  link.away = false;
  link.refusals = 5;
  await run(() => engine.membership !== undefined, 4 * LEASE_MS);
  const place = engine.membership;
  assert.notEqual(place, undefined);
  let state = '';
  engine.settled('j1').then((job) => {
    state = job.state;
  });
  await run(() => state !== '', 200_000);
  assert.equal(state, 'completed');
  assert.equal(link.refusals, 0);
  assert.equal(link.joins, 2);
  assert.equal(engine.membership, place);
});

it('leaves again where it was told to stop while it joined', async () => {
  const { rig, link, cluster, run } = setUp();
  const engine = await rig.node('a', { cluster });
  link.away = true;
  await run(() => engine.membership === undefined, 4 * LEASE_MS);
  const joined = Promise.withResolvers<void>();
  link.beforeJoin = () => joined.promise;
  link.away = false;
  await run(() => link.joins === 2, 4 * LEASE_MS);
  assert.equal(link.joins, 2);
  await engine.drain();
  joined.resolve();
  await run(() => false, LEASE_MS / 2);
  assert.equal(engine.membership, undefined);
  assert.deepEqual(await rig.cluster.nodes(), []);
});
