/** Which records were committed after which: see `record-log.ts`. */
import type { Database, Statement } from 'better-sqlite3';
import {
  entryFrom,
  type LoggedRecords,
  type LogQuery,
  loggedRecords,
  logPosition,
  placesToRead,
} from '../record-log.ts';
import type { RecordPosition } from '../store.ts';
import type { JobPlace } from './job-table.ts';
import { firstTaskId, lastTaskId, seqOf, taskId } from './task-id.ts';

/** Entries looked at for one answer: most have some hundreds of records. */
const ENTRIES_MAX = 8;
/** There is one writer. */
const HOLDER = 0;

export class RecordLogTable {
  readonly #last: Statement<[number, number], number | null>;
  readonly #insert: Statement<[number, string]>;
  readonly #entries: Statement<[number, number, number], { id: number; places: string }>;
  readonly #inline: Statement<[number], string | null>;
  readonly #record: Statement<[number, number], string>;

  constructor(db: Database) {
    this.#last = db
      .prepare<[number, number], number | null>(
        'SELECT max(id) FROM record_log WHERE id BETWEEN ? AND ?',
      )
      .pluck();
    this.#insert = db.prepare('INSERT INTO record_log (id, places) VALUES (?, ?)');
    this.#entries = db.prepare(
      'SELECT id, places FROM record_log WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?',
    );
    this.#inline = db
      .prepare<[number], string | null>('SELECT record FROM outcomes WHERE id = ?')
      .pluck();
    this.#record = db
      .prepare<[number, number], string>('SELECT json FROM record_texts WHERE task = ? AND idx = ?')
      .pluck();
  }

  /** Within the transaction that adds the records. */
  append(jobNo: number, entries: readonly string[]): void {
    if (entries.length === 0) return;
    const first = firstTaskId(jobNo);
    let id = this.#last.get(first, lastTaskId(jobNo)) ?? first;
    for (const places of entries) {
      id += 1;
      this.#insert.run(id, places);
    }
  }

  /** Within one read of the database. */
  read(place: JobPlace, query: LogQuery): LoggedRecords {
    const from = taskId(place.no, entryFrom(logPosition(query.after), HOLDER));
    const entries = this.#entries.all(from, place.last, Math.min(ENTRIES_MAX, query.limit));
    const places = placesToRead(
      entries.map((row) => ({ holder: HOLDER, no: seqOf(row.id), places: row.places })),
      query,
    );
    const json = ({ seq, index }: RecordPosition) => {
      const id = taskId(place.no, seq);
      const inline = index === 0 ? this.#inline.get(id) : undefined;
      return inline ?? this.#record.get(id, index);
    };
    return loggedRecords(places, json, query.after);
  }
}
