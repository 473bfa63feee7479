/**
 * Results in the order of the input. Rows are numbered without gaps, so a page of results is a
 * range of ids in every table; only a duplicate whose first row lies outside the page is looked up
 * alone.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { Failure } from '../../model/failure.ts';
import type { RecordPosition, RowResult, StoredRecord } from '../store.ts';
import { PAGE_CHARS_MAX } from '../store-rules.ts';
import { OUTCOME } from './failure-table.ts';
import type { JobPlace } from './job-table.ts';
import { fromTaskId, seqOf, taskId } from './task-id.ts';

interface ResultRow {
  readonly id: number;
  readonly state: number | null;
  readonly run_at: number | null;
  readonly attempt_no: number;
  readonly failure: string | null;
  readonly finished_ms: number | null;
  readonly duration_ms: number | null;
}

type Answer = Omit<RowResult, 'seq' | 'duplicateOf'>;

const STATES: Readonly<Record<number, RowResult['state']>> = {
  [OUTCOME.completed]: 'completed',
  [OUTCOME.discarded]: 'discarded',
  [OUTCOME.cancelled]: 'cancelled',
  [OUTCOME.refused]: 'discarded',
};

export class ResultReader {
  readonly #tasks: Statement<[number, number], ResultRow>;
  readonly #aliases: Statement<[number, number], { id: number; of_id: number }>;
  readonly #recordsOf: Statement<[number, number, number, number], { task: number; json: string }>;
  readonly #records: Statement<unknown[], { task: number; idx: number; json: string }>;

  constructor(db: Database) {
    this.#tasks = db.prepare(
      `SELECT t.id, o.state, p.run_at, coalesce(o.attempt_no, p.attempt_no, 0) AS attempt_no,
         iif(o.id IS NULL, p.failure, o.failure) AS failure, o.finished_ms, o.duration_ms
       FROM tasks t LEFT JOIN outcomes o ON o.id = t.id LEFT JOIN progress p ON p.id = t.id
       WHERE t.id BETWEEN ? AND ? ORDER BY t.id`,
    );
    this.#aliases = db.prepare(
      'SELECT id, of_id FROM aliases WHERE id BETWEEN ? AND ? ORDER BY id',
    );
    this.#recordsOf = db.prepare(
      `SELECT id AS task, 0 AS idx, record AS json FROM outcomes
         WHERE id BETWEEN ? AND ? AND record IS NOT NULL
       UNION ALL SELECT task, idx, json FROM record_texts WHERE task BETWEEN ? AND ?
       ORDER BY task, idx`,
    );
    this.#records = db.prepare(
      `SELECT id AS task, 0 AS idx, record AS json FROM outcomes
         WHERE id BETWEEN ? AND ? AND record IS NOT NULL
       UNION ALL SELECT task, idx, json FROM record_texts WHERE (task, idx) > (?, ?) AND task <= ?
       ORDER BY task, idx LIMIT ?`,
    );
  }

  /** Within one read of the database. */
  results(place: JobPlace, fromSeq: number, limit: number): readonly RowResult[] {
    const from = fromTaskId(place.no, fromSeq);
    const end = Math.min(from + Math.max(0, limit), place.first + place.rowCount);
    if (end <= from) return [];
    const answers = this.#answers(from, end - 1);
    const firsts = new Map<number, number>();
    for (const alias of this.#aliases.all(from, end - 1)) firsts.set(alias.id, alias.of_id);
    const results: RowResult[] = [];
    for (let id = from; id < end; id += 1) {
      const first = firsts.get(id);
      const answer = this.#answer(answers, first ?? id);
      const duplicateOf = first === undefined ? undefined : seqOf(first);
      results.push({ seq: seqOf(id), ...answer, duplicateOf });
    }
    return results;
  }

  /** A row that is no duplicate, with its records. */
  task(id: number): RowResult {
    return { seq: seqOf(id), ...this.#answer(new Map(), id), duplicateOf: undefined };
  }

  records(
    place: JobPlace,
    after: RecordPosition | undefined,
    limit: number,
  ): readonly StoredRecord[] {
    const task = after === undefined ? place.first : taskId(place.no, after.seq);
    const index = after === undefined ? -1 : after.index;
    // A record in an outcome is its task's number 0.
    const outcome = index < 0 ? task : task + 1;
    const found: StoredRecord[] = [];
    let chars = 0;
    const most = Math.max(0, limit);
    for (const row of this.#records.iterate(outcome, place.last, task, index, place.last, most)) {
      found.push({ seq: seqOf(row.task), index: row.idx, json: row.json });
      chars += row.json.length;
      if (chars >= PAGE_CHARS_MAX) break;
    }
    return found;
  }

  /** JSON texts of one task's records, in order. */
  recordsOf(id: number): readonly string[] {
    return this.#recordsOf.all(id, id, id, id).map((row) => row.json);
  }

  #answer(known: Map<number, Answer>, id: number): Answer {
    const answer = known.get(id);
    if (answer !== undefined) return answer;
    const alone = this.#answers(id, id).get(id) as Answer;
    known.set(id, alone);
    return alone;
  }

  #answers(from: number, to: number): Map<number, Answer> {
    const records = new Map<number, string[]>();
    for (const { task, json } of this.#recordsOf.all(from, to, from, to)) {
      const list = records.get(task);
      if (list === undefined) records.set(task, [json]);
      else list.push(json);
    }
    const answers = new Map<number, Answer>();
    for (const row of this.#tasks.all(from, to)) {
      answers.set(row.id, {
        state: stateOf(row),
        attemptNo: row.attempt_no,
        failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
        records: records.get(row.id) ?? [],
        finishedMs: row.finished_ms ?? undefined,
        durationMs: row.duration_ms ?? undefined,
      });
    }
    return answers;
  }
}

function stateOf(row: ResultRow): RowResult['state'] {
  if (row.state !== null) return STATES[row.state] as RowResult['state'];
  return row.run_at === null ? 'available' : 'waiting';
}
