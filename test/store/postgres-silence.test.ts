/** A Postgres whose connections have died without a word: nobody says that a packet was lost. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { NodeLease } from '../../src/engine/node-lease.ts';
import { openPostgresCluster } from '../../src/store/postgres/open-postgres-cluster.ts';
import { SideDatabase } from '../../src/store/postgres/side-database.ts';
import { eventually } from '../conformance/signals.ts';
import { rejects } from '../conformance/store-fixtures.ts';
import { CutProxy } from '../fakes/cut-proxy.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

/** Long enough for a machine that stalls for a second or two. */
const LEASE_MS = 9_000;
const POOL_MAX = 3;

describe('a Postgres that has fallen silent', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });

  async function setUp(context: TestContext) {
    const url = await postgres.databaseUrl();
    const proxy = await CutProxy.start(postgres.port);
    const through = proxy.through(url);
    const cluster = await openPostgresCluster({
      url: through,
      poolMax: POOL_MAX,
      leaseMs: LEASE_MS,
    });
    // All connections that the pool may have.
    await Promise.all(Array.from({ length: 4 * POOL_MAX }, () => cluster.nodes()));
    context.after(async () => {
      cluster.giveUp();
      await cluster.close();
      await proxy.close();
    });
    return { url, through, proxy, cluster };
  }

  it('does not cost a node its lease where a new connection is answered', async (context) => {
    const { url, proxy, cluster } = await setUp(context);
    let lost = false;
    const lease = await NodeLease.join({
      cluster,
      clock: systemClock,
      intro: { id: 'a', name: 'a', version: '1', kind: 'worker' },
      leaseMs: LEASE_MS,
      status: () => '{}',
      onDrain: () => {},
      onRenewed: () => {},
      onLost: () => {
        lost = true;
      },
    });
    context.after(() => lease.stop());
    const until = async () => {
      const [row] = await postgres.query(url, 'SELECT lease_until FROM sluice.nodes');
      return Number((row as { lease_until: Date }).lease_until);
    };
    proxy.strand();
    const before = await until();
    let renewals = 0;
    for (let last = before; renewals < POOL_MAX + 1 && !lost; await setTimeout(50)) {
      const now = await until();
      if (now > last) renewals += 1;
      last = now;
    }
    assert.equal(lost, false, `lost after ${renewals} renewals`);
    assert.ok(lease.holds(systemClock.monoMs()));
  });

  it('is asked no more once it is given up, and those that wait hear it', async (context) => {
    const { proxy, cluster } = await setUp(context);
    // What is cleared up at the start is asked, too.
    await eventually(() => cluster.silentMs === 0, 'all is answered');
    proxy.cut('black-hole');
    // More than there are connections.
    const asked = Array.from({ length: 3 * POOL_MAX }, () => cluster.nodes());
    await eventually(() => cluster.silentMs > 100, 'it is known to be silent');
    const refused = Promise.all(asked.map((each) => rejects(each, 'store.unavailable')));
    cluster.giveUp();
    await refused;
    await rejects(cluster.nodes(), 'store.unavailable');
    await rejects(cluster.renew(1, LEASE_MS), 'store.unavailable');
  });

  it('does not hold up the end of what stands beside the store', async (context) => {
    const { through, proxy } = await setUp(context);
    const side = new SideDatabase({ databaseUrl: through, poolMax: 1 });
    await side.query('SELECT 1');
    proxy.cut('black-hole');
    const asked = [side.query('SELECT 1'), side.query('SELECT 2')];
    side.giveUp();
    for (const each of asked) await assert.rejects(each);
    await side.close();
  });
});
