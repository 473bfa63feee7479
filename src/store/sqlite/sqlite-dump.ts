/** Everything that a data directory holds, read in pieces of some megabytes. */
import type { Database, Statement } from 'better-sqlite3';
import type { Document } from '../../model/document.ts';
import type { Job } from '../../model/job.ts';
import type { KeptEntry } from '../../model/kept.ts';
import type { LaneKey } from '../../model/lane.ts';
import type {
  CopiedAnswer,
  CopiedAttempt,
  CopiedEnd,
  CopiedGroup,
  CopiedLane,
  CopiedProgress,
  CopiedRows,
  CopyCounts,
  EntryName,
  StoreDump,
} from '../copy-store.ts';
import type { RecordPosition, StoredRecord } from '../store.ts';
import { openDatabase } from './connection.ts';
import { type EntryRow, entryOf } from './entry-table.ts';
import { OUTCOME } from './failure-table.ts';
import { type JobPlace, JobTable } from './job-table.ts';
import { seqOf, taskId } from './task-id.ts';

const PIECE_ROWS = 1_000;
const PIECE_CHARS = 4 * 2 ** 20;
/** They are long. */
const LOG_ENTRIES = 200;

interface TaskRow {
  readonly id: number;
  readonly input: string | null;
  readonly lane: string | null;
  readonly key: string | null;
}

interface EndRow {
  readonly id: number;
  readonly state: number;
  readonly attempt_no: number;
  readonly finished_ms: number;
  readonly duration_ms: number | null;
  readonly failure: string | null;
  readonly failure_group: number | null;
  readonly record: string | null;
}

interface ProgressRow {
  readonly id: number;
  readonly run_at: number | null;
  readonly attempt_no: number;
  readonly cursor: string | null;
  readonly record_count: number;
  readonly failure: string | null;
  readonly throttled_ms: number | null;
  readonly throttled_at: number | null;
}

interface AttemptRow {
  readonly task: number;
  readonly no: number;
  readonly json: string;
}

interface GroupRow {
  readonly no: number;
  readonly fingerprint: string;
  readonly refused: number;
  readonly sample: string;
  readonly sample_seq: number;
  readonly count: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

interface CollectionRow {
  readonly no: number;
  readonly tenant: string;
  readonly name: string;
}

type Range = Statement<[number, number]>;

const STATES = new Map<number, CopiedEnd['state']>(
  Object.entries(OUTCOME).map(([name, state]) => [state, name as CopiedEnd['state']]),
);

export class SqliteDump implements StoreDump {
  readonly #db: Database;
  readonly #table: JobTable;
  readonly #tasks: Statement<[number, number, number], TaskRow>;
  readonly #range: Readonly<Record<'aliases' | 'outcomes' | 'progress' | 'attempts', Range>>;
  readonly #records: Statement<unknown[], { task: number; idx: number; json: string }>;
  readonly #entries: Statement<[number, string, number], EntryRow>;
  readonly #jobIds: ReadonlyMap<number, string>;

  /** Of a directory that this process owns, so that nobody writes to it. */
  constructor(directory: string) {
    const db = openDatabase(directory, 'reader');
    this.#db = db;
    this.#table = new JobTable(db);
    this.#tasks = db.prepare(
      'SELECT id, input, lane, key FROM tasks WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?',
    );
    const range = (table: string, id = 'id'): Range =>
      db.prepare(`SELECT * FROM ${table} WHERE ${id} BETWEEN ? AND ? ORDER BY ${id}`);
    this.#range = {
      aliases: range('aliases'),
      outcomes: range('outcomes'),
      progress: range('progress'),
      attempts: range('attempts', 'task'),
    };
    this.#records = db.prepare(
      `SELECT task, idx, json FROM record_texts WHERE (task, idx) > (?, ?) AND task <= ?
       ORDER BY task, idx LIMIT ?`,
    );
    this.#entries = db.prepare(
      'SELECT * FROM entries WHERE collection = ? AND key > ? ORDER BY key LIMIT ?',
    );
    type Named = { readonly no: number; readonly id: string };
    const jobs = db.prepare<[], Named>('SELECT no, id FROM jobs ORDER BY no').all();
    this.#jobIds = new Map(jobs.map(({ no, id }) => [no, id]));
  }

  close(): void {
    this.#db.close();
  }

  jobs(): readonly Job[] {
    return [...this.#jobIds.values()].map((id) => this.#table.get(id));
  }

  counts(jobId: string): CopyCounts {
    const { first, last } = this.#place(jobId);
    const count = (table: string, id = 'id', condition = 'true') => {
      const sql = `SELECT count(*) AS n FROM ${table} WHERE ${id} BETWEEN ? AND ? AND ${condition}`;
      return this.#db.prepare<[number, number], { n: number }>(sql).get(first, last)?.n ?? 0;
    };
    return {
      tasks: count('tasks'),
      aliases: count('aliases'),
      ends: count('outcomes'),
      progress: count('progress'),
      records: count('records', 'task') + count('outcomes', 'id', 'record IS NOT NULL'),
      logged: count('record_log'),
      attempts: count('attempts', 'task'),
    };
  }

  rows(jobId: string, fromSeq: number): CopiedRows {
    const place = this.#place(jobId);
    const from = taskId(place.no, fromSeq);
    const most = Math.min(from + PIECE_ROWS, place.first + place.rowCount) - 1;
    const tasks: TaskRow[] = [];
    let last = most;
    let chars = 0;
    for (const row of this.#tasks.iterate(from, most, PIECE_ROWS)) {
      tasks.push(row);
      chars += row.input?.length ?? 0;
      if (chars < PIECE_CHARS) continue;
      last = row.id;
      break;
    }
    const aliases = this.#range.aliases.all(from, last) as { id: number; of_id: number }[];
    return {
      lastSeq: seqOf(last),
      tasks: tasks.map(({ id, input, lane, key }) => ({
        seq: seqOf(id),
        input: input ?? undefined,
        lane: (lane ?? '') as LaneKey | '',
        key: key ?? undefined,
      })),
      aliases: aliases.map(({ id, of_id: of }) => ({ seq: seqOf(id), of: seqOf(of) })),
      ends: (this.#range.outcomes.all(from, last) as EndRow[]).map(endOf),
      progress: (this.#range.progress.all(from, last) as ProgressRow[]).map(progressOf),
      attempts: (this.#range.attempts.all(from, last) as AttemptRow[]).map(attemptOf),
    };
  }

  groups(jobId: string, afterNo: number): readonly CopiedGroup[] {
    const sql = 'SELECT * FROM failure_groups WHERE job_no = ? AND no > ? ORDER BY no LIMIT ?';
    return this.#db
      .prepare<[number, number, number], GroupRow>(sql)
      .all(this.#place(jobId).no, afterNo, PIECE_ROWS)
      .map((row) => ({
        no: row.no,
        fingerprint: row.fingerprint,
        refused: row.refused === 1,
        sample: row.sample,
        sampleSeq: row.sample_seq,
        count: row.count,
        firstMs: row.first_ms,
        lastMs: row.last_ms,
      }));
  }

  records(jobId: string, after: RecordPosition | undefined): readonly StoredRecord[] {
    const { no, first, last } = this.#place(jobId);
    const task = after === undefined ? first : taskId(no, after.seq);
    const found: StoredRecord[] = [];
    let chars = 0;
    for (const row of this.#records.iterate(task, after?.index ?? -1, last, PIECE_ROWS)) {
      found.push({ seq: seqOf(row.task), index: row.idx, json: row.json });
      chars += row.json.length;
      if (chars >= PIECE_CHARS) break;
    }
    return found;
  }

  log(jobId: string, after: number): readonly string[] {
    const { first, last } = this.#place(jobId);
    return this.#db
      .prepare<[number, number, number], string>(
        'SELECT places FROM record_log WHERE id > ? AND id <= ? ORDER BY id LIMIT ?',
      )
      .pluck()
      .all(first + after, last, LOG_ENTRIES);
  }

  answers(afterKey: string | undefined): readonly CopiedAnswer[] {
    interface Row {
      readonly key: string;
      readonly until_ms: number;
      readonly stored_ms: number;
      readonly job_no: number;
      readonly task: number;
    }
    return this.#db
      .prepare<[string | null, string | null, number], Row>(
        `SELECT key, until_ms, stored_ms, jobs.no AS job_no, task
         FROM cache JOIN jobs ON jobs.no = task >> 32
         WHERE ? IS NULL OR key > ? ORDER BY key LIMIT ?`,
      )
      .all(afterKey ?? null, afterKey ?? null, PIECE_ROWS)
      .map((row) => ({
        key: row.key,
        jobId: this.#jobIds.get(row.job_no) as string,
        seq: seqOf(row.task),
        untilMs: row.until_ms,
        storedMs: row.stored_ms,
      }));
  }

  lanes(afterKey: string | undefined): readonly CopiedLane[] {
    type Row = { readonly key: string; readonly memory: string; readonly at_ms: number };
    return this.#db
      .prepare<[string, number], Row>(
        'SELECT key, memory, at_ms FROM lane_memory WHERE key > ? ORDER BY key LIMIT ?',
      )
      .all(afterKey ?? '', PIECE_ROWS)
      .map((row) => ({ key: row.key as LaneKey, memory: row.memory, atMs: row.at_ms }));
  }

  entries(after: EntryName | undefined): readonly KeptEntry[] {
    const { tenant, name, key } = { ...after, name: after?.collection ?? '' };
    const found: KeptEntry[] = [];
    let chars = 0;
    // A collection after the other: each is a range of the index over keys.
    for (const collection of this.#collections(tenant ?? '', name)) {
      const from = collection.tenant === tenant && collection.name === name ? (key ?? '') : '';
      for (const row of this.#entries.iterate(collection.no, from, PIECE_ROWS)) {
        found.push(entryOf(collection.tenant, collection.name, row));
        chars += row.json.length;
        if (found.length >= PIECE_ROWS || chars >= PIECE_CHARS) return found;
      }
    }
    return found;
  }

  entryCount(): number {
    const sql = 'SELECT sum(entries) AS n FROM collections';
    return this.#db.prepare<[], { n: number | null }>(sql).get()?.n ?? 0;
  }

  #collections(tenant: string, name: string): readonly CollectionRow[] {
    return this.#db
      .prepare<[string, string], CollectionRow>(
        `SELECT no, tenant, name FROM collections WHERE (tenant, name) >= (?, ?)
         ORDER BY tenant, name`,
      )
      .all(tenant, name);
  }

  documents(after: Pick<Document, 'kind' | 'id'> | undefined): readonly Document[] {
    type Row = Omit<Document, 'updatedMs'> & { readonly updated_ms: number };
    const where = after === undefined ? '' : 'WHERE (kind, id) > (?, ?)';
    return this.#db
      .prepare<unknown[], Row>(`SELECT * FROM documents ${where} ORDER BY kind, id LIMIT ?`)
      .all(...(after === undefined ? [] : [after.kind, after.id]), PIECE_ROWS)
      .map(({ updated_ms: updatedMs, ...row }) => ({ ...row, updatedMs }));
  }

  epoch(): number {
    const row = this.#db.prepare<[], { last: number }>('SELECT last FROM epochs').get();
    return row?.last ?? 0;
  }

  #place(jobId: string): JobPlace {
    return this.#table.place(jobId);
  }
}

function endOf(row: EndRow): CopiedEnd {
  return {
    seq: seqOf(row.id),
    state: STATES.get(row.state) as CopiedEnd['state'],
    attemptNo: row.attempt_no,
    finishedMs: row.finished_ms,
    durationMs: row.duration_ms ?? undefined,
    failure: row.failure ?? undefined,
    group: row.failure_group ?? undefined,
    record: row.record ?? undefined,
  };
}

function attemptOf({ task, no, json }: AttemptRow): CopiedAttempt {
  return { seq: seqOf(task), no, json };
}

function progressOf(row: ProgressRow): CopiedProgress {
  const { throttled_ms: ms, throttled_at: atMs } = row;
  return {
    seq: seqOf(row.id),
    runAtMs: row.run_at ?? undefined,
    attemptNo: row.attempt_no,
    cursor: row.cursor ?? undefined,
    recordCount: row.record_count,
    failure: row.failure ?? undefined,
    throttled: ms === null || atMs === null ? undefined : { ms, atMs },
  };
}
