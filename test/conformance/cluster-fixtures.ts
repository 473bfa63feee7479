/** Nodes, claims and rows for the suite of the cluster's store. */
import assert from 'node:assert/strict';
import { hostLane, type LaneKey } from '../../src/model/lane.ts';
import { sliceOf } from '../../src/model/slice.ts';
import type { Claim, ClaimAsk, ClusterStore, Fence } from '../../src/store/cluster-store.ts';
import type { Commit, PlannedRow } from '../../src/store/store.ts';
import { completed, NOW, spec, step, task } from './store-fixtures.ts';

/** Where the store of a cluster lives. */
export interface ClusterHome {
  /** As one process opens it; several may. */
  open(): Promise<ClusterStore>;
  /** Lets the store's own clock go on. */
  pass(ms: number): Promise<void>;
  /** The store with nothing in it, for the next of many short runs. */
  empty(): Promise<ClusterStore>;
  remove(): Promise<void>;
}

export const LEASE_MS = 60_000;

export const intro = (id: string) =>
  ({ id, name: `machine of ${id}`, version: '1.0.0', kind: 'worker' }) as const;

export const join = (cluster: ClusterStore, id: string): Promise<Fence> =>
  cluster.join(intro(id), LEASE_MS);

export const ask = (tasks: number, more: Partial<ClaimAsk> = {}): ClaimAsk => ({
  tasks,
  notJobs: [],
  notTenants: [],
  ...more,
});

export const ALL = ask(1_000_000);

export const rows = (count: number, lane?: LaneKey): PlannedRow[] =>
  Array.from({ length: count }, (_, i) => task(i, lane === undefined ? {} : { lane }));

/** A job of rows without a lane, unless one is given. */
export async function job(
  cluster: ClusterStore,
  id: string,
  count: number,
  lane?: LaneKey,
  tenant = 'acme',
): Promise<void> {
  await cluster.store.createJob(spec(id, { tenant }));
  await cluster.store.addRows(id, 0, rows(count, lane), NOW);
}

export const seqsOf = (claim: Pick<Claim, 'shards'> & Partial<Claim>): number[] =>
  claim.shards.flatMap(({ tasks }) => tasks.map(({ seq }) => seq)).sort((a, b) => a - b);

export const namesOf = (claim: Claim): string[] =>
  claim.shards.map(({ jobId, no }) => `${jobId}/${no}`);

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

export const ends = (jobId: string, seqs: readonly number[]): Commit[] =>
  seqs.map((seq) => step(jobId, seq, { end: completed }));

/** Lanes of hosts, each in a slice of its own. */
export const lanes: readonly LaneKey[] = (() => {
  const found = new Map<number, LaneKey>();
  for (let i = 0; found.size < 8; i += 1) {
    const lane = hostLane(`h${i}.example`);
    if (!found.has(sliceOf(lane))) found.set(sliceOf(lane), lane);
  }
  return [...found.values()];
})();

export const laneAt = (i: number): LaneKey => lanes[i] as LaneKey;
export const sliceAt = (i: number): number => sliceOf(laneAt(i));

/** Rejects as from a number that has ended. */
export const isFenced = (promise: Promise<unknown>, what = '') =>
  assert.rejects(promise, { code: 'cluster.fenced' }, `${what} was let through`);
