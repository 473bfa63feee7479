import type { ScanFindings } from './csv-scanner.ts';

/** Something about the input that a user should know and that stops nothing. */
export interface InputWarning {
  readonly code:
    | 'converted'
    | 'foreign_bytes'
    | 'duplicate_columns'
    | 'unnamed_columns'
    | 'ragged'
    | 'stray_quotes'
    | 'no_rows'
    | 'column_guessed'
    | 'other_input';
  /** One sentence. */
  readonly message: string;
}

/** Counts what is only known once rows have been read. */
export class RowCensus {
  readonly #columnCount: number;
  rows = 0;
  #ragged = 0;
  #raggedLine = 0;

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
  }

  count(cellCount: number, line: number): void {
    this.rows += 1;
    if (this.#columnCount === 0 || cellCount === this.#columnCount) return;
    if (this.#ragged++ === 0) this.#raggedLine = line;
  }

  /** The warnings after a reading from the first row to the last. */
  warnings(findings: ScanFindings): InputWarning[] {
    const found: InputWarning[] = [];
    if (this.rows === 0) found.push({ code: 'no_rows', message: 'There are no rows.' });
    const add = (code: InputWarning['code'], rows: number, line: number, has: string, so = '') => {
      if (rows === 0) return;
      const message = `${rowsHave(rows)} ${has}, the first in line ${line}${so}.`;
      found.push({ code, message });
    };
    const { strayQuotes, strayQuoteLine, foreignRecords, foreignLine } = findings;
    const cells = `more or fewer cells than the ${this.#columnCount} columns`;
    add('ragged', this.#ragged, this.#raggedLine, cells);
    const stray = 'text after a closing quote';
    add('stray_quotes', strayQuotes, strayQuoteLine, stray, '; it is taken as it stands');
    const foreign = 'bytes that are not UTF-8';
    add('foreign_bytes', foreignRecords, foreignLine, foreign, '; they are read as windows-1252');
    return found;
  }
}

/** What the line of column names gives away. */
export function headerWarnings(header: readonly string[]): InputWarning[] {
  const found: InputWarning[] = [];
  const names = header.map((name) => name.trim());
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const name of names) {
    if (seen.has(name) && name !== '') doubled.add(name);
    seen.add(name);
  }
  if (doubled.size > 0) {
    const list = [...doubled].slice(0, 5).join(', ');
    const message = `More than one column is named ${list}; the first one counts.`;
    found.push({ code: 'duplicate_columns', message });
  }
  const unnamed = names.filter((name) => name === '').length;
  if (unnamed > 0) {
    const message = `${unnamed} of the columns ${unnamed === 1 ? 'has' : 'have'} no name.`;
    found.push({ code: 'unnamed_columns', message });
  }
  return found;
}

function rowsHave(count: number): string {
  return count === 1 ? '1 row has' : `${count} rows have`;
}
