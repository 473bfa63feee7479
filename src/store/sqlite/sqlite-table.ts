/**
 * A table as a SQLite file. It is made in a temporary file, which is then read from its beginning
 * and removed: a database is no stream.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Cell, ColumnType, TableColumn, TableSink } from '../../model/table.ts';

const BATCH_ROWS = 2_000;
const BATCH_CHARS = 16 * 2 ** 20;

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'TEXT',
  json: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'INTEGER',
  time: 'TEXT',
};

export class SqliteTable implements TableSink {
  readonly #directory: string;
  readonly #write: (chunk: Buffer) => Promise<void>;
  readonly #sqlite: Sqlite.Database;
  readonly #insert: Sqlite.Statement;
  #batch: (string | number | null)[][] = [];
  #chars = 0;
  #bytes = 0;

  private constructor(
    directory: string,
    name: string,
    columns: readonly TableColumn[],
    write: (chunk: Buffer) => Promise<void>,
  ) {
    this.#directory = directory;
    this.#write = write;
    this.#sqlite = new Sqlite(join(directory, 'table'));
    // Nobody else sees the file, and after a crash it is made anew.
    this.#sqlite.pragma('journal_mode = OFF');
    this.#sqlite.pragma('synchronous = OFF');
    const names = sqliteNames(columns).map(quoted);
    const typed = columns.map(({ type }, at) => `${names[at]} ${TYPES[type]}`);
    this.#sqlite.exec(`CREATE TABLE ${quoted(name)} (${typed.join(', ')})`);
    const places = columns.map(() => '?').join(', ');
    this.#insert = this.#sqlite.prepare(`INSERT INTO ${quoted(name)} VALUES (${places})`);
  }

  /** `write` gets the file, piece by piece, once the table is complete. */
  static async open(
    name: string,
    columns: readonly TableColumn[],
    write: (chunk: Buffer) => Promise<void>,
  ): Promise<SqliteTable> {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-table-'));
    try {
      return new SqliteTable(directory, name, columns, write);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get full(): boolean {
    return this.#batch.length >= BATCH_ROWS || this.#chars >= BATCH_CHARS;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(cells: readonly Cell[]): void {
    for (const cell of cells) if (typeof cell === 'string') this.#chars += cell.length;
    this.#batch.push(cells.map(sqliteValue));
  }

  async flush(): Promise<void> {
    this.#sqlite.transaction(() => {
      for (const row of this.#batch) this.#insert.run(row);
    })();
    this.#batch = [];
    this.#chars = 0;
  }

  async finish(): Promise<void> {
    try {
      await this.flush();
      this.#sqlite.close();
      for await (const chunk of createReadStream(join(this.#directory, 'table'))) {
        await this.#write(chunk as Buffer);
        this.#bytes += (chunk as Buffer).length;
      }
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    this.#sqlite.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** SQLite takes `a` and `A` for the same column. */
function sqliteNames(columns: readonly TableColumn[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${name}_${number}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function sqliteValue(cell: Cell): string | number | null {
  if (cell === undefined) return null;
  return typeof cell === 'boolean' ? Number(cell) : cell;
}
