/**
 * Jobs and their counters. Counters only ever move by what the statements of the same transaction
 * have changed, so they are exact by construction.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { Failure } from '../../model/failure.ts';
import type { Job, JobCounters, JobSpec } from '../../model/job.ts';
import type { JobAction, JobState } from '../../model/lifecycle.ts';
import type { ActiveMs, JobFilter, JobMove } from '../store.ts';
import { jobNotFound, moveOf } from '../store-rules.ts';
import { firstTaskId, lastTaskId } from './task-id.ts';

/** What one transaction adds to a job's counters. */
export type CounterDelta = { -readonly [Name in keyof JobCounters]: number } & {
  /** Rows of the input, duplicates included. */
  rowCount: number;
};

export function noDelta(): CounterDelta {
  return {
    rowCount: 0,
    tasks: 0,
    completed: 0,
    discarded: 0,
    cancelled: 0,
    waiting: 0,
    duplicates: 0,
    records: 0,
    failedAttempts: 0,
  };
}

/** A job's place in the tables. */
export interface JobPlace {
  readonly no: number;
  readonly rowCount: number;
  readonly duplicates: number;
  readonly planned: boolean;
  /** Ids of its first and last possible task. */
  readonly first: number;
  readonly last: number;
}

interface CounterRow extends Omit<JobCounters, 'failedAttempts'> {
  readonly failed_attempts: number;
}

interface JobRow extends CounterRow {
  readonly no: number;
  readonly spec: string;
  readonly state: JobState;
  readonly planned: number;
  readonly updated_ms: number;
  readonly finished_ms: number | null;
  readonly active_ms: number;
  readonly failure: string | null;
}

interface PlaceRow {
  readonly no: number;
  readonly row_count: number;
  readonly duplicates: number;
  readonly planned: number;
}

const COUNTERS =
  'tasks, completed, discarded, cancelled, waiting, duplicates, records, failed_attempts';

export class JobTable {
  readonly #db: Database;
  readonly #insert: Statement<unknown[]>;
  readonly #select: Statement<[string], JobRow>;
  readonly #selectByKey: Statement<[string, string], JobRow>;
  readonly #place: Statement<[string], PlaceRow>;
  readonly #tenant: Statement<[number], { tenant: string }>;
  readonly #move: Statement<unknown[]>;
  readonly #addActive: Statement<[number, string]>;
  readonly #finishPlan: Statement<[number, string]>;
  readonly #count: Statement<unknown[], CounterRow>;

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db.prepare(
      `INSERT INTO jobs (id, tenant, idempotency_key, spec, state, updated_ms)
       VALUES (?, ?, ?, ?, 'running', ?) ON CONFLICT DO NOTHING`,
    );
    this.#select = db.prepare('SELECT * FROM jobs WHERE id = ?');
    this.#selectByKey = db.prepare('SELECT * FROM jobs WHERE tenant = ? AND idempotency_key = ?');
    this.#place = db.prepare('SELECT no, row_count, duplicates, planned FROM jobs WHERE id = ?');
    this.#tenant = db.prepare('SELECT tenant FROM jobs WHERE no = ?');
    this.#move = db.prepare(
      `UPDATE jobs SET state = ?, updated_ms = ?, finished_ms = ?, active_ms = ?, failure = ?
       WHERE id = ?`,
    );
    this.#addActive = db.prepare('UPDATE jobs SET active_ms = active_ms + ? WHERE id = ?');
    this.#finishPlan = db.prepare('UPDATE jobs SET planned = 1, updated_ms = ? WHERE id = ?');
    this.#count = db.prepare(
      `UPDATE jobs SET row_count = row_count + ?, tasks = tasks + ?, completed = completed + ?,
         discarded = discarded + ?, cancelled = cancelled + ?, waiting = waiting + ?,
         duplicates = duplicates + ?, records = records + ?, failed_attempts = failed_attempts + ?,
         updated_ms = max(updated_ms, ?)
       WHERE no = ? RETURNING ${COUNTERS}`,
    );
  }

  create(spec: JobSpec): { readonly job: Job; readonly created: boolean } {
    const key = spec.idempotencyKey;
    const { changes } = this.#insert.run(
      spec.id,
      spec.tenant,
      key ?? null,
      JSON.stringify(spec),
      spec.createdMs,
    );
    const byKey = key === undefined ? undefined : this.#selectByKey.get(spec.tenant, key);
    return { job: jobOf((byKey ?? this.#select.get(spec.id)) as JobRow), created: changes === 1 };
  }

  find(id: string): Job | undefined {
    const row = this.#select.get(id);
    return row && jobOf(row);
  }

  get(id: string): Job {
    const job = this.find(id);
    if (job === undefined) throw jobNotFound(id);
    return job;
  }

  list(filter: JobFilter): readonly Job[] {
    const where: string[] = [];
    const values: unknown[] = [];
    if (filter.tenant !== undefined) {
      where.push('tenant = ?');
      values.push(filter.tenant);
    }
    if (filter.collector !== undefined) {
      where.push("json_extract(spec, '$.collector') = ?");
      values.push(filter.collector);
    }
    if (filter.ids !== undefined) {
      where.push('id IN (SELECT value FROM json_each(?))');
      values.push(JSON.stringify(filter.ids));
    }
    if (filter.states !== undefined) {
      where.push('state IN (SELECT value FROM json_each(?))');
      values.push(JSON.stringify(filter.states));
    }
    if (filter.idempotencyKey !== undefined) {
      where.push('idempotency_key = ?');
      values.push(filter.idempotencyKey);
    }
    if (filter.before !== undefined) {
      where.push('id < ?');
      values.push(filter.before);
    }
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    return this.#db
      .prepare<unknown[], JobRow>(`SELECT * FROM jobs ${condition} ORDER BY id DESC LIMIT ?`)
      .all(...values, Math.max(0, filter.limit))
      .map(jobOf);
  }

  /** Where the job lies in the tables, or undefined where there is no such job. */
  findPlace(id: string): JobPlace | undefined {
    const row = this.#place.get(id);
    if (row === undefined) return undefined;
    return {
      no: row.no,
      rowCount: row.row_count,
      duplicates: row.duplicates,
      planned: row.planned === 1,
      first: firstTaskId(row.no),
      last: lastTaskId(row.no),
    };
  }

  place(id: string): JobPlace {
    const place = this.findPlace(id);
    if (place === undefined) throw jobNotFound(id);
    return place;
  }

  tenantOf(jobNo: number): string {
    return (this.#tenant.get(jobNo) as { tenant: string }).tenant;
  }

  /** Within a transaction. */
  move(id: string, action: JobAction, at: JobMove): Job {
    const job = this.get(id);
    const next = moveOf(job, action, at);
    this.#move.run(
      next.state,
      next.updatedMs,
      next.finishedMs ?? null,
      next.activeMs,
      next.failure === undefined ? null : JSON.stringify(next.failure),
      id,
    );
    return { ...job, ...next };
  }

  addActive(shares: readonly ActiveMs[]): void {
    for (const [id, ms] of shares) this.#addActive.run(ms, id);
  }

  finishPlan(id: string, nowMs: number): Job {
    this.#finishPlan.run(nowMs, id);
    return this.get(id);
  }

  /** Adds to a job's counters, within the transaction that changed its tasks. */
  count(jobNo: number, delta: CounterDelta, nowMs: number): JobCounters {
    const row = this.#count.get(
      delta.rowCount,
      delta.tasks,
      delta.completed,
      delta.discarded,
      delta.cancelled,
      delta.waiting,
      delta.duplicates,
      delta.records,
      delta.failedAttempts,
      nowMs,
      jobNo,
    );
    return countersOf(row as CounterRow);
  }
}

function jobOf(row: JobRow): Job {
  const spec = JSON.parse(row.spec) as JobSpec;
  return {
    ...spec,
    idempotencyKey: spec.idempotencyKey ?? undefined,
    state: row.state,
    planned: row.planned === 1,
    counters: countersOf(row),
    updatedMs: row.updated_ms,
    finishedMs: row.finished_ms ?? undefined,
    activeMs: row.active_ms,
    failure: row.failure === null ? undefined : (JSON.parse(row.failure) as Failure),
  };
}

function countersOf(row: CounterRow): JobCounters {
  return {
    tasks: row.tasks,
    completed: row.completed,
    discarded: row.discarded,
    cancelled: row.cancelled,
    waiting: row.waiting,
    duplicates: row.duplicates,
    records: row.records,
    failedAttempts: row.failed_attempts,
  };
}
