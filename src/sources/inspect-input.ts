/**
 * Finds out what a file is from its first bytes: compression, encoding, format, delimiter, quotes,
 * column names. Reads no more than the sample, so it answers at once for a file of any size.
 */
import { SluiceError } from '../base/errors.ts';
import type { SourceRow } from '../model/source.ts';
import { binaryKind } from './binary-signs.ts';
import { type ColumnGuess, columnName, guessColumn, uniqueNames } from './column-names.ts';
import { type CsvWishes, guessCsvShape } from './csv-dialect.ts';
import type { CsvRecord } from './csv-record.ts';
import { CsvScanner } from './csv-scanner.ts';
import { bomBytes, guessEncoding, knownEncoding, toUtf8 } from './encoding.ts';
import { type FileFormat, type InputDialect, LINES } from './input-dialect.ts';
import { checkFile, type FileCoding, type InputFile, nameOf, readSample } from './input-file.ts';
import { headerWarnings, type InputWarning } from './input-warning.ts';
import { markFirstRecords, readRecords } from './read-records.ts';
import { isObject, rowMaker } from './source-row.ts';
import { isWebsiteName } from './website-words.ts';

/** What the user said about the input; anything else is found out. */
export interface InputWishes extends CsvWishes {
  readonly format?: FileFormat;
  readonly encoding?: string;
}

export interface InputInspection {
  readonly format: FileFormat;
  /** Plain JSON, for `JobInput.dialect`. */
  readonly dialect: InputDialect;
  readonly columns: readonly string[];
  /** The column that looks like websites, where it is clear which. */
  readonly guess: ColumnGuess;
  readonly warnings: readonly InputWarning[];
  /** The first rows. */
  readonly sample: readonly SourceRow[];
}

const SAMPLE_ROWS_MAX = 200;

/**
 * Inspects a file; `name` is what errors call it. A dialect found out earlier is used
 * as it is. Rejects with `input.*` where the file cannot be used at all: not there, a directory,
 * empty, binary, without column names.
 */
export async function inspectInput(
  file: InputFile,
  wishes: InputWishes = {},
  name: string = nameOf(file),
  known?: InputDialect,
): Promise<InputInspection> {
  const { compression } = await checkFile(file);
  const { sample: raw, whole } = await readSample(file, compression);
  if (raw.length === 0) throw new SluiceError('input.empty', { name });
  const coding = known ?? { ...codingOf(raw, wishes, name), compression };
  const text = await sampleText(raw, coding);
  if (text.toString('latin1').trim() === '') throw new SluiceError('input.empty', { name });
  const format = wishes.format ?? guessFormat(name, text, whole);
  const shape = format === 'csv' ? guessCsvShape(text, whole, wishes) : LINES;
  const dialect: InputDialect = known ?? { ...coding, ...shape };
  const records = await firstRecords(file, text, whole, dialect);
  const header = records.find(({ role }) => role === 'header');
  const rows = records.filter(({ role }) => role === 'row').slice(0, SAMPLE_ROWS_MAX);
  if (format === 'csv' && wishes.header === undefined && known === undefined && !dialect.header) {
    const first = (rows[0]?.cells ?? []).join(dialect.delimiter).slice(0, 80);
    throw new SluiceError('input.no_header', { name, first });
  }
  const columns = columnsOf(format, header, rows, name);
  const sample = rows.map(rowMaker(format, columns));
  const cells = sample.map((row) => row.cells);
  return {
    format,
    dialect,
    columns,
    guess: guessColumn(columns, cells),
    warnings: [...codingWarnings(coding), ...headerWarnings(header?.cells ?? [])],
    sample,
  };
}

function codingOf(
  raw: Buffer,
  wishes: InputWishes,
  name: string,
): Pick<FileCoding, 'encoding' | 'bom'> {
  const guess = guessEncoding(raw);
  if (wishes.encoding !== undefined) {
    const encoding = knownEncoding(wishes.encoding);
    if (encoding === undefined)
      throw new SluiceError('input.encoding', { name, encoding: wishes.encoding });
    return { encoding, bom: guess?.bom === true && guess.encoding === encoding };
  }
  if (guess === undefined) throw new SluiceError('input.encoding', { name, encoding: 'UTF-32' });
  const kind = guess.encoding.startsWith('utf-16') ? undefined : binaryKind(raw);
  if (kind !== undefined) throw new SluiceError('input.binary', { name, kind });
  return guess;
}

async function sampleText(raw: Buffer, coding: FileCoding): Promise<Buffer> {
  const start = bomBytes(coding);
  async function* once(): AsyncGenerator<Buffer> {
    yield raw.subarray(start);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of toUtf8(once(), coding.encoding)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The whole records of the sample; where not even one is, those that the file begins with. */
async function firstRecords(
  file: InputFile,
  text: Buffer,
  whole: boolean,
  dialect: InputDialect,
): Promise<readonly CsvRecord[]> {
  const scanner = new CsvScanner(dialect, { decode: true });
  const records = scanner.push(text);
  if (whole) records.push(...scanner.end());
  if (records.length > 0) return markFirstRecords(records, dialect);
  for await (const batch of readRecords(file, dialect, { decode: true })) return batch;
  return [];
}

/** JSON lines by their first line; a list where nothing delimits, unless it has a known header. */
function guessFormat(name: string, text: Buffer, whole: boolean): FileFormat {
  const plain = name.toLowerCase().replace(/\.gz$/, '');
  if (/\.(jsonl|ndjson|json)$/.test(plain)) {
    refuseJsonArray(name, text);
    return 'jsonl';
  }
  if (/\.(csv|tsv|tab|psv)$/.test(plain)) return 'csv';
  const firstLine =
    text
      .toString('utf8', 0, 4_096)
      .trimStart()
      .split(/[\r\n]/, 1)[0] ?? '';
  if (firstLine.startsWith('{') && isJsonObject(firstLine)) return 'jsonl';
  const { delimiter } = guessCsvShape(text, whole, {});
  const cells = firstLine.split(delimiter);
  return cells.length > 1 || isWebsiteName(firstLine) ? 'csv' : 'text';
}

function refuseJsonArray(name: string, text: Buffer): void {
  const start = text.toString('utf8').trimStart();
  const firstLine = start.split(/[\r\n]/, 1)[0] ?? '';
  const lines = start.trimEnd().split(/[\r\n]+/, 2).length;
  if (start.startsWith('[') && (lines === 1 || !isJson(firstLine))) {
    throw new SluiceError('input.json_array', { name });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isJsonObject(text: string): boolean {
  // A longer first line is cut: its beginning must do.
  return text.length >= 4_000 ? /^\{\s*"/.test(text) : isJson(text) && isObject(JSON.parse(text));
}

function columnsOf(
  format: FileFormat,
  header: CsvRecord | undefined,
  rows: readonly CsvRecord[],
  name: string,
): readonly string[] {
  if (format === 'text') return [];
  if (format === 'jsonl') {
    const names = new Set<string>();
    const make = rowMaker('jsonl', []);
    for (const row of rows) for (const key of Object.keys(make(row).fields)) names.add(key);
    return [...names];
  }
  if (header?.damage !== undefined) {
    throw new SluiceError('input.bad_header', { name, detail: header.damage.message });
  }
  if (header !== undefined) return uniqueNames(header.cells);
  const width = Math.max(...rows.map(({ cellCount }) => cellCount), 0);
  return Array.from({ length: width }, (_, at) => columnName(at));
}

function codingWarnings({ encoding }: FileCoding): InputWarning[] {
  if (encoding === 'utf-8') return [];
  const message = `The file is read as ${encoding}; the output is written as UTF-8.`;
  return [{ code: 'converted', message }];
}
