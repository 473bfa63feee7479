/**
 * How a delimited file is read, as plain JSON: found once, kept with the job, and used again for a
 * resume and for the download, so that a row is the same row every time.
 */
import { CSV_LIMITS, type CsvRecord, type CsvSyntax } from './csv-record.ts';
import { CsvScanner } from './csv-scanner.ts';
import { isUnlikelyName, isWebsiteValue } from './website-words.ts';

export interface CsvShape extends CsvSyntax {
  /** Whether the first record holds the column names. */
  readonly header: boolean;
  /** The first line is Excel's `sep=;`: not a row, kept in the output. */
  readonly sepLine: boolean;
  /** The line end that is used most; for lines that Sluice adds. */
  readonly lineEnd: string;
}

/** What the user said about the file; anything else is found out. */
export interface CsvWishes {
  readonly delimiter?: string;
  readonly quote?: string;
  readonly header?: boolean;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
const SEP_LINE = /^sep=([^\r\n])(?:\r\n|\r|\n|$)/i;
/** Records of the sample that are weighed; more say nothing new. */
const RECORDS_MAX = 1_000;
/** Damaged records needed before quotes are taken for plain text in a comma-separated file. */
const STRAY_MIN = 3;

interface Trial {
  readonly syntax: CsvSyntax;
  readonly records: readonly CsvRecord[];
  readonly cellCount: number;
  /** Share of records with as many cells as the first. */
  readonly regular: number;
  readonly damaged: number;
  readonly quoted: number;
}

/** Guesses from the first bytes, which are UTF-8; `whole` = they are all there is. */
export function guessCsvShape(sample: Buffer, whole: boolean, wishes: CsvWishes): CsvShape {
  const sep = SEP_LINE.exec(sample.toString('utf8', 0, 16));
  const body = sep === null ? sample : sample.subarray(Buffer.byteLength(sep[0]));
  const delimiter = wishes.delimiter ?? sep?.[1];
  const tried = delimiter === undefined ? DELIMITERS : [delimiter];
  const quotes = wishes.quote === undefined ? ['"'] : [wishes.quote];
  let best = bestTrial(body, whole, tried, quotes);
  if (wishes.quote === undefined) best = withBetterQuote(body, whole, best);
  const names = best.records[0]?.cells ?? [];
  return {
    ...best.syntax,
    header: wishes.header ?? !looksLikeRow(names, best.records.slice(1)),
    sepLine: sep !== null,
    lineEnd: commonLineEnd(best.records),
  };
}

function bestTrial(
  body: Buffer,
  whole: boolean,
  delimiters: readonly string[],
  quotes: readonly string[],
): Trial {
  let best: Trial | undefined;
  for (const quote of quotes) {
    for (const delimiter of delimiters) {
      const next = trial(body, whole, { delimiter, quote, spaceBeforeQuote: false });
      if (best === undefined || isBetter(next, best)) best = next;
    }
  }
  return best as Trial;
}

/** Single quotes, no quotes, or spaces before quotes, where the sample speaks for them. */
function withBetterQuote(body: Buffer, whole: boolean, best: Trial): Trial {
  const { syntax } = best;
  if (body.includes(`${syntax.delimiter} "`)) {
    const spaced = trial(body, whole, { ...syntax, spaceBeforeQuote: true });
    if (spaced.regular > best.regular && spaced.damaged <= best.damaged) return spaced;
  }
  if (best.quoted > 0) return best;
  if (best.damaged > 0) {
    const plain = trial(body, whole, { ...syntax, quote: '' });
    const needed = syntax.delimiter === '\t' || syntax.delimiter === '|' ? 1 : STRAY_MIN;
    if (best.damaged >= needed && plain.cellCount > 1 && plain.regular === 1) return plain;
  }
  const single = bestTrial(body, whole, [syntax.delimiter], ["'"]);
  const wins = single.quoted >= single.records.length / 2 && single.damaged === 0;
  return wins && single.regular >= best.regular ? single : best;
}

function isBetter(next: Trial, best: Trial): boolean {
  if (next.cellCount > 1 !== best.cellCount > 1) return next.cellCount > 1;
  if (next.regular !== best.regular) return next.regular > best.regular;
  return next.cellCount > best.cellCount;
}

function trial(body: Buffer, whole: boolean, syntax: CsvSyntax): Trial {
  const scanner = new CsvScanner(syntax, { decode: true, limits: CSV_LIMITS });
  const all = scanner.push(body);
  // The last record of a cut sample may be cut too.
  if (whole || all.length === 0) all.push(...scanner.end());
  const records = all.filter((record) => record.role === 'row').slice(0, RECORDS_MAX);
  const cellCount = records[0]?.cellCount ?? 0;
  let regular = 0;
  let damaged = 0;
  let quoted = 0;
  for (const record of records) {
    if (record.cellCount === cellCount) regular += 1;
    if (record.damage !== undefined) damaged += 1;
    if (record.damage === undefined && hasQuotedCell(record, syntax)) quoted += 1;
  }
  const share = records.length === 0 ? 1 : regular / records.length;
  return { syntax, records, cellCount, regular: share, damaged, quoted };
}

/** Whether a cell's quotes were taken off: the cells' text is then shorter than the record. */
function hasQuotedCell(record: CsvRecord, { quote }: CsvSyntax): boolean {
  if (quote === '' || !record.bytes.includes(quote)) return false;
  let quotesLeft = 0;
  for (const cell of record.cells) quotesLeft += cell.split(quote).length - 1;
  return record.bytes.toString('latin1').split(quote).length - 1 > quotesLeft;
}

/**
 * A row and not names: a cell that no column is named after, in a column where the rows below hold
 * the like; or nothing but empty cells.
 */
function looksLikeRow(names: readonly string[], below: readonly CsvRecord[]): boolean {
  if (names.every((name) => name.trim() === '')) return names.length > 0;
  return names.some((name, at) => {
    if (isUnlikelyName(name)) return true;
    if (!isWebsiteValue(name)) return false;
    const filled = below.filter((record) => (record.cells[at] ?? '') !== '');
    const alike = filled.filter((record) => isWebsiteValue(record.cells[at] as string));
    return alike.length > 0 && alike.length >= filled.length / 2;
  });
}

function commonLineEnd(records: readonly CsvRecord[]): string {
  const counts = new Map<string, number>();
  for (const { lineEnd } of records) {
    if (lineEnd !== '') counts.set(lineEnd, (counts.get(lineEnd) ?? 0) + 1);
  }
  let best = '\n';
  for (const [lineEnd, count] of counts) {
    if (count > (counts.get(best) ?? 0)) best = lineEnd;
  }
  return best;
}
