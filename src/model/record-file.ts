/**
 * A file of records: many records of one row, as lines of text instead of as texts in the store. A
 * page that has one is committed like any other; what the store holds of it is one short text that
 * stands for all of them.
 *
 * Lines are UTF-8 and end in LF, cells are parted by tabs; a cell with a quote or a line end is
 * quoted as in CSV. The first cell is the record's place in the file; fields count cells from the
 * second on. An empty cell is a property that the record does not have.
 */
import { PageOfParts, type PageParts } from './page-of-parts.ts';

export interface RecordFileShape {
  /** Cells of a line behind its number. */
  readonly cells: number;
  /** Properties in the order in which records have them. */
  readonly fields: readonly RecordField[];
}

export type RecordField =
  /** The same in all records. */
  | { readonly property: string; readonly text: string }
  | { readonly property: string; readonly cell: number; readonly as: CellKind }
  /** What a cell says; where it is empty, texts and cells one behind the other. */
  | {
      readonly property: string;
      readonly cell: number;
      readonly joined: readonly (string | number)[];
    };

/** `lines`: text in which `!N` stands for a line end. `json`: JSON text of an array or an object. */
export type CellKind = 'text' | 'lines' | 'number' | 'json';

export interface RecordFilePart {
  /** Below the folder of record files. */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface RecordFile extends RecordFileShape {
  readonly parts: readonly RecordFilePart[];
  /** Of all parts, at least 1. */
  readonly rows: number;
  /** Longest line, bytes. */
  readonly lineBytes: number;
  /** Whether a line end may stand inside of a cell. */
  readonly breaks: boolean;
}

/** A file that is being written. */
export interface RecordFileWriter {
  /** Whole lines, numbered on from 0. Rejects with `files.*`; `bytes` may be used again then. */
  write(bytes: Uint8Array, rows: number): Promise<void>;
  /** The parts, durable. */
  finish(): Promise<readonly RecordFilePart[]>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** Begins files: one at a time of a row, which has the records behind those it has so far. */
export interface RecordFileKeeper {
  begin(): Promise<RecordFileWriter>;
}

export interface FilePageParts<Cursor> extends PageParts<Cursor> {
  readonly file: RecordFile;
}

/** A page with a file instead of records. It has a cursor: what is in a file is brought once. */
export class FilePage<Cursor = unknown> extends PageOfParts<Cursor, FilePageParts<Cursor>> {
  with(more: Partial<PageParts<Cursor>>): FilePage<Cursor> {
    return new FilePage({ ...this.parts, ...more });
  }
}

/** No JSON text begins so: no record can be taken for it. */
const MARK = '!file ';

/** What the store holds, under the number of the last record. */
export function fileText(file: RecordFile): string {
  return MARK + JSON.stringify(file);
}

export function isFileText(text: string): boolean {
  return text.startsWith(MARK);
}

export function fileIn(text: string): RecordFile {
  return JSON.parse(text.slice(MARK.length)) as RecordFile;
}
