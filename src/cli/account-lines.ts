/** Accounts as files list them: JSON objects, one a line, or CSV with a header. */
import { SluiceError } from '../base/errors.ts';
import { CsvScanner } from '../sources/csv-scanner.ts';

export interface AccountLine {
  readonly service: string;
  readonly name: string;
  readonly secret: unknown;
}

const SYNTAX = { delimiter: ',', quote: '"', spaceBeforeQuote: true };

/** `service`: of lines that name none. Throws `account.import_invalid`. */
export function accountLines(bytes: Buffer, service: string | undefined): readonly AccountLine[] {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const lines = text.trimStart().startsWith('{') ? fromJson(text) : fromCsv(Buffer.from(text));
  return lines.map(({ line, fields }) => {
    const { name, secret } = fields;
    const of = fields.service || service;
    if (typeof of !== 'string') throw wrong(line, 'it names no service; --service names one');
    if (typeof name !== 'string' || name === '') throw wrong(line, 'it has no name');
    if (secret === undefined || secret === '') throw wrong(line, 'it has no secret');
    return { service: of, name, secret };
  });
}

interface Line {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

function fromJson(text: string): Line[] {
  return text.split('\n').flatMap((each, at) => {
    if (each.trim() === '') return [];
    try {
      const fields: unknown = JSON.parse(each);
      if (typeof fields !== 'object' || fields === null) throw wrong(at + 1, 'it is no object');
      return [{ line: at + 1, fields: fields as Line['fields'] }];
    } catch (error) {
      // What a parser quotes may be a secret.
      throw error instanceof SluiceError ? error : wrong(at + 1, 'it is no JSON');
    }
  });
}

function fromCsv(bytes: Buffer): Line[] {
  const scanner = new CsvScanner(SYNTAX, { decode: true, bytes: false });
  const records = [...scanner.push(bytes), ...scanner.end()].filter(({ role }) => role === 'row');
  const [header, ...rows] = records;
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  if (!names.includes('name') || !names.includes('secret')) {
    throw wrong(header?.line ?? 1, 'it is no header with the columns name and secret');
  }
  return rows.map(({ line, cells }) => ({
    line,
    fields: Object.fromEntries(names.map((column, at) => [column, cells[at]?.trim()])),
  }));
}

function wrong(line: number, what: string): SluiceError {
  return new SluiceError('account.import_invalid', { detail: `line ${line}: ${what}` });
}
