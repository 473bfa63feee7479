/**
 * A database that nobody works in, read without its log. SQLite makes a log (`-wal`) and its index
 * (`-shm`) even for looking, which a user cannot who may only read the data directory; and where
 * that user could, the owner could not write to them. While there is no log, the file is the whole
 * database: Node's own SQLite reads it as `immutable`, which the package that is used elsewhere has
 * no way to ask for. This gives it the shape of that package, as far as readers use it.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type Database from 'better-sqlite3';

/** SQLite's primary result codes that are told apart. */
const CODES: ReadonlyMap<number, string> = new Map([
  [3, 'SQLITE_PERM'],
  [5, 'SQLITE_BUSY'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [14, 'SQLITE_CANTOPEN'],
  [26, 'SQLITE_NOTADB'],
]);

/** Whether nobody works in the database at `file`, and this user could not make its log. */
export function restsUnwritable(file: string): boolean {
  return logBytes(file) === 0 && !(mayWrite(file) && mayWrite(dirname(file)));
}

/** Tells whether the database at `file` has been written, or has a log, since this was called. */
export function watchRest(file: string): () => boolean {
  const before = traceOf(file);
  return () => logBytes(file) > 0 || traceOf(file) !== before;
}

/** Opens the database at `file` as it is now; what is read after a change may be anything. */
export function openResting(file: string): Database.Database {
  const db = told(() => {
    // Loaded where it is needed only: every process with a store passes here.
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const url = pathToFileURL(file);
    url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, { readOnly: true });
  });
  const resting = {
    name: file,
    readonly: true,
    open: true,
    get inTransaction() {
      return db.isTransaction;
    },
    prepare: (sql: string) => new RestingStatement(() => db.prepare(sql)),
    pragma(text: string, options: { readonly simple?: boolean } = {}) {
      const rows = told(() => db.prepare(`PRAGMA ${text}`).all());
      return options.simple ? Object.values(rows[0] ?? {})[0] : rows;
    },
    exec: (sql: string) => told(() => db.exec(sql)),
    close: () => told(() => db.close()),
  };
  // Of the rest of its surface readers use nothing.
  return resting as unknown as Database.Database;
}

class RestingStatement {
  /** Prepared when it is used: Node's SQLite does not know each statement that writes. */
  readonly #prepare: () => StatementSync;
  #prepared: StatementSync | undefined;
  #plucks = false;

  constructor(prepare: () => StatementSync) {
    this.#prepare = prepare;
  }

  pluck(): this {
    this.#plucks = true;
    return this;
  }

  get(...values: SQLInputValue[]): unknown {
    const row = told(() => this.#statement().get(...values));
    return row === undefined ? undefined : this.#shown(row);
  }

  all(...values: SQLInputValue[]): unknown[] {
    return told(() => this.#statement().all(...values)).map((row) => this.#shown(row));
  }

  *iterate(...values: SQLInputValue[]): Generator<unknown> {
    const rows = told(() => this.#statement().iterate(...values));
    try {
      for (;;) {
        const next = told(() => rows.next());
        if (next.done) return;
        yield this.#shown(next.value);
      }
    } finally {
      rows.return?.();
    }
  }

  run(...values: SQLInputValue[]): unknown {
    return told(() => this.#statement().run(...values));
  }

  #statement(): StatementSync {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  #shown(row: object): unknown {
    return this.#plucks ? Object.values(row)[0] : row;
  }
}

/** Gives errors the names that SQLite has for them. */
function told<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { errcode } = error as { readonly errcode?: number };
    const code = errcode === undefined ? undefined : CODES.get(errcode & 0xff);
    if (error instanceof Error && code !== undefined) throw Object.assign(error, { code });
    throw error;
  }
}

function logBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function traceOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? [found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : '';
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
