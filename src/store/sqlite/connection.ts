/**
 * The one connection and its transactions. Durable when a transaction returns: WAL with
 * synchronous=FULL syncs the log at every commit. The WAL is bounded: it is checkpointed every 16
 * MiB and cut back after a large transaction.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { systemCode } from '../../base/errors.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { openResting } from './resting-database.ts';
import { storeError } from './sqlite-error.ts';

const DATABASE_FILE = 'sluice.db';
/** Of directories: for their owner alone. */
const PRIVATE = 0o700;
/** Pages of 4 KiB. */
const WAL_PAGES_MAX = 4_000;
const WAL_BYTES_KEPT = 32 * 2 ** 20;
/** More is the file cache of the system, and read from there about as quickly. */
const CACHE_KIB = 8_000;
/** Another process may be opening the log for reading; that takes milliseconds. */
const BUSY_MS = 1_000;

export class Connection {
  readonly db: Database.Database;
  /** The data directory, for messages. */
  readonly path: string;
  readonly #beginWrite: Database.Statement;
  readonly #beginRead: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;

  constructor(db: Database.Database, path: string) {
    this.db = db;
    this.path = path;
    this.#beginWrite = db.prepare('BEGIN IMMEDIATE');
    this.#beginRead = db.prepare('BEGIN');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** Runs `body` all or nothing; what it throws is told in the words of the error table. */
  write<T>(body: () => T): T {
    return this.#within(this.#beginWrite, body);
  }

  /** Runs several queries over one state of the database. */
  read<T>(body: () => T): T {
    return this.#within(this.#beginRead, body);
  }

  #within<T>(begin: Database.Statement, body: () => T): T {
    try {
      begin.run();
      const result = body();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.db.inTransaction) this.#rollback.run();
      throw storeError(error, this.path);
    }
  }
}

/**
 * A file in the data directory, readable by its owner alone. Throws as `node:fs` does.
 *
 * @param flush - whether it has to survive a power cut
 */
export function writeInput(
  directory: string,
  path: string,
  bytes: Uint8Array,
  flush: boolean,
): void {
  const file = join(directory, path);
  const options = { mode: 0o600, flush };
  try {
    writeFileSync(file, bytes, options);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    makeDirectory(dirname(file), PRIVATE);
    writeFileSync(file, bytes, options);
  }
}

/** Makes the directory and the file, readable by their owner alone, before SQLite does. */
export function prepareFiles(directory: string): void {
  makeDirectory(resolve(directory), PRIVATE);
  closeSync(openSync(join(directory, DATABASE_FILE), 'a', 0o600));
}

export function databaseFile(directory: string): string {
  return join(directory, DATABASE_FILE);
}

/**
 * Opens the database of `directory` with the settings that durability and speed ask for; `resting`:
 * one that nobody works in, for a reader who may not write.
 */
export function openDatabase(
  directory: string,
  mode: 'owner' | 'reader' | 'resting',
): Database.Database {
  const file = databaseFile(directory);
  const db =
    mode === 'resting'
      ? openResting(file)
      : new Database(file, {
          fileMustExist: true,
          readonly: mode === 'reader',
          timeout: BUSY_MS,
        });
  try {
    if (mode === 'owner') {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma(`wal_autocheckpoint = ${WAL_PAGES_MAX}`);
      db.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    }
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma('temp_store = MEMORY');
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
