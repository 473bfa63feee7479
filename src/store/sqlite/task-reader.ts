/**
 * What there is to do. Every query walks an index from where the caller stands: what is done before
 * that costs nothing.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { LaneKey } from '../../model/lane.ts';
import type { Task } from '../../model/task.ts';
import type { JobPlace } from './job-table.ts';
import { fromTaskId, RUN_BITS, runOf, seqOf, taskId } from './task-id.ts';

export interface TaskRow {
  readonly id: number;
  readonly input: string;
  readonly lane: string | null;
  readonly attempt_no: number | null;
  readonly cursor: string | null;
  readonly record_count: number | null;
  readonly throttled_ms: number | null;
  readonly throttled_at: number | null;
}

const COLUMNS = `t.id, t.input, t.lane, p.attempt_no, p.cursor, p.record_count, p.throttled_ms,
  p.throttled_at`;
const OPEN = `p.run_at IS NULL AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.id = t.id)`;

export const PENDING_SQL = `
  SELECT ${COLUMNS} FROM tasks t LEFT JOIN progress p ON p.id = t.id
  WHERE t.id BETWEEN ? AND ? AND ${OPEN} ORDER BY t.id LIMIT ?`;

// The runs come in order and each run's part of the index is in order: no sorting is needed.
export const PENDING_IN_LANE_SQL = `
  WITH RECURSIVE runs (run) AS (
    VALUES (?) UNION ALL SELECT run + 1 FROM runs WHERE run < ?
  )
  SELECT ${COLUMNS}
  FROM runs CROSS JOIN tasks t INDEXED BY task_lanes LEFT JOIN progress p ON p.id = t.id
  WHERE (t.id >> ${RUN_BITS}) = run AND t.lane = ? AND t.id >= ? AND ${OPEN} LIMIT ?`;

export const DUE_SQL = `
  SELECT ${COLUMNS} FROM progress p INDEXED BY progress_due JOIN tasks t ON t.id = p.id
  WHERE (p.id >> 32) = ? AND p.run_at IS NOT NULL AND p.run_at <= ?
  ORDER BY p.run_at, p.id LIMIT ?`;

/** Inputs of one answer, in UTF-16 units: rows may be large, and a thread's heap is bounded. */
const READ_CHARS_MAX = 4 * 2 ** 20;

/** The first rows, one at least, as far as their texts fit into one answer. */
function upTo(rows: IterableIterator<TaskRow>): readonly TaskRow[] {
  const taken: TaskRow[] = [];
  let chars = 0;
  for (const row of rows) {
    taken.push(row);
    chars += row.input.length + (row.cursor?.length ?? 0);
    if (chars >= READ_CHARS_MAX) break;
  }
  return taken;
}

export class TaskReader {
  readonly #pending: Statement<[number, number, number], TaskRow>;
  readonly #inLane: Statement<[number, number, string, number, number], TaskRow>;
  readonly #due: Statement<[number, number, number], TaskRow>;
  readonly #nextDue: Statement<[number], { run_at: number }>;

  constructor(db: Database) {
    this.#pending = db.prepare(PENDING_SQL);
    this.#inLane = db.prepare(PENDING_IN_LANE_SQL);
    this.#due = db.prepare(DUE_SQL);
    this.#nextDue = db.prepare(
      `SELECT run_at FROM progress INDEXED BY progress_due
       WHERE (id >> 32) = ? AND run_at IS NOT NULL ORDER BY run_at LIMIT 1`,
    );
  }

  pending(jobId: string, place: JobPlace, fromSeq: number, limit: number): readonly Task[] {
    const from = fromTaskId(place.no, fromSeq);
    return this.tasks(jobId, upTo(this.#pending.iterate(from, place.last, Math.max(0, limit))));
  }

  pendingInLane(
    jobId: string,
    place: JobPlace,
    lane: LaneKey,
    fromSeq: number,
    limit: number,
  ): readonly Task[] {
    if (fromSeq >= place.rowCount) return [];
    const from = fromTaskId(place.no, fromSeq);
    const lastRun = runOf(taskId(place.no, place.rowCount - 1));
    const rows = this.#inLane.iterate(runOf(from), lastRun, lane, from, Math.max(0, limit));
    return this.tasks(jobId, upTo(rows));
  }

  /** Waiting tasks whose time has come, the longest due first. */
  due(place: JobPlace, nowMs: number, limit: number): readonly TaskRow[] {
    return upTo(this.#due.iterate(place.no, nowMs, Math.max(0, limit)));
  }

  nextDueMs(place: JobPlace): number | undefined {
    return this.#nextDue.get(place.no)?.run_at;
  }

  tasks(jobId: string, rows: readonly TaskRow[]): readonly Task[] {
    return rows.map((row) => {
      const task = {
        jobId,
        seq: seqOf(row.id),
        input: row.input,
        lane: (row.lane ?? '') as LaneKey | '',
        attemptNo: row.attempt_no ?? 0,
        cursor: row.cursor ?? undefined,
        recordCount: row.record_count ?? 0,
      };
      const { throttled_ms: ms, throttled_at: atMs } = row;
      return ms === null || atMs === null ? task : { ...task, throttled: { ms, atMs } };
    });
  }
}
