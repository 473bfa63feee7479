/** Opens a data directory as its owner, or beside the owner for reading. */
import { type Clock, systemClock } from '../../base/clock.ts';
import { SluiceError } from '../../base/errors.ts';
import { Connection, databaseFile, openDatabase, prepareFiles } from './connection.ts';
import { keepFresh, type OpenReader } from './fresh-reader.ts';
import { checkVersion, MIGRATIONS, migrate, schemaVersion } from './migrations.ts';
import { type OwnerLock, takeOwnerLock } from './owner-lock.ts';
import { checkReadable, isDenied, readError } from './read-error.ts';
import { restsUnwritable, watchRest } from './resting-database.ts';
import { storeError } from './sqlite-error.ts';
import { SqliteStore } from './sqlite-store.ts';

/** How long its owner may take to make a new database before a reader calls it in use. */
const MAKING_MS_MAX = 2_000;
const LOOK_AGAIN_MS = 20;

export interface SqliteStoreOptions {
  /** The data directory; made if missing, by an owner. */
  readonly path: string;
  /** `owner`: alone in writing, refused while another process is. `reader`: beside an owner. */
  readonly mode: 'owner' | 'reader';
  /** Only for yielding between the pieces of long work, and while a database is being made. */
  readonly clock?: Clock;
}

type OpenOptions = Omit<SqliteStoreOptions, 'mode'> & {
  readonly mode: SqliteStoreOptions['mode'] | 'resting';
};

/**
 * Rejects with `store.in_use`, `store.unwritable`, `store.full`, `store.corrupt`, `store.newer`
 * and, for a reader, `store.missing` and `store.unreadable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  try {
    return options.mode === 'owner' ? openOwner(options) : await openMade(options);
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

/** A reader comes between the making of the file and of its tables as well. */
async function openMade(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { path, clock = systemClock } = options;
  const untilMs = clock.monoMs() + MAKING_MS_MAX;
  for (;;) {
    try {
      return openReader(options);
    } catch (error) {
      const told = storeError(error, path);
      const isInUse = told instanceof SluiceError && told.code === 'store.in_use';
      if (!isInUse || clock.monoMs() > untilMs) throw told;
    }
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

function openReader(options: SqliteStoreOptions): SqliteStore {
  const open = () => openBeside(options);
  const opened = open();
  return opened.isStale ? keepFresh(opened, open) : opened.store;
}

function openBeside(options: SqliteStoreOptions): OpenReader {
  const { path } = options;
  checkReadable(path);
  const file = databaseFile(path);
  const rests = restsUnwritable(file);
  const isStale = watchRest(file);
  try {
    bringUpToDate(options, rests ? 'resting' : 'reader');
    if (rests) return { store: openStore({ ...options, mode: 'resting' }), isStale };
    return { store: openStore(options) };
  } catch (error) {
    // Whoever works there has begun or ended in the meantime.
    if (rests ? isStale() : restsUnwritable(file)) return openBeside(options);
    throw readError(error, path);
  }
}

/** A reader cannot bring an older database up to date, an owner of a moment can. */
function bringUpToDate(options: SqliteStoreOptions, mode: 'reader' | 'resting'): void {
  const db = openDatabase(options.path, mode);
  let version: number;
  try {
    version = schemaVersion(db);
  } finally {
    db.close();
  }
  if (version >= MIGRATIONS.length) return;
  let lock: OwnerLock;
  try {
    lock = takeOwnerLock(options.path);
  } catch (error) {
    if (!isDenied(error)) throw error;
    const detail = 'it is of an older Sluice, and a user who may write has to open it first';
    throw new SluiceError('store.unreadable', { path: options.path, detail }, { cause: error });
  }
  openStore({ ...options, mode: 'owner' }, lock).close();
}

function openStore(options: OpenOptions, lock?: OwnerLock): SqliteStore {
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
