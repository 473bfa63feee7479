/**
 * The least that durable work costs: a loop over the rows that inserts tasks, and one that inserts
 * outcomes and 500-byte results, in batches of 500, each a transaction that survives power loss.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';

export interface BareSqlite {
  readonly directory: string;
  readonly rows: number;
}

export interface BareSqliteDone {
  readonly rows: number;
  readonly wallMs: number;
}

const BATCH = 500;
const RESULT = JSON.stringify({ text: 'x'.repeat(489) });

function run({ directory, rows }: BareSqlite): BareSqliteDone {
  const db = new Database(join(directory, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE tasks (seq INTEGER PRIMARY KEY, input TEXT NOT NULL);
    CREATE TABLE outcomes (seq INTEGER PRIMARY KEY, state INTEGER NOT NULL, at REAL NOT NULL);
    CREATE TABLE results (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
  `);
  const task = db.prepare('INSERT INTO tasks VALUES (?, ?)');
  const outcome = db.prepare('INSERT INTO outcomes VALUES (?, 1, ?)');
  const result = db.prepare('INSERT INTO results VALUES (?, ?)');
  const inBatches = (each: (seq: number) => void) => {
    for (let from = 0; from < rows; from += BATCH) {
      db.exec('BEGIN IMMEDIATE');
      for (let seq = from; seq < Math.min(rows, from + BATCH); seq += 1) each(seq);
      db.exec('COMMIT');
    }
  };
  const startedMs = performance.now();
  inBatches((seq) => {
    task.run(seq, JSON.stringify({ id: String(seq), name: `Row ${seq}` }));
  });
  inBatches((seq) => {
    outcome.run(seq, Date.now());
    result.run(seq, RESULT);
  });
  const wallMs = performance.now() - startedMs;
  const written = db.prepare('SELECT count(*) AS n FROM results').get() as { n: number };
  db.close();
  return { rows: written.n, wallMs };
}

const input = JSON.parse(process.argv.at(-1) ?? '') as BareSqlite;
process.stdout.write(`${JSON.stringify(run(input))}\n`);
