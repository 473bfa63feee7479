/**
 * From a line of column names to names that tell columns apart: `website`, `website_2`, and
 * `column_3` where a name is missing. A name looked up finds the first column that bears it.
 */
import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { foldName, isWebsiteName, isWebsiteValue } from './website-words.ts';

const COLUMNS_SHOWN = 20;
/** Cells of the sample that are looked at to find the column of websites. */
const CELLS_WEIGHED_MAX = 20_000;

/** Names in the order of the columns, each once, none empty. */
export function uniqueNames(header: readonly string[]): string[] {
  const taken = new Set(header.map((name) => name.trim()));
  const used = new Set<string>();
  const counts = new Map<string, number>();
  return header.map((cell, at) => {
    const wanted = cell.trim() === '' ? columnName(at) : cell.trim();
    let name = wanted;
    let count = counts.get(wanted) ?? 1;
    while (used.has(name) || (count > 1 && taken.has(name))) {
      count += 1;
      name = `${wanted}_${count}`;
    }
    counts.set(wanted, count);
    used.add(name);
    return name;
  });
}

/** The name of a column that has none; `at` counts from 0, the name from 1. */
export function columnName(at: number): string {
  return `column_${at + 1}`;
}

/** How a column is named where a list comes in. */
const BY_NAME = 'with --column NAME, or `column=NAME` by HTTP';

/** The column that a user means: by name, by name without case and punctuation, or by number. */
export function findColumn(columns: readonly string[], wanted: string, inputName: string): string {
  const trimmed = wanted.trim();
  if (columns.includes(trimmed)) return trimmed;
  const fold = foldName(trimmed);
  const folded = columns.find((column) => foldName(column) === fold);
  if (folded !== undefined) return folded;
  const byNumber = /^\d{1,5}$/.test(trimmed) ? columns[Number(trimmed) - 1] : undefined;
  if (byNumber !== undefined) return byNumber;
  const near = nearest(trimmed, columns);
  throw new SluiceError('input.column_missing', {
    name: inputName,
    column: wanted,
    columns: listed(columns),
    suggestion: near === undefined ? `Name one of these ${BY_NAME}.` : `Did you mean ${near}?`,
  });
}

export interface ColumnGuess {
  readonly column: string | undefined;
  /** Columns that could be meant, most likely first. */
  readonly candidates: readonly string[];
}

/** Finds the one column that holds websites, by its name and by what the sample's rows hold. */
export function guessColumn(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): ColumnGuess {
  const sample = rows.slice(0, Math.max(3, Math.floor(CELLS_WEIGHED_MAX / columns.length)));
  const shares = columns.map((_, at) => websiteShare(sample, at));
  const named = columns.filter((name, at) => isWebsiteName(name) && shares[at] !== 0);
  const filled = columns.filter((_, at) => (shares[at] ?? 0) >= 0.5);
  const both = named.filter((column) => filled.includes(column));
  const candidates = [...new Set([...both, ...named, ...filled])];
  if (columns.length === 1) return { column: columns[0], candidates: columns };
  for (const found of [both, named, filled]) {
    if (found.length > 1) return { column: undefined, candidates };
    if (found.length === 1) return { column: found[0], candidates };
  }
  return { column: undefined, candidates };
}

/** Share of websites among a column's cells that are not empty; undefined where all are. */
function websiteShare(rows: readonly (readonly string[])[], at: number): number | undefined {
  const cells = rows.map((row) => row[at] ?? '').filter((cell) => cell.trim() !== '');
  return cells.length === 0 ? undefined : cells.filter(isWebsiteValue).length / cells.length;
}

/** The error `input.column_needed`, naming the columns that could be meant. */
export function columnNeeded(
  columns: readonly string[],
  guess: ColumnGuess,
  what: string,
  inputName: string,
): SluiceError {
  const likely = guess.candidates.slice(0, 5);
  return new SluiceError('input.column_needed', {
    name: inputName,
    what,
    columns: listed(columns),
    suggestion:
      likely.length === 0
        ? `Name it ${BY_NAME}.`
        : `Name it ${BY_NAME}; likely ones are ${likely.join(', ')}.`,
  });
}

function listed(columns: readonly string[]): string {
  const shown = columns.slice(0, COLUMNS_SHOWN).map((name) => name.slice(0, 60));
  const more = columns.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
