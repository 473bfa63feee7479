/**
 * The large arguments and answers, column by column. Structured clone writes the name of every
 * property of every object and looks it up again on the other side; a batch of plain commits or
 * rows is quicker as one array of numbers and one of texts. What is rare crosses as it is, beside
 * its place.
 */

import type { LaneKey } from '../../model/lane.ts';
import type { Task, Throttled } from '../../model/task.ts';
import type { Commit, CommitEnd, PlannedRow } from '../store.ts';

export interface PackedCommits {
  readonly jobIds: readonly string[];
  /** `WIDTH` numbers a commit. */
  readonly numbers: Float64Array;
  readonly records: readonly string[];
  /** Cursors, and ends that are more than a kind and a duration. */
  readonly rest: readonly (readonly [number, string | undefined, CommitEnd | undefined])[];
}

const WIDTH = 8;
const NO_END = 0;
const COMPLETED = 1;

export function packCommits(batch: readonly Commit[]): PackedCommits {
  const jobIds: string[] = [];
  const numbers = new Float64Array(batch.length * WIDTH);
  const records: string[] = [];
  const rest: [number, string | undefined, CommitEnd | undefined][] = [];
  let jobAt = -1;
  for (let i = 0; i < batch.length; i += 1) {
    const commit = batch[i] as Commit;
    const { end } = commit;
    if (jobIds[jobAt] !== commit.jobId) {
      jobAt = jobIds.indexOf(commit.jobId);
      if (jobAt === -1) jobAt = jobIds.push(commit.jobId) - 1;
    }
    const plain = end?.kind === 'completed' && !end.failure && !end.cache ? end : undefined;
    const at = i * WIDTH;
    numbers[at] = jobAt;
    numbers[at + 1] = commit.seq;
    numbers[at + 2] = commit.attemptNo;
    numbers[at + 3] = commit.recordsFrom;
    numbers[at + 4] = commit.records.length;
    numbers[at + 5] = commit.nowMs;
    numbers[at + 6] = plain ? COMPLETED : NO_END;
    numbers[at + 7] = plain?.durationMs ?? 0;
    for (const record of commit.records) records.push(record);
    const whole = plain ? undefined : end;
    if (whole || commit.cursor !== undefined) rest.push([i, commit.cursor, whole]);
  }
  return { jobIds, numbers, records, rest };
}

export function unpackCommits({ jobIds, numbers, records, rest }: PackedCommits): Commit[] {
  const batch: Commit[] = [];
  let recordAt = 0;
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const recordCount = numbers[at + 4] as number;
    const plain = numbers[at + 6] === COMPLETED;
    const commit = {
      jobId: jobIds[numbers[at] as number] as string,
      seq: numbers[at + 1] as number,
      attemptNo: numbers[at + 2] as number,
      recordsFrom: numbers[at + 3] as number,
      records: records.slice(recordAt, recordAt + recordCount),
      nowMs: numbers[at + 5] as number,
    };
    recordAt += recordCount;
    const durationMs = numbers[at + 7] as number;
    batch.push(plain ? { ...commit, end: { kind: 'completed', durationMs } } : commit);
  }
  for (const [i, cursor, end] of rest) {
    batch[i] = {
      ...(batch[i] as Commit),
      ...(cursor === undefined ? {} : { cursor }),
      ...(end === undefined ? {} : { end }),
    };
  }
  return batch;
}

export interface PackedRows {
  readonly inputs: readonly string[];
  readonly lanes: readonly string[];
  /** Left out where no row has one. */
  readonly keys: readonly (string | undefined)[];
  /** Refused rows, at their places. */
  readonly refused: readonly (readonly [number, PlannedRow])[];
}

export function packRows(rows: readonly PlannedRow[]): PackedRows {
  const inputs: string[] = [];
  const lanes: string[] = [];
  const keys: (string | undefined)[] = [];
  const refused: [number, PlannedRow][] = [];
  let keyed = false;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as PlannedRow;
    const task = row.kind === 'task' ? row : undefined;
    if (task === undefined) refused.push([i, row]);
    inputs.push(task?.input ?? '');
    lanes.push(task?.lane ?? '');
    keys.push(task?.key);
    keyed ||= task?.key !== undefined;
  }
  return { inputs, lanes, keys: keyed ? keys : [], refused };
}

export function unpackRows({ inputs, lanes, keys, refused }: PackedRows): PlannedRow[] {
  const rows: PlannedRow[] = [];
  for (let i = 0; i < inputs.length; i += 1) {
    const row = { kind: 'task', input: inputs[i], lane: lanes[i] } as PlannedRow & { kind: 'task' };
    const key = keys[i];
    rows.push(key === undefined ? row : { ...row, key });
  }
  for (const [i, row] of refused) rows[i] = row;
  return rows;
}

export interface PackedTasks {
  readonly jobId: string;
  /** `TASK_WIDTH` numbers a task. */
  readonly numbers: Float64Array;
  /** JSON texts. */
  readonly inputs: readonly string[];
  readonly lanes: readonly string[];
  /** JSON texts of those that have one, at their places. */
  readonly cursors: readonly (readonly [number, string])[];
  /** Of those that were told to wait, at their places. */
  readonly throttled: readonly (readonly [number, Throttled])[];
}

const TASK_WIDTH = 3;

/** Of tasks whose input and cursor are JSON texts. */
export function packTasks(tasks: readonly Task[]): PackedTasks {
  const numbers = new Float64Array(tasks.length * TASK_WIDTH);
  const inputs: string[] = [];
  const lanes: string[] = [];
  const cursors: [number, string][] = [];
  const throttled: [number, Throttled][] = [];
  for (let i = 0; i < tasks.length; i += 1) {
    const task = tasks[i] as Task;
    numbers[i * TASK_WIDTH] = task.seq;
    numbers[i * TASK_WIDTH + 1] = task.attemptNo;
    numbers[i * TASK_WIDTH + 2] = task.recordCount;
    inputs.push(task.input as string);
    lanes.push(task.lane);
    if (task.cursor !== undefined) cursors.push([i, task.cursor as string]);
    if (task.throttled) throttled.push([i, task.throttled]);
  }
  return { jobId: tasks[0]?.jobId ?? '', numbers, inputs, lanes, cursors, throttled };
}

/** Parses inputs and cursors as well. */
export function unpackTasks(packed: PackedTasks): Task[] {
  const { jobId, numbers, inputs, lanes, cursors, throttled } = packed;
  const tasks: Task[] = [];
  for (let i = 0; i < inputs.length; i += 1) {
    const input = inputs[i] as string;
    tasks.push({
      jobId,
      seq: numbers[i * TASK_WIDTH] as number,
      input: JSON.parse(input),
      inputChars: input.length,
      lane: lanes[i] as LaneKey | '',
      attemptNo: numbers[i * TASK_WIDTH + 1] as number,
      cursor: undefined,
      recordCount: numbers[i * TASK_WIDTH + 2] as number,
    });
  }
  for (const [i, cursor] of cursors) {
    tasks[i] = { ...(tasks[i] as Task), cursor: JSON.parse(cursor) };
  }
  for (const [i, since] of throttled) tasks[i] = { ...(tasks[i] as Task), throttled: since };
  return tasks;
}
