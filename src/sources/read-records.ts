import type { CsvLimits, CsvRecord } from './csv-record.ts';
import { CSV_LIMITS } from './csv-record.ts';
import { CsvScanner, type ScanFindings } from './csv-scanner.ts';
import type { InputDialect } from './input-dialect.ts';
import { type InputFile, isCut, readText } from './input-file.ts';

export interface ReadOptions {
  /** Whether the text of the cells is wanted; without, reading is a little faster. */
  readonly decode: boolean;
  /** Whether the bytes of the records are wanted, as they are by default; else they are empty. */
  readonly bytes?: boolean;
  readonly limits?: CsvLimits;
  /** Called once at the end of the file. */
  readonly onFindings?: (findings: ScanFindings) => void;
}

/**
 * The records of a file in batches of about a chunk of bytes, told apart by role. Joined end to end
 * they are the file's text, so what is written out again is what was read. Of a file that was cut
 * off, the last record is left out unless its line end is there.
 */
export async function* readRecords(
  file: InputFile,
  dialect: InputDialect,
  options: ReadOptions,
): AsyncGenerator<readonly CsvRecord[]> {
  const { decode, bytes = true, limits = CSV_LIMITS } = options;
  const scanner = new CsvScanner(dialect, { decode, bytes, limits });
  const first = new FirstRecords(dialect);
  for await (const chunk of readText(file, dialect)) {
    const records = scanner.push(chunk);
    if (records.length > 0) yield first.mark(records);
  }
  const records = isCut(file) ? [] : scanner.end();
  if (records.length > 0) yield first.mark(records);
  options.onFindings?.(scanner.findings);
}

/** Gives the records before the first row their roles. */
class FirstRecords {
  #preamble: boolean;
  #header: boolean;

  constructor(dialect: InputDialect) {
    this.#preamble = dialect.sepLine;
    this.#header = dialect.header;
  }

  mark(records: CsvRecord[]): readonly CsvRecord[] {
    for (let at = 0; at < records.length && (this.#preamble || this.#header); at += 1) {
      const record = records[at] as CsvRecord;
      if (record.role === 'part') continue;
      if (this.#preamble) {
        records[at] = { ...record, role: 'preamble' };
        this.#preamble = false;
      } else if (record.role === 'row') {
        records[at] = { ...record, role: 'header' };
        this.#header = false;
      }
    }
    return records;
  }
}

/** Gives the records of a sample, which begins with the file, their roles. */
export function markFirstRecords(
  records: CsvRecord[],
  dialect: InputDialect,
): readonly CsvRecord[] {
  return new FirstRecords(dialect).mark(records);
}
