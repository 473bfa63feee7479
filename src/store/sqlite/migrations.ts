/**
 * The schema, as the steps that lead to it. A step is never edited once released: a new one is
 * added. Each runs in a transaction of its own together with the number that says it ran.
 *
 * Task ids are `job number << 32 | row` (`task-id.ts`). A task without a row in `outcomes` is open;
 * `progress` exists only for tasks that wait or have come part of the way. The only record of a
 * task that ended at once, if it is small, stands in its outcome (as number 0) and not in
 * `records`: one row written instead of two. `record_log` has an entry for each commit of a batch
 * that added records of a job, with their places.
 */
import type { Database } from 'better-sqlite3';
import { SluiceError } from '../../base/errors.ts';

const FIRST = `
  CREATE TABLE jobs (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    idempotency_key TEXT,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    planned INTEGER NOT NULL DEFAULT 0,
    updated_ms REAL NOT NULL,
    finished_ms REAL,
    active_ms REAL NOT NULL DEFAULT 0,
    failure TEXT,
    row_count INTEGER NOT NULL DEFAULT 0,
    tasks INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    discarded INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    records INTEGER NOT NULL DEFAULT 0,
    failed_attempts INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX job_idempotency ON jobs (tenant, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE TABLE deleted_jobs (no INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    input TEXT,
    lane TEXT,
    key TEXT,
    key_hash INTEGER
  ) STRICT;
  CREATE INDEX task_lanes ON tasks (id >> 14, lane) WHERE lane IS NOT NULL;
  CREATE INDEX task_keys ON tasks (id >> 14, key_hash) WHERE key_hash IS NOT NULL;
  CREATE TABLE aliases (id INTEGER PRIMARY KEY, of_id INTEGER NOT NULL) STRICT;

  CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    attempt_no INTEGER NOT NULL,
    finished_ms REAL NOT NULL,
    duration_ms REAL,
    failure TEXT,
    failure_group INTEGER,
    record TEXT
  ) STRICT;
  CREATE INDEX outcome_failures ON outcomes (failure_group) WHERE failure_group IS NOT NULL;
  CREATE TABLE failure_groups (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    job_no INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    refused INTEGER NOT NULL,
    sample TEXT NOT NULL,
    sample_seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_ms REAL NOT NULL,
    last_ms REAL NOT NULL,
    UNIQUE (job_no, fingerprint, refused)
  ) STRICT;

  CREATE TABLE progress (
    id INTEGER PRIMARY KEY,
    run_at REAL,
    attempt_no INTEGER NOT NULL,
    cursor TEXT,
    record_count INTEGER NOT NULL,
    failure TEXT
  ) STRICT;
  CREATE INDEX progress_due ON progress (id >> 32, run_at) WHERE run_at IS NOT NULL;
  CREATE TABLE records (
    task INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (task, idx)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE cache (
    key TEXT PRIMARY KEY,
    until_ms REAL NOT NULL,
    stored_ms REAL NOT NULL,
    task INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX cache_expiry ON cache (until_ms);
  CREATE INDEX cache_tasks ON cache (task);
  CREATE TABLE lane_memory (
    key TEXT PRIMARY KEY,
    memory TEXT NOT NULL,
    at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lane_memory_age ON lane_memory (at_ms);
`;

const DOCUMENTS = `
  CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    json TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_ms REAL NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX document_tenants ON documents (kind, tenant, id);
  CREATE TABLE epochs (last INTEGER NOT NULL) STRICT;
  INSERT INTO epochs (last) VALUES (0);
  CREATE INDEX job_collectors ON jobs (json_extract(spec, '$.collector'), id);
`;

const THROTTLED = `
  ALTER TABLE progress ADD COLUMN throttled_ms REAL;
  ALTER TABLE progress ADD COLUMN throttled_at REAL;
`;

/** Few rows are in them: what is completed, which is most, is not. */
const OUTCOME_STATES = `
  CREATE INDEX outcome_states ON outcomes (state) WHERE state > 1;
  CREATE INDEX progress_waiting ON progress (id >> 32) WHERE run_at IS NOT NULL;
`;

const ENTRIES = `
  CREATE TABLE collections (
    no INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    entries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, name)
  ) STRICT;
  CREATE TABLE entries (
    no INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL,
    key TEXT NOT NULL,
    json TEXT NOT NULL,
    job_id TEXT NOT NULL,
    first_ms REAL NOT NULL,
    changed_ms REAL NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (collection, key)
  ) STRICT;
`;

/**
 * Ids are `job number << 32 | entry`. What was there before has its entries in the order of rows:
 * nobody has read it in another.
 */
const RECORD_LOG = `
  CREATE TABLE record_log (id INTEGER PRIMARY KEY, places TEXT NOT NULL) STRICT;
  INSERT INTO record_log (id, places)
    SELECT (job << 32) + row_number() OVER (PARTITION BY job ORDER BY piece), places FROM (
      SELECT id >> 32 AS job, id >> 10 AS piece, group_concat(place, ' ') AS places FROM (
        SELECT id, (id & 0xffffffff) || '' AS place FROM outcomes WHERE record IS NOT NULL
        UNION ALL SELECT task, (task & 0xffffffff) || ':' || idx FROM records
      ) GROUP BY piece
    );
`;

/**
 * A record that is kept as it is has no text of its own while the entry has that text: `entry`
 * leads to it, and the entry's `task` and `idx` lead back, for when it changes or goes.
 */
const SHARED_TEXTS = `
  ALTER TABLE records ADD COLUMN entry INTEGER;
  ALTER TABLE entries ADD COLUMN task INTEGER;
  ALTER TABLE entries ADD COLUMN idx INTEGER;
  CREATE VIEW record_texts AS SELECT task, idx,
    iif(entry IS NULL, json, (SELECT e.json FROM entries e WHERE e.no = records.entry)) AS json
    FROM records;
`;

const ATTEMPTS = `
  CREATE TABLE attempts (
    task INTEGER NOT NULL,
    no INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (task, no)
  ) STRICT, WITHOUT ROWID;
`;

/** Attempts of a job by when they began; few are kept, so an index more costs little. */
const ATTEMPTS_BY_TIME = `
  CREATE INDEX attempts_by_time ON attempts (task >> 32, json ->> 'startedMs', task, no);
`;

/**
 * Records in the order in which they come, and an index of their places. Kept in the index itself,
 * a text above a quarter of a page (1,002 bytes, fewer than most records of a website) went to a
 * page of its own: twice the disk, and twice the bytes written.
 */
const RECORDS_AS_THEY_COME = `
  DROP VIEW record_texts;
  ALTER TABLE records RENAME TO records_by_place;
  CREATE TABLE records (
    task INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    json TEXT NOT NULL,
    entry INTEGER,
    PRIMARY KEY (task, idx)
  ) STRICT;
  INSERT INTO records (task, idx, json, entry)
    SELECT task, idx, json, entry FROM records_by_place ORDER BY task, idx;
  DROP TABLE records_by_place;
  CREATE VIEW record_texts AS SELECT task, idx,
    iif(entry IS NULL, json, (SELECT e.json FROM entries e WHERE e.no = records.entry)) AS json
    FROM records;
`;

export const MIGRATIONS: readonly string[] = [
  FIRST,
  DOCUMENTS,
  THROTTLED,
  OUTCOME_STATES,
  ENTRIES,
  RECORD_LOG,
  SHARED_TEXTS,
  ATTEMPTS,
  ATTEMPTS_BY_TIME,
  RECORDS_AS_THEY_COME,
];

export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** Refuses a database that a newer version has written (`store.newer`). */
export function checkVersion(db: Database, path: string, known = MIGRATIONS.length): void {
  const found = schemaVersion(db);
  if (found > known) throw new SluiceError('store.newer', { path, found, known });
}

/** Brings the database up to the last of `steps`, each in its own transaction. */
export function migrate(db: Database, steps: readonly string[] = MIGRATIONS): void {
  for (let version = schemaVersion(db); version < steps.length; version += 1) {
    db.transaction(() => {
      db.exec(steps[version] as string);
      db.pragma(`user_version = ${version + 1}`);
    }).immediate();
  }
}
