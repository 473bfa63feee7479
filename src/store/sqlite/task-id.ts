/**
 * One number names a task in every table: the job's number times 2^32 plus the row's place. The
 * tables are then keyed by a plain 64-bit integer, SQLite's fastest key, and a job's rows lie
 * together in the order of the input. Numbers stay below 2^53, exact in JavaScript.
 */
import { assert } from '../../base/assert.ts';

const SEQ_COUNT = 2 ** 32;
const JOB_NO_MAX = 2 ** 21 - 1;

/**
 * Indexes over lanes and keys are cut into runs of this many rows (2^14): a chunk of new rows then
 * changes the few index pages of its own run instead of one page for every row.
 */
export const RUN_BITS = 14;
const RUN_SIZE = 2 ** RUN_BITS;

export function taskId(jobNo: number, seq: number): number {
  const valid = jobNo <= JOB_NO_MAX && seq >= 0 && seq < SEQ_COUNT && Number.isInteger(seq);
  assert(valid, `task ${jobNo}/${seq} is out of range`);
  return jobNo * SEQ_COUNT + seq;
}

export function seqOf(id: number): number {
  return id % SEQ_COUNT;
}

export function firstTaskId(jobNo: number): number {
  return taskId(jobNo, 0);
}

export function lastTaskId(jobNo: number): number {
  return taskId(jobNo, SEQ_COUNT - 1);
}

/** The first id at or after `seq`, for any number a caller may hand in. */
export function fromTaskId(jobNo: number, seq: number): number {
  return taskId(jobNo, Math.min(Math.max(0, Math.ceil(seq)), SEQ_COUNT - 1));
}

export function runOf(id: number): number {
  return Math.floor(id / RUN_SIZE);
}
