/**
 * How an input file is read, whatever its format: one shape for all three, because a file of lines
 * is a delimited file without delimiters. Plain JSON, kept in `JobInput.dialect`.
 */
import { assert } from '../base/assert.ts';
import type { CsvShape } from './csv-dialect.ts';
import type { FileCoding } from './input-file.ts';

export type FileFormat = 'csv' | 'jsonl' | 'text';

export interface InputDialect extends FileCoding, CsvShape {}

/** Lines as they are: for JSON lines and for plain lists. */
export const LINES: CsvShape = {
  delimiter: '',
  quote: '',
  spaceBeforeQuote: false,
  header: false,
  sepLine: false,
  lineEnd: '\n',
};

/** A dialect as stored with a job, or undefined where it has not been found out yet. */
export function storedDialect(json: Readonly<Record<string, unknown>>): InputDialect | undefined {
  if (json.encoding === undefined) return undefined;
  const texts = ['encoding', 'compression', 'delimiter', 'quote', 'lineEnd'];
  const flags = ['bom', 'spaceBeforeQuote', 'header', 'sepLine'];
  const whole =
    texts.every((name) => typeof json[name] === 'string') &&
    flags.every((name) => typeof json[name] === 'boolean');
  assert(whole, `stored dialect is incomplete: ${JSON.stringify(json)}`);
  return json as unknown as InputDialect;
}
