/** Shards as a claim finds them, and what it tells of those that it takes. */
import { lossesNow } from '../cluster-rules.ts';
import type { ClaimedShard, Fence } from '../cluster-store.ts';
import { type TaskRow, tasksOf } from './task-reader.ts';
import { fromName, splitRows } from './values.ts';

export interface Candidate {
  readonly job_no: number;
  readonly id: string;
  readonly no: number;
  readonly slice: number | null;
  readonly tasks: number;
  readonly tag: number;
  readonly owner: number;
  readonly sliceHolder: Fence | null;
}

export interface Taken {
  readonly job_no: number;
  readonly no: number;
  readonly losses: number;
  readonly open_then: number | null;
  readonly untouched: boolean;
}

export interface PackRow {
  readonly job_no: number;
  readonly shard: number;
  readonly first_seq: number;
  readonly inputs: string;
}

export interface OpenTask extends TaskRow {
  readonly job_no: number;
  readonly shard: number;
  readonly run_at?: number | null;
}

export function inPack({ job_no, shard, first_seq, inputs }: PackRow): readonly OpenTask[] {
  return splitRows(inputs).map((input, i) => ({
    job_no,
    shard,
    seq: first_seq + i,
    input,
    lane: null,
  }));
}

export function claimedOf(
  { id, no, slice }: Candidate,
  { losses, open_then: openThen }: Taken,
  rows: readonly OpenTask[],
): ClaimedShard {
  const jobId = fromName(id);
  const times = rows.flatMap(({ run_at }) => run_at ?? []);
  return {
    jobId,
    no,
    slice: slice ?? undefined,
    tasks: tasksOf(
      jobId,
      rows.filter(({ run_at }) => typeof run_at !== 'number'),
    ),
    waiting: times.length,
    nextDueMs: times.length === 0 ? undefined : Math.min(...times),
    losses: lossesNow(losses, openThen ?? undefined, rows.length),
  };
}
