/**
 * Rows by what has become of them. Failed, cancelled and waiting ones have indexes of their own;
 * for the others a bounded range of rows is looked through, and the answer says where to go on.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { Job } from '../../model/job.ts';
import { openTasks } from '../../model/job.ts';
import type { FoundTask, RowResult, TaskPage, TaskQuery } from '../store.ts';
import { PAGE_CHARS_MAX } from '../store-rules.ts';
import { OUTCOME } from './failure-table.ts';
import type { JobPlace } from './job-table.ts';
import { type Found, OpenRows, type Walk } from './open-rows.ts';
import type { ResultReader } from './result-reader.ts';
import { fromTaskId, RUN_BITS, seqOf } from './task-id.ts';

/** Runs of rows that one page reads where no index helps: 15 ms, twice that on a busy machine. */
const WALK_RUNS = 2;
const WALK_ROWS = WALK_RUNS * 2 ** RUN_BITS;

const ended = (state: number) => `
  SELECT id FROM outcomes INDEXED BY outcome_states
  WHERE state > ${OUTCOME.completed} AND state = ${state} AND id BETWEEN ? AND ?
  ORDER BY id LIMIT ?`;

/** Ids between two, in order. Those of waiting tasks and of a group take its number first. */
export const TASKS_SQL = {
  all: 'SELECT id FROM tasks WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?',
  completed: `
    SELECT id FROM outcomes WHERE id BETWEEN ? AND ? AND state = ${OUTCOME.completed}
    ORDER BY id LIMIT ?`,
  discarded: ended(OUTCOME.discarded),
  refused: ended(OUTCOME.refused),
  cancelled: ended(OUTCOME.cancelled),
  waiting: `
    SELECT id FROM progress INDEXED BY progress_waiting
    WHERE (id >> 32) = ? AND run_at IS NOT NULL AND id BETWEEN ? AND ?
    ORDER BY id LIMIT ?`,
  group: `
    SELECT id FROM outcomes INDEXED BY outcome_failures
    WHERE failure_group = ? AND id BETWEEN ? AND ? ORDER BY id LIMIT ?`,
} as const;

/** What one of them has found bounds how far the next one has to look. */
const CHEAPEST_FIRST: readonly RowResult['state'][] = [
  'discarded',
  'cancelled',
  'waiting',
  'completed',
  'available',
];

type Ids = Statement<number[], { id: number }>;
type Find = (walk: Walk) => Found;

export class TaskFinder {
  readonly open: OpenRows;
  readonly #results: ResultReader;
  readonly #ids: Readonly<Record<keyof typeof TASKS_SQL, Ids>>;
  readonly #groups: Statement<[number, string], { no: number }>;
  readonly #input: Statement<[number], { input: string | null }>;

  constructor(db: Database, results: ResultReader) {
    this.open = new OpenRows(db);
    this.#results = results;
    const prepared = Object.entries(TASKS_SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#ids = Object.fromEntries(prepared);
    this.#input = db.prepare('SELECT input FROM tasks WHERE id = ?');
    this.#groups = db.prepare('SELECT no FROM failure_groups WHERE job_no = ? AND fingerprint = ?');
  }

  /** Within one read of the database. */
  find(job: Job, place: JobPlace, query: TaskQuery): TaskPage {
    const from = fromTaskId(place.no, query.after + 1);
    const to = place.first + place.rowCount - 1;
    if (from > to || query.limit <= 0) return { rows: [], next: undefined };
    // One more than is asked for tells whether there is more.
    const limit = query.limit + 1;
    const found: number[] = [];
    let upTo = to;
    for (const find of this.#finds(job, place, query)) {
      const more = find({ from, to: upTo, limit, runs: WALK_RUNS });
      found.push(...more.ids);
      upTo = more.upTo;
    }
    const ids = found.filter((id) => id <= upTo).sort((a, b) => a - b);
    const rows = this.#rows(ids.slice(0, query.limit));
    const last = rows.at(-1);
    if (last !== undefined && rows.length < ids.length) return { rows, next: last.seq };
    return { rows, next: upTo < to ? seqOf(upTo) : undefined };
  }

  /** The first row without an end from `seq` on, as far as one piece of work goes. */
  firstOpen(place: JobPlace, seq: number): { found: number | undefined; next: number | undefined } {
    const from = fromTaskId(place.no, seq);
    const to = place.first + place.rowCount - 1;
    const { ids, upTo } = this.open.first(place, { from, to, runs: WALK_RUNS });
    const found = ids[0] === undefined ? undefined : seqOf(ids[0]);
    return { found, next: upTo < to ? seqOf(upTo) + 1 : undefined };
  }

  #finds(job: Job, place: JobPlace, query: TaskQuery): readonly Find[] {
    const { fingerprint, states = CHEAPEST_FIRST } = query;
    if (fingerprint !== undefined) {
      if (!states.includes('discarded')) return [];
      const groups = this.#groups.all(place.no, fingerprint);
      return groups.map(({ no }) => this.#indexed('group', no));
    }
    if (CHEAPEST_FIRST.every((state) => states.includes(state))) return [this.#indexed('all')];
    const { counters } = job;
    const available = openTasks(counters) - counters.waiting;
    const counts = { ...counters, available };
    return CHEAPEST_FIRST.filter((state) => states.includes(state) && counts[state] > 0).flatMap(
      (state) => this.#findsOf(place, state),
    );
  }

  #findsOf(place: JobPlace, state: RowResult['state']): readonly Find[] {
    if (state === 'available') return [(walk) => this.open.available(walk)];
    if (state === 'completed') return [(walk) => this.#completed(walk)];
    if (state === 'discarded') return [this.#indexed('discarded'), this.#indexed('refused')];
    return [state === 'waiting' ? this.#indexed(state, place.no) : this.#indexed(state)];
  }

  #indexed(name: keyof typeof TASKS_SQL, ...first: readonly number[]): Find {
    return ({ from, to, limit }) => {
      const ids = this.#ids[name].all(...first, from, to, limit).map((row) => row.id);
      return { ids, upTo: ids.length < limit ? to : (ids.at(-1) as number) };
    };
  }

  #completed(walk: Walk): Found {
    const to = Math.min(walk.to, walk.from + WALK_ROWS - 1);
    return this.#indexed('completed')({ ...walk, to });
  }

  /** One at least, and no more than fit into one answer. */
  #rows(ids: readonly number[]): readonly FoundTask[] {
    const rows: FoundTask[] = [];
    let chars = 0;
    for (const id of ids) {
      const input = this.#input.get(id)?.input ?? undefined;
      const row = { ...this.#results.task(id), input };
      rows.push(row);
      chars += input?.length ?? 0;
      for (const record of row.records) chars += record.length;
      if (chars >= PAGE_CHARS_MAX) break;
    }
    return rows;
  }
}
