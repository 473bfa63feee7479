/**
 * The schema, as the steps that lead to it. A step is never edited once released: a new one is
 * added. Any number of nodes may start at once: one of them takes the steps, in one transaction,
 * the others wait for it.
 */
import { SluiceError } from '../../base/errors.ts';
import { CLUSTER } from './cluster-schema.ts';
import type { Database, RunSql } from './database.ts';
import {
  ATTEMPTS,
  ATTEMPTS_BY_TIME,
  END_PACKS,
  ENTRIES,
  FIRST,
  RECORD_LOG,
  SHARDS_BEGUN,
  TASK_PACKS,
} from './schema.ts';

export interface Migration {
  readonly sql: string;
  /** Nodes of the version before this step may go on working beside those of the next. */
  readonly compatible: boolean;
}

export const MIGRATIONS: readonly Migration[] = [
  { sql: FIRST, compatible: false },
  { sql: CLUSTER, compatible: false },
  { sql: ENTRIES, compatible: true },
  // A node that knows nothing of it would add records that nobody is told of.
  { sql: RECORD_LOG, compatible: false },
  { sql: ATTEMPTS, compatible: true },
  { sql: ATTEMPTS_BY_TIME, compatible: true },
  // A node that knows nothing of it would do again what is in a pack.
  { sql: END_PACKS, compatible: false },
  { sql: TASK_PACKS, compatible: false },
  { sql: SHARDS_BEGUN, compatible: true },
];

/** Any number that nobody else locks. */
const LOCK = 5_310_730_216;

/**
 * Brings the database up to the last of `steps`. Rejects with `store.newer` where a newer version
 * has written it, but for one step more that is marked as compatible.
 */
export async function migrate(database: Database, steps = MIGRATIONS): Promise<void> {
  await database.migrate(async (run) => {
    if (await isCurrent(run, steps.length, database.name)) return;
    await run('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    // Another node may have taken the steps in between.
    if (await isCurrent(run, steps.length, database.name)) return;
    const taken = (await stepsTaken(run)).length;
    if (taken === 0) {
      await run('CREATE SCHEMA IF NOT EXISTS sluice');
      await run(`CREATE TABLE migrations (
        version integer PRIMARY KEY,
        compatible boolean NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    }
    for (const [i, { sql, compatible }] of steps.entries()) {
      if (i < taken) continue;
      await run(sql);
      const values = [i + 1, compatible];
      await run('INSERT INTO migrations (version, compatible) VALUES ($1, $2)', values);
    }
  });
}

async function isCurrent(run: RunSql, known: number, name: string): Promise<boolean> {
  const taken = await stepsTaken(run);
  const found = taken.length;
  if (found > known + 1 || (found === known + 1 && taken[known] === false)) {
    throw new SluiceError('store.newer', { path: name, found, known });
  }
  return found >= known;
}

/** Of each step in order, whether it is compatible. */
async function stepsTaken(run: RunSql): Promise<readonly boolean[]> {
  // Not `to_regclass`: it may answer from before the wait for the lock.
  const found = await run(
    "SELECT 1 FROM pg_tables WHERE schemaname = 'sluice' AND tablename = 'migrations'",
  );
  if (found.length === 0) return [];
  const taken = await run('SELECT compatible FROM sluice.migrations ORDER BY version');
  return taken.map((row) => row.compatible === true);
}
