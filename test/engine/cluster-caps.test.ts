/** Seats of a cap go to nodes that come late, though the others have work for all of them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { LIMITS, numbers, spec } from '../fakes/engine-rig.ts';

const ROWS = 4_000;
const TAKES_MS = 500;
const SEATS = 6;

it('shares seats with a node that comes late', async () => {
  const active = new Map<string, number>();
  const most = { all: 0, late: 0 };
  const collectorOf = (id: string): Collector => ({
    name: 'test',
    collect: async (_, { signal }) => {
      active.set(id, (active.get(id) ?? 0) + 1);
      const all = [...active.values()].reduce((sum, count) => sum + count, 0);
      most.all = Math.max(most.all, all);
      if (id === 'late') most.late = Math.max(most.late, active.get(id) as number);
      try {
        await rig.clock.sleep(TAKES_MS, signal);
      } finally {
        active.set(id, (active.get(id) as number) - 1);
      }
      return { records: [], done: true };
    },
  });
  const rig: ClusterRig = new ClusterRig(collectorOf(''), numbers(ROWS));
  const limits = { ...LIMITS, jobSlots: 0, lookAhead: 700 };
  const node = (id: string) =>
    rig.node(id, { engine: { limits, collectorOf: async () => collectorOf(id) } });
  const run = (holds: () => boolean, atMostMs: number) =>
    rig.clock.run(holds, rig.clock.monoMs() + atMostMs);
  const first = await node('first');
  await first.submit({ ...spec('j1', rig.clock), concurrency: SEATS });
  await run(() => active.get('first') === SEATS, 5_000);
  assert.equal(active.get('first'), SEATS);
  const late = await node('late');
  await run(() => late.holdings.tasks > 0, 5_000);
  const part = Math.ceil(SEATS / 2);
  await run(() => most.late === part, 2_000);
  assert.equal(most.late, part);
  assert.equal(most.all, SEATS, 'more than there are');
  await Promise.all([first.abort(), late.abort()]);
});
