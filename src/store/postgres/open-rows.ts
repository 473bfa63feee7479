/**
 * Rows without an end, found run by run (2^14 rows). A run without any is remembered in this
 * process, so that a job that is nearly done is not walked from its first row every time. What is
 * remembered holds until ended tasks are opened again, by whatever node: the job's row says so.
 */
import type { JobPlace } from './job-table.ts';
import { IN_PACK, NOT_ENDED, TASKS_BETWEEN, WITH_END, WITH_PROGRESS } from './open-sql.ts';
import { statement, type Tx } from './transaction.ts';

const RUN_BITS = 14;
const RUN_ROWS = 2 ** RUN_BITS;
/** Jobs whose runs are remembered. */
const JOBS_MAX = 100;

/** Where a walk begins, and how far the work may go. */
export interface Walk {
  readonly from: number;
  readonly to: number;
  /** Rows that are wanted at most. */
  readonly limit: number;
  /** Runs that are read at most; those remembered cost nothing. */
  readonly runs: number;
}

/** What a walk has found, in order, and the last row that it has looked at. */
export interface Found {
  readonly seqs: readonly number[];
  readonly upTo: number;
}

interface OpenRow {
  readonly seq: number;
  readonly waits: boolean;
}

export const OPEN = statement(
  'open.tasks',
  `SELECT t.seq, p.run_at IS NOT NULL AS waits 
   FROM ${TASKS_BETWEEN('$1', '$2', '$3')} t ${WITH_END} ${WITH_PROGRESS}
   WHERE ${NOT_ENDED} ORDER BY t.seq LIMIT $4`,
);
export const OPEN_ALIAS = statement(
  'open.alias',
  `SELECT a.seq FROM aliases a LEFT JOIN LATERAL (
     SELECT 1 AS ended FROM ends WHERE job_no = a.job_no AND seq = a.of_seq
     UNION ALL ${IN_PACK('1', 'a.job_no', 'a.of_seq')} LIMIT 1
   ) e ON true
   WHERE a.job_no = $1 AND a.seq BETWEEN $2 AND $3 AND e.ended IS NULL
   ORDER BY a.seq LIMIT 1`,
);

export class OpenRows {
  readonly #jobs = new Map<number, { readonly reopened: number; readonly ended: Set<number> }>();

  /** The last row of the run that `seq` is in. */
  endOf(seq: number): number {
    return nextRun(seq) - 1;
  }

  /** The first row from `seq` on in a run that may have an open task. */
  skip(place: JobPlace, seq: number): number {
    const ended = this.#endedOf(place);
    let at = seq;
    while (ended.has(runOf(at))) at = nextRun(at);
    return at;
  }

  /** Tasks that neither have ended nor wait. */
  async available(tx: Tx, place: JobPlace, walk: Walk): Promise<Found> {
    const seqs: number[] = [];
    let left = walk.runs;
    for (let at = this.skip(place, walk.from); at <= walk.to; at = this.skip(place, nextRun(at))) {
      if (left === 0) return { seqs, upTo: at - 1 };
      left -= 1;
      for (const { seq, waits } of await this.#openIn(tx, place, at, walk.to, RUN_ROWS)) {
        if (!waits) seqs.push(seq);
        if (seqs.length === walk.limit) return { seqs, upTo: seq };
      }
    }
    return { seqs, upTo: walk.to };
  }

  /** The first row without an end, a waiting one or a duplicate of such included. */
  async first(tx: Tx, place: JobPlace, { from, to, runs }: Omit<Walk, 'limit'>): Promise<Found> {
    let left = runs;
    for (let at = from; at <= to; at = nextRun(at)) {
      const ended = this.#endedOf(place).has(runOf(at));
      if (ended && place.duplicates === 0) continue;
      if (left === 0) return { seqs: [], upTo: at - 1 };
      left -= 1;
      const last = Math.min(to, nextRun(at) - 1);
      const [task] = ended ? [] : await this.#openIn(tx, place, at, to, 1);
      const alias =
        place.duplicates === 0
          ? undefined
          : await tx.row<{ seq: number }>(OPEN_ALIAS, place.no, at, task?.seq ?? last);
      const seq = alias?.seq ?? task?.seq;
      if (seq !== undefined) return { seqs: [seq], upTo: seq };
    }
    return { seqs: [], upTo: to };
  }

  /** Within one run: it is remembered where all of it was looked at and nothing was open. */
  async #openIn(tx: Tx, place: JobPlace, from: number, to: number, limit: number) {
    const last = nextRun(from) - 1;
    const rows = await tx.rows<OpenRow>(OPEN, place.no, from, Math.min(to, last), limit);
    const whole = from % RUN_ROWS === 0 && to >= last;
    if (whole && rows.length === 0) this.#endedOf(place).add(runOf(from));
    return rows;
  }

  #endedOf({ no, reopened }: JobPlace): Set<number> {
    const known = this.#jobs.get(no);
    if (known?.reopened === reopened) return known.ended;
    // An older answer than is known already: it may not undo what a newer one says.
    if (known !== undefined && known.reopened > reopened) return new Set();
    const ended = new Set<number>();
    this.#jobs.delete(no);
    this.#jobs.set(no, { reopened, ended });
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size <= JOBS_MAX) break;
      this.#jobs.delete(oldest);
    }
    return ended;
  }
}

function runOf(seq: number): number {
  return seq >> RUN_BITS;
}

function nextRun(seq: number): number {
  return (runOf(seq) + 1) * RUN_ROWS;
}
