/**
 * Failures and the groups of equal ones. A group counts the discarded tasks of one job that share a
 * fingerprint, exactly: it grows with each and shrinks when they are tried anew. Refused rows have
 * groups of their own because nothing can be tried anew there.
 */
import type { Database, Statement } from 'better-sqlite3';
import { type Failure, fingerprint, isMeantBy } from '../../model/failure.ts';
import type { FailureGroup } from '../store.ts';
import { FAILURE_GROUPS_MAX } from '../store-rules.ts';

/** `outcomes.state`; kept apart from the names so that a row stays small. */
export const OUTCOME = { completed: 1, discarded: 2, cancelled: 3, refused: 4 } as const;

interface GroupRow {
  readonly fingerprint: string;
  readonly sample: string;
  readonly sample_seq: number;
  readonly count: number;
  readonly refused: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

export class FailureTable {
  readonly #add: Statement<unknown[], { no: number }>;
  readonly #list: Statement<[number, number], GroupRow>;
  readonly #retriable: Statement<[number], { no: number; fingerprint: string; count: number }>;
  readonly #shrink: Statement<[number, number]>;
  readonly #drop: Statement<[number]>;

  constructor(db: Database) {
    this.#add = db.prepare(
      `INSERT INTO failure_groups
         (job_no, fingerprint, refused, sample, sample_seq, count, first_ms, last_ms)
       VALUES (?, ?, ?, ?, ?, 1, ?, ?)
       ON CONFLICT (job_no, fingerprint, refused) DO UPDATE SET
         count = count + 1,
         sample = iif(excluded.last_ms >= last_ms, excluded.sample, sample),
         sample_seq = iif(excluded.last_ms >= last_ms, excluded.sample_seq, sample_seq),
         first_ms = min(first_ms, excluded.first_ms),
         last_ms = max(last_ms, excluded.last_ms)
       RETURNING no`,
    );
    this.#list = db.prepare(
      `SELECT fingerprint, sample, sample_seq, total AS count, shut AS refused, first AS first_ms,
         last_ms FROM (
         SELECT *, sum(count) OVER same AS total, min(first_ms) OVER same AS first,
           sum(iif(refused, count, 0)) OVER same AS shut,
           row_number() OVER (PARTITION BY fingerprint ORDER BY last_ms DESC, refused) AS place
         FROM failure_groups WHERE job_no = ? WINDOW same AS (PARTITION BY fingerprint)
       ) WHERE place = 1 ORDER BY total DESC, fingerprint LIMIT ?`,
    );
    this.#retriable = db.prepare(
      `SELECT no, fingerprint, count FROM failure_groups WHERE job_no = ? AND refused = 0
       ORDER BY no`,
    );
    this.#shrink = db.prepare('UPDATE failure_groups SET count = count - ? WHERE no = ?');
    this.#drop = db.prepare('DELETE FROM failure_groups WHERE no = ? AND count <= 0');
  }

  /** Counts one more failure; returns the number of its group. */
  add(jobNo: number, seq: number, failure: Failure, refused: boolean, nowMs: number): number {
    const row = this.#add.get(
      jobNo,
      fingerprint(failure),
      refused ? 1 : 0,
      JSON.stringify(failure),
      seq,
      nowMs,
      nowMs,
    );
    return (row as { no: number }).no;
  }

  list(jobNo: number): readonly FailureGroup[] {
    return this.#list.all(jobNo, FAILURE_GROUPS_MAX).map((row) => ({
      fingerprint: row.fingerprint,
      sample: JSON.parse(row.sample) as Failure,
      sampleSeq: row.sample_seq,
      count: row.count,
      refused: row.refused,
      firstMs: row.first_ms,
      lastMs: row.last_ms,
    }));
  }

  /** Groups whose tasks can be tried anew. */
  retriable(jobNo: number, only: string | undefined): readonly { no: number; count: number }[] {
    const groups = this.#retriable.all(jobNo);
    return only === undefined
      ? groups
      : groups.filter((group) => isMeantBy(only, group.fingerprint));
  }

  shrink(no: number, by: number): void {
    this.#shrink.run(by, no);
    this.#drop.run(no);
  }
}
