import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JobSpec } from '../model/job.ts';
import type { ClaimedShard } from '../store/cluster-store.ts';
import { RowDesk, type RowDeskOptions } from './row-desk.ts';

it('what stayed of a job that did not begin is not taken off what its run finds later', async () => {
  const told: string[] = [];
  const shard = { jobId: 'j_1', no: 1, tasks: [{ seq: 0 }, { seq: 1 }] } as unknown as ClaimedShard;
  const rows = new RowDesk({
    claimer: { room: () => 25, hint: () => told.push('hint') },
    desk: { createJob: async () => ({ job: { id: 'j_1' }, led: true, kept: [shard] }) },
    voice: { rows: (jobId: string, count: number) => told.push(`${jobId} ${count}`) },
    deliver: async () => told.push('given back'),
    mayLead: () => true,
    onLed: () => {},
    onFailed: assert.fail,
  } as unknown as RowDeskOptions);
  const spec = { id: 'j_1' } as unknown as JobSpec;
  const { kept } = await rows.create(spec, { first: { rows: [], whole: true } });
  // Its turn comes later: nothing of it runs here.
  rows.begin('j_1', kept);
  rows.added('j_1', 1);
  assert.deepEqual(told, ['given back', 'hint', 'j_1 1']);
});
