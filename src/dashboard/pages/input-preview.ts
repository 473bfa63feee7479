/**
 * The beginning of a file or of pasted text as rows, for a look before it is sent. What counts is
 * how the server reads it; this is the same in all usual cases.
 */

export interface Preview {
  readonly format: 'csv' | 'jsonl' | 'text';
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** False for bytes that are no text here: nothing of them is shown, and rows are not counted. */
  readonly isText: boolean;
}

export const PREVIEW_ROWS = 20;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** `whole`: whether the text is all there is; else its last row may be half a one. */
export function previewOf(text: string, whole: boolean): Preview {
  if (text.includes('\0')) {
    return { format: 'text', delimiter: '', columns: [], rows: [], isText: false };
  }
  const plain = text.replace(/^\ufeff/, '');
  const lines = plain.split(/\r\n|\n|\r/);
  const first = lines.find((line) => line.trim() !== '') ?? '';
  if (first.trimStart().startsWith('{')) return jsonPreview(lines, whole);
  const delimiter = delimiterOf(first);
  const all = cut(readCells(plain, delimiter ?? '\n'), whole);
  const [head = [], ...rows] = all;
  const known = { delimiter: delimiter ?? '', isText: true };
  if (delimiter === undefined && !isName(head[0] ?? '')) {
    return { ...known, format: 'text', columns: [], rows: all.slice(0, PREVIEW_ROWS) };
  }
  const format = delimiter === undefined ? 'text' : 'csv';
  return { ...known, format, columns: head, rows: rows.slice(0, PREVIEW_ROWS) };
}

/** A heading rather than a value. */
function isName(cell: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_ -]{0,60}$/u.test(cell.trim());
}

function delimiterOf(line: string): string | undefined {
  const counts = DELIMITERS.map((each) => line.split(each).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? undefined : DELIMITERS[counts.indexOf(most)];
}

function cut(rows: string[][], whole: boolean): string[][] {
  return whole || rows.length < 3 ? rows : rows.slice(0, -1);
}

/** Cells in quotes may hold anything, line breaks as well; a quote in them is doubled. */
function readCells(text: string, delimiter: string, most = PREVIEW_ROWS + 2): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    row.push(cell);
    cell = '';
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  for (let i = 0; i < text.length && rows.length <= most; i += 1) {
    const sign = text[i] as string;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === delimiter && delimiter !== '\n') {
      row.push(cell);
      cell = '';
    } else if (sign === '\n' || sign === '\r') {
      if (sign === '\r' && text[i + 1] === '\n') i += 1;
      endRow();
    } else cell += sign;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}

function jsonPreview(lines: readonly string[], whole: boolean): Preview {
  const found: Record<string, unknown>[] = [];
  for (const line of lines.slice(0, PREVIEW_ROWS + 1)) {
    try {
      const value = JSON.parse(line) as unknown;
      if (typeof value === 'object' && value !== null) found.push(value as Record<string, unknown>);
    } catch {
      // The last line may be half a one; others are told of by the server.
      if (whole) continue;
    }
  }
  const columns = [...new Set(found.flatMap((each) => Object.keys(each)))];
  const text = (value: unknown) =>
    value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const rows = found.map((each) => columns.map((name) => text(each[name])));
  const shown = rows.slice(0, PREVIEW_ROWS);
  return { format: 'jsonl', delimiter: '', columns, rows: shown, isText: true };
}

/** Rows of a whole text, without the headings and what is empty. */
export function rowsOf(text: string, { format, delimiter, columns }: Preview): number {
  const plain = text.replace(/^\ufeff/, '');
  if (format === 'jsonl') return plain.split(/\r\n|\n|\r/).filter((line) => line.trim()).length;
  const rows = readCells(plain, delimiter || '\n', Number.POSITIVE_INFINITY).length;
  return Math.max(0, columns.length === 0 ? rows : rows - 1);
}
