import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../test/fakes/virtual-clock.ts';
import type { ClusterStore } from '../store/cluster-store.ts';
import { NodeLease } from './node-lease.ts';

const LEASE_MS = 3_000;
const STORE_AHEAD_MS = 5_000;

/** A store whose answers take so long, ms; renewals one after the other, the last one for ever. */
function rig({ joinMs = 1, renewMs = [1] }: { joinMs?: number; renewMs?: readonly number[] }) {
  const clock = new VirtualClock();
  const left = [...renewMs];
  let renewed = 0;
  let lost = 0;
  const cluster: Pick<ClusterStore, 'join' | 'renew'> = {
    join: async () => {
      await clock.sleep(joinMs);
      return 7;
    },
    renew: async () => {
      const ms = left.length > 1 ? (left.shift() as number) : (left[0] as number);
      // All of it on the way back.
      const storeMs = clock.monoMs() + STORE_AHEAD_MS;
      await clock.sleep(ms);
      renewed += 1;
      return { drain: false, storeMs };
    },
  };
  const joining = NodeLease.join({
    cluster: cluster as ClusterStore,
    clock,
    intro: { id: 'a', name: 'a', version: '1', kind: 'worker' },
    leaseMs: LEASE_MS,
    status: () => '{}',
    onDrain: () => {},
    onRenewed: () => {},
    onLost: () => {
      lost += 1;
    },
  });
  const pass = (ms: number) => clock.run(() => false, clock.monoMs() + ms);
  return { clock, pass, joining, renewed: () => renewed, lost: () => lost };
}

async function joined(parts: ReturnType<typeof rig>): Promise<NodeLease> {
  let over = false;
  const end = () => {
    over = true;
  };
  parts.joining.then(end, end);
  await parts.clock.run(() => over);
  return parts.joining;
}

describe('the lease of a node', () => {
  it('holds, and is renewed, where joining took longer than it lasts', async () => {
    const parts = rig({ joinMs: 4 * LEASE_MS });
    const { clock, pass } = parts;
    const lease = await joined(parts);
    for (let second = 1; second <= 10; second += 1) {
      assert.ok(lease.holds(clock.monoMs()), `after ${second} s`);
      await pass(1_000);
    }
    assert.ok(parts.renewed() >= 10);
    assert.equal(parts.lost(), 0);
    lease.stop();
  });

  it('is not had where even its renewal takes longer', async () => {
    const parts = rig({ renewMs: [4 * LEASE_MS] });
    await assert.rejects(joined(parts), { code: 'store.unavailable' });
    await parts.pass(10 * LEASE_MS);
    assert.equal(parts.renewed(), 1);
  });

  it('is lost once, when it ends, where nothing is answered', async () => {
    const parts = rig({ renewMs: [1, 10 * LEASE_MS] });
    const lease = await joined(parts);
    const { clock, pass } = parts;
    await pass(LEASE_MS * 0.9);
    assert.ok(lease.holds(clock.monoMs()));
    await pass(LEASE_MS * 0.1);
    assert.ok(!lease.holds(clock.monoMs()));
    await pass(20 * LEASE_MS);
    assert.equal(parts.lost(), 1);
  });

  it("keeps the store's time through answers that say less of it than is known", async () => {
    const parts = rig({ renewMs: [10, 1_900, 10] });
    const { clock, pass } = parts;
    const lease = await joined(parts);
    for (let seconds = 0; seconds < 10; seconds += 1) {
      const aheadMs = lease.toStoreMs(0);
      assert.ok(Math.abs(aheadMs - STORE_AHEAD_MS) <= 10, `${aheadMs} ms after ${seconds} s`);
      await pass(1_000);
    }
    assert.ok(parts.renewed() > 3);
    assert.ok(lease.holds(clock.monoMs()));
    lease.stop();
  });
});
