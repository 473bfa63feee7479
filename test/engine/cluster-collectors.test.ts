/** A server that lacks a collector leaves its jobs to the others, whoever has led them before. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { numbers, spec } from '../fakes/engine-rig.ts';

const ROWS = 100;

it('does not end a job whose leader has gone', async () => {
  const collector: Collector = {
    name: 'test',
    collect: async (_, { signal }) => {
      await rig.clock.sleep(500, signal);
      return { records: [], done: true };
    },
  };
  const rig: ClusterRig = new ClusterRig(collector, numbers(ROWS));
  const run = (holds: () => boolean, atMostMs: number) =>
    rig.clock.run(holds, rig.clock.monoMs() + atMostMs);
  const state = async () => (await rig.cluster.store.job('j1'))?.state;
  const collectorOf = (name: string) =>
    Promise.reject(new SluiceError('collector.not_found', { name, suggestion: '' }));
  const lacking = await rig.node('lacking', { engine: { collectorOf } });
  const first = await rig.node('first');
  await first.submit(spec('j1', rig.clock));
  await run(() => first.holdings.tasks > 0, 5_000);
  await first.abort();
  // Several looks at what nobody leads.
  await run(() => false, 5_000);
  assert.equal(await state(), 'running');
  assert.equal(lacking.holdings.leads, 0);
  const next = await rig.node('next');
  let ended = '';
  next.settled('j1').then((job) => {
    ended = job.state;
  });
  await run(() => ended !== '', 60_000);
  assert.equal(ended, 'completed');
  await Promise.all([lacking.abort(), next.abort()]);
});
