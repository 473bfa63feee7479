/** What one node does for all: who has it, who gets it next, and that nobody goes on without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/base/log.ts';
import type { ClusterEngine } from '../../src/engine/cluster-engine.ts';
import { RoleKeeper } from '../../src/engine/role-keeper.ts';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';

const ROLE = 'watch';
const LEASE_MS = 3_000;

const nothing = { columns: [], column: undefined, async *rows() {} };
const rigOf = () => new ClusterRig({ name: 'idle', collect: async () => undefined }, nothing);

function keep(rig: ClusterRig, engine: ClusterEngine, over: { begin?: () => Promise<void> } = {}) {
  const log: string[] = [];
  const { clock } = rig;
  const keeper: RoleKeeper = new RoleKeeper({
    cluster: rig.cluster,
    engine,
    clock,
    log: silentLogger,
    role: ROLE,
    begin: async () => {
      await over.begin?.();
      log.push('begin');
    },
    end: async () => {
      log.push('end');
    },
  });
  return { keeper, log };
}

async function pass(rig: ClusterRig, ms: number): Promise<void> {
  const endMs = rig.clock.monoMs() + ms;
  rig.clock.after(ms, () => {});
  await rig.clock.run(() => rig.clock.monoMs() >= endMs);
}

test('one node has a role; another gets it when the first gives it back', async () => {
  const rig = rigOf();
  const [a, b] = [await rig.node('a'), await rig.node('b')];
  const [first, second] = [keep(rig, a), keep(rig, b)];
  await first.keeper.start();
  await second.keeper.start();
  await pass(rig, 5_000);
  assert.deepEqual([first.log, second.log], [['begin'], []]);
  assert.deepEqual([first.keeper.holds(), second.keeper.holds()], [true, false]);
  await first.keeper.close();
  assert.equal(first.keeper.holds(), false);
  await pass(rig, 1_500);
  assert.deepEqual([first.log, second.log], [['begin', 'end'], ['begin']]);
  await second.keeper.close();
  await a.close();
  await b.close();
});

test('a node that cannot reach the store stops before another one begins, and stands by again', async () => {
  const rig = rigOf();
  let away = false;
  const cut = new Proxy(rig.cluster as ClusterStore, {
    get(target, name: keyof ClusterStore) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (!away) return value.bind(target);
      return async () => {
        throw new Error('cut off');
      };
    },
  });
  const a = await rig.node('a', { cluster: cut });
  const b = await rig.node('b');
  const first = keep(rig, a);
  const second = keep(rig, b, {
    begin: async () => assert.equal(first.keeper.holds(), false, 'two have it at once'),
  });
  await first.keeper.start();
  await second.keeper.start();
  away = true;
  const cutMs = rig.clock.monoMs();
  await rig.clock.run(() => second.log.length > 0);
  const tookMs = rig.clock.monoMs() - cutMs;
  assert.deepEqual([first.log, second.log], [['begin', 'end'], ['begin']]);
  assert.ok(tookMs <= LEASE_MS + 3_000, `it took ${tookMs} ms`);
  away = false;
  await pass(rig, 10_000);
  assert.deepEqual([first.log, second.log], [['begin', 'end'], ['begin']]);
  // Back among the others, it is next.
  await second.keeper.close();
  await pass(rig, 1_500);
  assert.deepEqual(first.log, ['begin', 'end', 'begin']);
  assert.equal(first.keeper.holds(), true);
  await first.keeper.close();
  await a.close();
  await b.close();
});

test('what cannot be begun is ended, and begun again', async () => {
  const rig = rigOf();
  const a = await rig.node('a');
  let failures = 2;
  const { keeper, log } = keep(rig, a, {
    begin: async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
    },
  });
  await keeper.start();
  assert.equal(keeper.holds(), false);
  await pass(rig, 5_000);
  assert.deepEqual(log, ['end', 'end', 'begin']);
  assert.equal(keeper.holds(), true);
  await keeper.close();
  await a.close();
});
