/**
 * How an input file is read, whatever its format: one shape for all three, because a file of lines
 * is a delimited file without delimiters. Plain JSON, kept in `JobInput.dialect`.
 */
import type { CsvShape, CsvWishes } from './csv-dialect.ts';
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

const TEXTS = ['encoding', 'compression', 'delimiter', 'quote', 'lineEnd'];
const FLAGS = ['bom', 'spaceBeforeQuote', 'header', 'sepLine'];

/** The dialect as stored with a job, or undefined where not all of it is known yet. */
export function storedDialect(json: Readonly<Record<string, unknown>>): InputDialect | undefined {
  const whole =
    TEXTS.every((name) => typeof json[name] === 'string') &&
    FLAGS.every((name) => typeof json[name] === 'boolean');
  return whole ? (json as unknown as InputDialect) : undefined;
}

/** What a dialect says of which only a part is known: the user's wishes. */
export function dialectWishes(
  json: Readonly<Record<string, unknown>>,
): CsvWishes & { readonly encoding?: string } {
  return {
    ...(typeof json.delimiter === 'string' && { delimiter: json.delimiter }),
    ...(typeof json.quote === 'string' && { quote: json.quote }),
    ...(typeof json.header === 'boolean' && { header: json.header }),
    ...(typeof json.encoding === 'string' && { encoding: json.encoding }),
  };
}
