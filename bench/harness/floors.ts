/** What cannot be gone below: a bare commit, as durable as the product's, and a bare answer. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';

const ROW = 'x'.repeat(500);

/** Of which a part is, by rank. */
export function part(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** `p50 1.20 p95 3.40 ms`. */
export function inWords(times: readonly number[]): string {
  return `p50 ${part(times, 0.5).toFixed(2)} p95 ${part(times, 0.95).toFixed(2)} ms`;
}

export async function timed(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** One row in SQLite, synced as the product's log is. */
export function sqliteFloor(directory: string): { commit(): void; close(): void } {
  mkdirSync(directory, { recursive: true });
  const db = new Database(join(directory, 'floor.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE floor (text TEXT)');
  const insert = db.prepare('INSERT INTO floor VALUES (?)');
  return { commit: () => insert.run(ROW), close: () => db.close() };
}

export interface PostgresFloor {
  commit(): Promise<unknown>;
  /** A statement that finds nothing: there and back. */
  look(): Promise<unknown>;
  close(): Promise<void>;
}

/** One row in Postgres, over one connection. */
export async function postgresFloor(url: string): Promise<PostgresFloor> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE floor (text TEXT)');
  const text = 'INSERT INTO floor VALUES ($1)';
  return {
    commit: () => client.query({ name: 'floor', text, values: [ROW] }),
    look: () => client.query({ name: 'look', text: 'SELECT 1 WHERE false', values: [] }),
    close: () => client.end(),
  };
}
