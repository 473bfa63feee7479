/**
 * Rows without an end, found run by run (2^14 rows). A run without any is remembered, so that a job
 * that is nearly done is not walked from its first row every time; retrying makes it forgotten.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { JobPlace } from './job-table.ts';
import { RUN_BITS, runOf } from './task-id.ts';

/** Where a walk begins, and how far the work may go. */
export interface Walk {
  readonly from: number;
  readonly to: number;
  /** Ids that are wanted at most. */
  readonly limit: number;
  /** Runs that are read at most; those remembered cost nothing. */
  readonly runs: number;
}

/** What a walk has found, in order, and the last id that it has looked at. */
export interface Found {
  readonly ids: readonly number[];
  readonly upTo: number;
}

export const OPEN_SQL = `
  SELECT t.id, p.run_at IS NOT NULL AS waits FROM tasks t LEFT JOIN progress p ON p.id = t.id
  WHERE t.id BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.id = t.id)
  ORDER BY t.id`;
export const OPEN_ALIAS_SQL = `
  SELECT id FROM aliases a
  WHERE id BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.id = a.of_id)
  ORDER BY id LIMIT 1`;

export class OpenRows {
  readonly #open: Statement<[number, number], { id: number; waits: number }>;
  readonly #openAlias: Statement<[number, number], { id: number }>;
  /** A reader is not told when rows are tried anew. */
  readonly #remembers: boolean;
  /** Runs all of whose tasks have ended; their numbers are those of no other job. */
  readonly #ended = new Set<number>();

  constructor(db: Database) {
    this.#open = db.prepare(OPEN_SQL);
    this.#openAlias = db.prepare(OPEN_ALIAS_SQL);
    this.#remembers = !db.readonly;
  }

  /** Tasks that neither have ended nor wait. */
  available({ from, to, limit, runs }: Walk): Found {
    const ids: number[] = [];
    let left = runs;
    for (let at = from; at <= to; at = nextRun(at)) {
      if (this.#ended.has(runOf(at))) continue;
      if (left === 0) return { ids, upTo: at - 1 };
      left -= 1;
      for (const { id, waits } of this.#openIn(at, to)) {
        if (waits === 0) ids.push(id);
        if (ids.length === limit) return { ids, upTo: id };
      }
    }
    return { ids, upTo: to };
  }

  /** The first row without an end, a waiting one or a duplicate of such included. */
  first(place: JobPlace, { from, to, runs }: Omit<Walk, 'limit'>): Found {
    let left = runs;
    for (let at = from; at <= to; at = nextRun(at)) {
      const ended = this.#ended.has(runOf(at));
      if (ended && place.duplicates === 0) continue;
      if (left === 0) return { ids: [], upTo: at - 1 };
      left -= 1;
      const id = this.#firstIn(place, ended, at, Math.min(to, nextRun(at) - 1));
      if (id !== undefined) return { ids: [id], upTo: id };
    }
    return { ids: [], upTo: to };
  }

  /** To be called in the transaction that opens rows again, or removes the job. */
  forget(place: JobPlace): void {
    for (const run of this.#ended) {
      if (run >= runOf(place.first) && run <= runOf(place.last)) this.#ended.delete(run);
    }
  }

  #firstIn(place: JobPlace, ended: boolean, from: number, to: number): number | undefined {
    let task: number | undefined;
    if (!ended) {
      for (const { id } of this.#openIn(from, to)) {
        task = id;
        break;
      }
    }
    if (place.duplicates === 0) return task;
    return this.#openAlias.get(from, task ?? to)?.id ?? task;
  }

  /** Within one run: it is remembered where all of it was looked at and nothing was open. */
  *#openIn(from: number, to: number): Generator<{ id: number; waits: number }> {
    const last = nextRun(from) - 1;
    let any = false;
    for (const row of this.#open.iterate(from, Math.min(to, last))) {
      any = true;
      yield row;
    }
    const whole = from === firstOfRun(from) && to >= last;
    if (this.#remembers && whole && !any) this.#ended.add(runOf(from));
  }
}

function firstOfRun(id: number): number {
  return runOf(id) * 2 ** RUN_BITS;
}

function nextRun(id: number): number {
  return firstOfRun(id) + 2 ** RUN_BITS;
}
