/** Opens a data directory as its owner, or beside the owner for reading. */
import { type Clock, systemClock } from '../../base/clock.ts';
import { Connection, openDatabase, prepareFiles } from './connection.ts';
import { checkVersion, MIGRATIONS, migrate, schemaVersion } from './migrations.ts';
import { type OwnerLock, takeOwnerLock } from './owner-lock.ts';
import { storeError } from './sqlite-error.ts';
import { SqliteStore } from './sqlite-store.ts';

export interface SqliteStoreOptions {
  /** The data directory; made if missing, by an owner. */
  readonly path: string;
  /** `owner`: alone in writing, refused while another process is. `reader`: beside an owner. */
  readonly mode: 'owner' | 'reader';
  /** Only for yielding between the pieces of long work. */
  readonly clock?: Clock;
}

/**
 * Rejects with `store.in_use`, `store.unwritable`, `store.full`, `store.corrupt`, `store.newer`
 * and, for a reader, `store.missing`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  try {
    return options.mode === 'owner' ? openOwner(options) : openReader(options);
  } catch (error) {
    throw storeError(error, options.path);
  }
}

function openOwner(options: SqliteStoreOptions): SqliteStore {
  prepareFiles(options.path);
  const lock = takeOwnerLock(options.path);
  try {
    const store = openStore(options, lock);
    store.purgeLeftovers().catch(() => {
      // It goes on at the next start; whatever keeps it from writing is met by a commit as well.
    });
    return store;
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openReader(options: SqliteStoreOptions): SqliteStore {
  const db = openDatabase(options.path, 'reader');
  let version: number;
  try {
    version = schemaVersion(db);
  } finally {
    db.close();
  }
  // A reader cannot bring an older database up to date, an owner of a moment can.
  if (version < MIGRATIONS.length) {
    const lock = takeOwnerLock(options.path);
    openStore({ ...options, mode: 'owner' }, lock).close();
  }
  return openStore(options);
}

function openStore(options: SqliteStoreOptions, lock?: OwnerLock): SqliteStore {
  const { path, mode, clock = systemClock } = options;
  const db = openDatabase(path, mode);
  try {
    checkVersion(db, path);
    if (mode === 'owner') migrate(db);
    const connection = new Connection(db, path);
    const onClosed = () => lock?.release();
    return new SqliteStore({ connection, clock, onClosed });
  } catch (error) {
    db.close();
    throw error;
  }
}
