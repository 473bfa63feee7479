/** One job of the store in memory: its rows by place, each row with all that is known of it. */
import { Heap } from '../base/heap.ts';
import {
  ATTEMPTS_KEPT,
  type AttemptQuery,
  type AttemptRecord,
  type JobAttempt,
  type KeptAttempt,
} from '../model/attempt-record.ts';
import { type Failure, fingerprint, isMeantBy } from '../model/failure.ts';
import type { Job, JobCounters } from '../model/job.ts';
import type { LaneKey } from '../model/lane.ts';
import type { FinalTaskState } from '../model/lifecycle.ts';
import type { Task, Throttled } from '../model/task.ts';
import { MemoryFailures } from './memory-failures.ts';
import {
  entryFrom,
  type LogEntry,
  type LogQuery,
  loggedRecords,
  logPosition,
  placesToRead,
} from './record-log.ts';
import type {
  Commit,
  PlannedRow,
  RecordPosition,
  RowResult,
  StoredRecord,
  TaskPage,
  TaskQuery,
} from './store.ts';
import { PAGE_CHARS_MAX, UNEXPLAINED } from './store-rules.ts';

interface Row {
  readonly seq: number;
  /** Undefined where the row was refused. */
  readonly input: string | undefined;
  readonly lane: LaneKey | '';
  readonly duplicateOf: number | undefined;
  attemptNo: number;
  cursor: string | undefined;
  recordCount: number;
  /** By index; a gap is possible where a page was numbered ahead, or a record was dropped. */
  records: Map<number, string> | undefined;
  waitsUntilMs: number | undefined;
  throttled: Throttled | undefined;
  attempts: readonly KeptAttempt[];
  end: FinalTaskState | undefined;
  failure: Failure | undefined;
  finishedMs: number | undefined;
  durationMs: number | undefined;
}

const NO_ATTEMPTS: readonly KeptAttempt[] = [];

export interface OpenTask {
  readonly task: Task;
  readonly waitsUntilMs: number | undefined;
}

type CounterChange = Partial<Record<keyof JobCounters, number>>;

export class MemoryJob {
  job: Job;
  readonly failures = new MemoryFailures();
  readonly #rows: Row[] = [];
  /** Of each record that was committed, in order. */
  readonly #log: LogEntry[] = [];
  readonly #firstByKey = new Map<string, number>();
  readonly #byLane = new Map<LaneKey, Row[]>();
  /** Entries whose row waits for another time by now are skipped. */
  readonly #due = new Heap<{ readonly atMs: number; readonly row: Row }>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.row.seq < b.row.seq),
  );

  constructor(job: Job) {
    this.job = job;
  }

  get rowCount(): number {
    return this.#rows.length;
  }

  addRows(firstSeq: number, rows: readonly PlannedRow[], nowMs: number): JobCounters {
    if (firstSeq !== this.#rows.length || this.job.planned) return this.job.counters;
    for (const row of rows) this.#addRow(row, nowMs);
    return this.job.counters;
  }

  pending(fromSeq: number, limit: number): readonly Task[] {
    return this.#take(this.#rows, Math.max(0, fromSeq), limit);
  }

  pendingInLane(lane: LaneKey, fromSeq: number, limit: number): readonly Task[] {
    const rows = this.#byLane.get(lane) ?? [];
    const start = rows.findIndex((row) => row.seq >= fromSeq);
    return start === -1 ? [] : this.#take(rows, start, limit);
  }

  /** The row's task where it is open; undefined also for rows that never were a task. */
  openTask(seq: number): OpenTask | undefined {
    const row = this.#rows[seq];
    if (row === undefined || row.duplicateOf !== undefined || row.end !== undefined)
      return undefined;
    return { task: this.#taskOf(row), waitsUntilMs: row.waitsUntilMs };
  }

  /** Makes waiting tasks pending, whatever they wait for. */
  wake(seqs: readonly number[], nowMs: number): readonly Task[] {
    const tasks = seqs.map((seq) => {
      const row = this.#rows[seq] as Row;
      row.waitsUntilMs = undefined;
      row.failure = undefined;
      return this.#taskOf(row);
    });
    if (tasks.length > 0) this.#count({ waiting: -tasks.length }, nowMs);
    return tasks;
  }

  takeDue(nowMs: number, limit: number): readonly Task[] {
    const tasks: Task[] = [];
    for (let atMs = this.nextDueMs(); tasks.length < limit; atMs = this.nextDueMs()) {
      if (atMs === undefined || atMs > nowMs) break;
      const { row } = this.#due.pop() as { row: Row };
      row.waitsUntilMs = undefined;
      row.failure = undefined;
      tasks.push(this.#taskOf(row));
    }
    if (tasks.length > 0) this.#count({ waiting: -tasks.length }, nowMs);
    return tasks;
  }

  nextDueMs(): number | undefined {
    for (let next = this.#due.peek(); next !== undefined; next = this.#due.peek()) {
      if (next.row.waitsUntilMs === next.atMs) return next.atMs;
      this.#due.pop();
    }
    return undefined;
  }

  /**
   * False where the task has an outcome, or is none: then nothing is changed.
   *
   * @param keep - makes the commit's changes of kept entries, answers which records are dropped
   */
  commit(commit: Commit, keep: (commit: Commit) => ReadonlySet<number>): boolean {
    const row = this.#rows[commit.seq];
    if (row === undefined || row.duplicateOf !== undefined || row.end !== undefined) return false;
    const { end, records, recordsFrom, cursor, nowMs } = commit;
    const before = row.records?.size ?? 0;
    const dropped = keep(commit);
    row.attemptNo = commit.attemptNo;
    if (commit.attempt !== undefined) row.attempts = withAttempt(row.attempts, commit.attempt);
    if (cursor !== undefined) {
      row.cursor = cursor;
      row.throttled = undefined;
      row.recordCount = Math.max(row.recordCount, recordsFrom + records.length);
    }
    if (records.length > 0) row.records ??= new Map();
    for (let i = 0; i < records.length; i += 1) {
      if (dropped.has(i)) continue;
      const index = recordsFrom + i;
      if (row.records?.has(index)) continue;
      row.records?.set(index, records[i] as string);
      const places = `@${nowMs.toString(36)} ${commit.seq}:${index}`;
      this.#log.push({ holder: 0, no: this.#log.length + 1, places });
    }
    const added = (row.records?.size ?? 0) - before;
    this.#count({ records: added && added + (commit.inFile ?? 0) }, nowMs);
    if (end?.kind === 'waiting') {
      this.#wait(row, end.atMs, end.failure);
      const { throttledMs } = end;
      row.throttled = throttledMs === undefined ? undefined : { ms: throttledMs, atMs: nowMs };
      this.#count({ failedAttempts: 1 }, nowMs);
    } else if (end !== undefined) {
      const failure = end.failure ?? (end.kind === 'discarded' ? UNEXPLAINED : undefined);
      this.#end(row, end.kind, failure, nowMs, end.durationMs);
      if (end.kind === 'discarded') this.#count({ failedAttempts: 1 }, nowMs);
    }
    return true;
  }

  cancelOpen(nowMs: number): JobCounters {
    for (const row of this.#rows) {
      if (row.duplicateOf === undefined && row.end === undefined) {
        this.#end(row, 'cancelled', undefined, nowMs, undefined);
      }
    }
    return this.job.counters;
  }

  retryDiscarded(nowMs: number, only: string | undefined): number {
    let count = 0;
    for (const row of this.#rows) {
      const failure = row.failure;
      if (row.end !== 'discarded' || row.input === undefined || failure === undefined) continue;
      if (only !== undefined && !isMeantBy(only, fingerprint(failure))) continue;
      row.end = undefined;
      row.attemptNo = 0;
      row.throttled = undefined;
      row.finishedMs = undefined;
      row.durationMs = undefined;
      this.failures.remove(failure);
      this.#wait(row, nowMs, failure);
      this.#count({ discarded: -1 }, nowMs);
      count += 1;
    }
    return count;
  }

  results(fromSeq: number, limit: number): readonly RowResult[] {
    const from = Math.max(0, fromSeq);
    return this.#rows.slice(from, from + Math.max(0, limit)).map((row) => {
      const answer = row.duplicateOf === undefined ? row : (this.#rows[row.duplicateOf] as Row);
      return {
        seq: row.seq,
        state: answer.end ?? (answer.waitsUntilMs === undefined ? 'available' : 'waiting'),
        attemptNo: answer.attemptNo,
        failure: answer.failure,
        records: this.recordsOf(answer.seq),
        duplicateOf: row.duplicateOf,
        finishedMs: answer.finishedMs,
        durationMs: answer.durationMs,
      };
    });
  }

  tasks({ after, states, fingerprint: print, limit }: TaskQuery): TaskPage {
    const found = this.results(after + 1, this.#rows.length).filter(
      (row) =>
        row.duplicateOf === undefined &&
        (states === undefined || states.includes(row.state)) &&
        (print === undefined ||
          (row.state === 'discarded' && row.failure && fingerprint(row.failure) === print)),
    );
    const rows = found
      .slice(0, Math.max(0, limit))
      .map((row) => ({ ...row, input: this.#rows[row.seq]?.input }));
    return { rows, next: found.length > rows.length ? rows.at(-1)?.seq : undefined };
  }

  newestAttempts({ after, limit }: AttemptQuery): readonly JobAttempt[] {
    const all = this.#rows.flatMap(({ attempts }, seq) =>
      attempts.map((each) => ({ seq, ...each })),
    );
    all.sort(newestFirst);
    const from = after === undefined ? 0 : all.findIndex((each) => newestFirst(after, each) < 0);
    return from < 0 ? [] : all.slice(from, from + limit);
  }

  attempts(seq: number): readonly KeptAttempt[] {
    return this.#rows[seq]?.attempts ?? NO_ATTEMPTS;
  }

  firstOpen(fromSeq: number): number | undefined {
    const open = (row: Row) => (this.#rows[row.duplicateOf ?? row.seq] as Row).end === undefined;
    return this.#rows.find((row) => row.seq >= fromSeq && open(row))?.seq;
  }

  recordsAfter(after: RecordPosition | undefined, limit: number): readonly StoredRecord[] {
    const found: StoredRecord[] = [];
    let chars = 0;
    for (let seq = after?.seq ?? 0; seq < this.#rows.length; seq += 1) {
      for (const [index, json] of inOrder(this.#rows[seq] as Row)) {
        if (after !== undefined && seq === after.seq && index <= after.index) continue;
        if (found.length >= limit || chars >= PAGE_CHARS_MAX) return found;
        found.push({ seq, index, json });
        chars += json.length;
      }
    }
    return found;
  }

  loggedRecords(query: LogQuery) {
    const from = entryFrom(logPosition(query.after), 0);
    const entries = this.#log.slice(from - 1, from - 1 + Math.max(0, query.limit));
    const json = ({ seq, index }: RecordPosition) => this.#rows[seq]?.records?.get(index);
    return loggedRecords(placesToRead(entries, query), json, query.after);
  }

  recordsOf(seq: number): readonly string[] {
    return inOrder(this.#rows[seq] as Row).map(([, json]) => json);
  }

  #addRow(planned: PlannedRow, nowMs: number): void {
    const seq = this.#rows.length;
    const task = planned.kind === 'task' ? planned : undefined;
    const key = task?.key;
    const duplicateOf = key === undefined ? undefined : this.#firstByKey.get(key);
    const row: Row = {
      seq,
      input: task?.input,
      lane: task?.lane ?? '',
      duplicateOf,
      attemptNo: 0,
      cursor: undefined,
      recordCount: 0,
      records: undefined,
      waitsUntilMs: undefined,
      throttled: undefined,
      attempts: NO_ATTEMPTS,
      end: undefined,
      failure: undefined,
      finishedMs: undefined,
      durationMs: undefined,
    };
    this.#rows.push(row);
    this.#count(duplicateOf === undefined ? { tasks: 1 } : { duplicates: 1 }, nowMs);
    if (duplicateOf !== undefined) return;
    if (key !== undefined) this.#firstByKey.set(key, seq);
    if (row.lane !== '') {
      const lane = this.#byLane.get(row.lane);
      if (lane === undefined) this.#byLane.set(row.lane, [row]);
      else lane.push(row);
    }
    if (planned.kind === 'refused') this.#end(row, 'discarded', planned.failure, nowMs, undefined);
  }

  #end(
    row: Row,
    end: FinalTaskState,
    failure: Failure | undefined,
    nowMs: number,
    durationMs: number | undefined,
  ): void {
    this.#count({ [end]: 1, waiting: row.waitsUntilMs === undefined ? 0 : -1 }, nowMs);
    row.waitsUntilMs = undefined;
    row.end = end;
    row.failure = failure;
    row.finishedMs = nowMs;
    row.durationMs = durationMs;
    if (end === 'discarded' && failure !== undefined) {
      this.failures.add(row.seq, failure, row.input === undefined, nowMs);
    }
  }

  #wait(row: Row, atMs: number, failure: Failure): void {
    this.#count({ waiting: row.waitsUntilMs === undefined ? 1 : 0 }, this.job.updatedMs);
    row.waitsUntilMs = atMs;
    row.failure = failure;
    this.#due.push({ atMs, row });
  }

  #take(rows: readonly Row[], start: number, limit: number): readonly Task[] {
    const tasks: Task[] = [];
    for (let i = start; i < rows.length && tasks.length < limit; i += 1) {
      const row = rows[i] as Row;
      const open = row.end === undefined && row.duplicateOf === undefined;
      if (open && row.waitsUntilMs === undefined) tasks.push(this.#taskOf(row));
    }
    return tasks;
  }

  #taskOf(row: Row): Task {
    return {
      jobId: this.job.id,
      seq: row.seq,
      input: row.input as string,
      lane: row.lane,
      attemptNo: row.attemptNo,
      cursor: row.cursor,
      recordCount: row.recordCount,
      ...(row.throttled ? { throttled: row.throttled } : {}),
    };
  }

  #count(change: CounterChange, nowMs: number): void {
    const counters: Record<keyof JobCounters, number> = { ...this.job.counters };
    for (const [name, by] of Object.entries(change)) counters[name as keyof JobCounters] += by;
    this.job = { ...this.job, counters, updatedMs: Math.max(this.job.updatedMs, nowMs) };
  }
}

function withAttempt(before: readonly KeptAttempt[], json: string): readonly KeptAttempt[] {
  const no = (before.at(-1)?.no ?? 0) + 1;
  return [...before, { no, ...(JSON.parse(json) as AttemptRecord) }].slice(-ATTEMPTS_KEPT);
}

function inOrder(row: Row): readonly (readonly [number, string])[] {
  return row.records === undefined ? [] : [...row.records].sort(([a], [b]) => a - b);
}

type Begun = Pick<JobAttempt, 'startedMs' | 'seq' | 'no'>;

function newestFirst(a: Begun, b: Begun): number {
  return b.startedMs - a.startedMs || b.seq - a.seq || b.no - a.no;
}
