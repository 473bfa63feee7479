/**
 * In which order records were committed. The place of a record (row, index) says where it comes
 * from; rows end in any order, so who wants what is new cannot go by places. So each commit also
 * logs the places of the records that it has added: entries of one writer are numbered without
 * gaps, in the order in which they are committed, because a writer has one commit under way at a
 * time. Nothing can appear behind a reader: at most a writer that it has not met yet.
 *
 * A position is text: of each writer the entry to read next, and how many of its records are read.
 */
import type { RecordFile, RecordFilePart, RecordFileShape } from '../model/record-file.ts';
import type { RecordPosition, StoredRecord } from './store.ts';
import { PAGE_CHARS_MAX } from './store-rules.ts';

export interface LogEntry {
  /** Who wrote it; 0 where there is only one. */
  readonly holder: number;
  /** 1, 2, … of this holder and job. */
  readonly no: number;
  /** See `PlaceList`. */
  readonly places: string;
}

/** By holder. */
export type LogPosition = ReadonlyMap<number, LogPlace>;

interface LogPlace {
  /** Of the entry. */
  readonly no: number;
  /** Its records that are behind the reader. */
  readonly at: number;
}

/** Records of one entry at most: who reads one reads all of its places. */
const ENTRY_RECORDS = 2_000;

/**
 * Places as text, in their order, a space between them: `7` is record 0 of row 7, `7-9` record 0 of
 * rows 7 to 9, `7:2` record 2 of row 7, `7:2+3` records 2, 3 and 4. Before them is when they were
 * committed: `@` and ms of wall time to the base of 36. Entries of earlier versions do without.
 */
export class PlaceList {
  readonly #done: string[] = [];
  #parts: string[] = [];
  #records = 0;
  /** Consecutive rows with a record 0 each, not yet among the parts. */
  #first = -1;
  #last = -1;

  add(seq: number, index: number, count: number): void {
    if (index === 0 && count === 1) {
      if (seq !== this.#last + 1 || this.#first === -1) {
        this.#endRun();
        this.#first = seq;
      }
      this.#last = seq;
      this.#grow(1);
      return;
    }
    for (let from = index; from < index + count; ) {
      const most = Math.min(index + count - from, ENTRY_RECORDS - this.#records);
      this.#endRun();
      this.#parts.push(most === 1 ? `${seq}:${from}` : `${seq}:${from}+${most}`);
      this.#grow(most);
      from += most;
    }
  }

  /** The texts of the entries, as of `atMs` (wall time); none where nothing was added. */
  entries(atMs: number): readonly string[] {
    this.#endEntry();
    return this.#done.map((places) => `@${atMs.toString(36)} ${places}`);
  }

  #grow(by: number): void {
    this.#records += by;
    if (this.#records >= ENTRY_RECORDS) this.#endEntry();
  }

  #endRun(): void {
    if (this.#first === -1) return;
    const one = this.#first === this.#last;
    this.#parts.push(one ? `${this.#first}` : `${this.#first}-${this.#last}`);
    this.#first = -1;
  }

  #endEntry(): void {
    this.#endRun();
    if (this.#parts.length > 0) this.#done.push(this.#parts.join(' '));
    this.#parts = [];
    this.#records = 0;
  }
}

/** All places of an entry, in order. */
export function placesIn(text: string): RecordPosition[] {
  const places: RecordPosition[] = [];
  for (const part of text.split(' ')) {
    if (part.startsWith('@')) continue;
    const colon = part.indexOf(':');
    if (colon === -1) {
      const [first = '', last = first] = part.split('-');
      for (let seq = Number(first); seq <= Number(last); seq += 1) places.push({ seq, index: 0 });
      continue;
    }
    const seq = Number(part.slice(0, colon));
    const [from = '', count = '1'] = part.slice(colon + 1).split('+');
    for (let i = 0; i < Number(count); i += 1) places.push({ seq, index: Number(from) + i });
  }
  return places;
}

/** When the records of an entry were committed, wall ms; 0 where it does not say. */
function atMsOf(text: string): number {
  return text.startsWith('@') ? Number.parseInt(text.slice(1, text.indexOf(' ')), 36) : 0;
}

const START: LogPlace = { no: 1, at: 0 };

/** `undefined` is the beginning. */
export function logPosition(text: string | undefined): LogPosition {
  const position = new Map<number, LogPlace>();
  for (const part of text ? text.split(',') : []) {
    const [holder, no = 1, at = 0] = part.split(/[:.]/).map(Number);
    position.set(holder as number, { no, at });
  }
  return position;
}

export function positionText(position: LogPosition): string {
  return [...position]
    .sort(([a], [b]) => a - b)
    .map(([holder, { no, at }]) => `${holder}:${no}.${at}`)
    .join();
}

/** From which entry of a holder on there may be something to read. */
export function entryFrom(position: LogPosition, holder: number): number {
  return (position.get(holder) ?? START).no;
}

export interface LogQuery {
  /** A `next` of before; undefined = from the beginning. */
  readonly after?: string;
  /** A `next` of before: nothing behind it is read. */
  readonly upTo?: string;
  /** Whether a file of records may be answered as it is. */
  readonly files?: boolean;
  readonly limit: number;
}

export interface LoggedRecord extends StoredRecord {
  /** When it was committed, wall ms; 0 = unknown. */
  readonly atMs: number;
}

export interface LoggedRecords {
  readonly records: readonly LoggedRecord[];
  /** What comes next instead of them, where files were asked for. */
  readonly file?: LoggedFile;
  /** Behind them. */
  readonly next: string;
}

/** Records of one part of a file, all of one row. */
export interface LoggedFile extends RecordFileShape, Pick<RecordFile, 'lineBytes' | 'breaks'> {
  readonly part: RecordFilePart;
  /** When it was committed, as of a `LoggedRecord`. */
  readonly atMs: number;
  readonly seq: number;
  /** The number of the file's record 0 in its row. */
  readonly first: number;
  /** Numbers within the file; the second is not in it. */
  readonly from: number;
  readonly to: number;
}

/** The places to read, from entries in the order of (holder, no). */
export function placesToRead(
  entries: readonly LogEntry[],
  query: LogQuery,
): readonly (RecordPosition & LogEnd)[] {
  const from = logPosition(query.after);
  const end = query.upTo === undefined ? undefined : logPosition(query.upTo);
  const found: (RecordPosition & LogEnd)[] = [];
  for (const { holder, no, places: text } of entries) {
    const start = from.get(holder) ?? START;
    const stop = end === undefined ? undefined : (end.get(holder) ?? START);
    if (no < start.no || (stop && no > stop.no)) continue;
    const places = placesIn(text);
    const atMs = atMsOf(text);
    const last = stop?.no === no ? Math.min(stop.at, places.length) : places.length;
    for (let at = no === start.no ? start.at : 0; at < last; at += 1) {
      if (found.length >= query.limit) return found;
      const { seq, index } = places[at] as RecordPosition;
      const whole = at + 1 === places.length;
      const behind = { no: whole ? no + 1 : no, at: whole ? 0 : at + 1 };
      found.push({ seq, index, atMs, holder, ...behind });
    }
  }
  return found;
}

/** The position behind one place, and when its record was committed. */
interface LogEnd extends LogPlace {
  readonly atMs: number;
  readonly holder: number;
}

/** What is read of the places, as far as one answer goes; `json` undefined = it is gone. */
export function loggedRecords(
  places: readonly (RecordPosition & LogEnd)[],
  json: (place: RecordPosition) => string | undefined,
  after: string | undefined,
): LoggedRecords {
  const position = new Map(logPosition(after));
  const records: LoggedRecord[] = [];
  let chars = 0;
  for (const place of places) {
    const text = json(place);
    position.set(place.holder, { no: place.no, at: place.at });
    if (text === undefined) continue;
    records.push({ seq: place.seq, index: place.index, json: text, atMs: place.atMs });
    chars += text.length;
    if (chars >= PAGE_CHARS_MAX) break;
  }
  return { records, next: positionText(position) };
}
