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
    | 'column_guessed';
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
    if (this.#ragged > 0) {
      const message = `${rowsHave(this.#ragged)} more or fewer cells than the ${this.#columnCount} columns, the first in line ${this.#raggedLine}.`;
      found.push({ code: 'ragged', message });
    }
    if (findings.strayQuotes > 0) {
      const message = `${rowsHave(findings.strayQuotes)} text after a closing quote, the first in line ${findings.strayQuoteLine}; it is taken as it stands.`;
      found.push({ code: 'stray_quotes', message });
    }
    if (findings.foreignRecords > 0) {
      const message = `${rowsHave(findings.foreignRecords)} bytes that are not UTF-8, the first in line ${findings.foreignLine}; they are read as windows-1252.`;
      found.push({ code: 'foreign_bytes', message });
    }
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
