/**
 * Planned rows and tasks on their way between threads, column by column, as commits are
 * (`packed-commits.ts`). Structured clone writes the name of every property of every object and
 * looks it up again on the other side; arrays of numbers and of texts are quicker. What is rare
 * crosses as it is, beside its place.
 */
import type { LaneKey } from '../../model/lane.ts';
import type { Task, Throttled } from '../../model/task.ts';
import type { PlannedRow } from '../store.ts';

export interface PackedRows {
  readonly inputs: readonly string[];
  /** Left out, as are the keys, where no row has one. */
  readonly lanes: readonly string[];
  readonly keys: readonly (string | undefined)[];
  /** Refused rows, at their places. */
  readonly refused: readonly (readonly [number, PlannedRow])[];
}

export function packRows(rows: readonly PlannedRow[]): PackedRows {
  const inputs: string[] = [];
  const refused: [number, PlannedRow][] = [];
  let inLanes = false;
  let keyed = false;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as PlannedRow;
    if (row.kind === 'task') {
      inputs.push(row.input);
      inLanes ||= row.lane !== '';
      keyed ||= row.key !== undefined;
    } else {
      inputs.push('');
      refused.push([i, row]);
    }
  }
  const lanes = inLanes ? rows.map((row) => (row.kind === 'task' ? row.lane : '')) : [];
  const keys = keyed ? rows.map((row) => (row.kind === 'task' ? row.key : undefined)) : [];
  return { inputs, lanes, keys, refused };
}

export function unpackRows({ inputs, lanes, keys, refused }: PackedRows): PlannedRow[] {
  const rows: PlannedRow[] = [];
  for (let i = 0; i < inputs.length; i += 1) {
    const input = inputs[i] as string;
    const lane = (lanes[i] ?? '') as LaneKey | '';
    const key = keys[i];
    rows.push(
      key === undefined ? { kind: 'task', input, lane } : { kind: 'task', input, lane, key },
    );
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
    inputs.push(task.input);
    lanes.push(task.lane);
    if (task.cursor !== undefined) cursors.push([i, task.cursor]);
    if (task.throttled) throttled.push([i, task.throttled]);
  }
  return { jobId: tasks[0]?.jobId ?? '', numbers, inputs, lanes, cursors, throttled };
}

export function unpackTasks(packed: PackedTasks): Task[] {
  const { jobId, numbers, inputs, lanes, cursors, throttled } = packed;
  const tasks: Task[] = [];
  for (let i = 0; i < inputs.length; i += 1) {
    tasks.push({
      jobId,
      seq: numbers[i * TASK_WIDTH] as number,
      input: inputs[i] as string,
      lane: lanes[i] as LaneKey | '',
      attemptNo: numbers[i * TASK_WIDTH + 1] as number,
      cursor: undefined,
      recordCount: numbers[i * TASK_WIDTH + 2] as number,
    });
  }
  for (const [i, cursor] of cursors) {
    tasks[i] = { ...(tasks[i] as Task), cursor };
  }
  for (const [i, since] of throttled) tasks[i] = { ...(tasks[i] as Task), throttled: since };
  return tasks;
}
