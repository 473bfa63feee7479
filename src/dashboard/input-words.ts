/**
 * A row's input as a person reads it: the one value that says which row it is, and the others
 * behind it, by name. Pure, so that it is tested without a browser.
 */
import { valueText } from './words.ts';

/** Names of fields that say what a row is about, the better ones first. */
const TELLING = (
  'url uri link website address domain host channel account username handle email phone ' +
  'number list path file sku name title query id'
).split(' ');
/** Further values that are shown. */
const MORE_MAX = 4;

export interface InputWords {
  readonly main: string;
  /** `name value`, of the other fields. */
  readonly more: readonly string[];
}

/** @param column - the column that the job works on, where its input has several */
export function inputWords(input: unknown, column?: string): InputWords {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { main: valueText(input), more: [] };
  }
  const fields = Object.entries(input).filter(([, value]) => textOf(value) !== '');
  const [first] = [...fields].sort(([a, x], [b, y]) => {
    return rank(a, x, column) - rank(b, y, column);
  });
  if (first === undefined) return { main: '', more: [] };
  const main = textOf(first[1]);
  // What the first says already, or what is not so, tells no row from another.
  const more = fields
    .filter(([, value]) => value !== false && !says(main, textOf(value)))
    .slice(0, MORE_MAX)
    .map(([name, value]) => `${name} ${textOf(value)}`);
  return { main, more };
}

/** All on one line. */
export function inputLine(input: unknown, column?: string): string {
  const { main, more } = inputWords(input, column);
  return [main, ...more].join(', ');
}

function rank(name: string, value: unknown, column: string | undefined): number {
  if (name === column) return 0;
  if (typeof value === 'object') return 3 * TELLING.length;
  const at = TELLING.indexOf(name.toLowerCase().replaceAll('_', ''));
  if (at >= 0) return 1 + at;
  return (typeof value === 'string' ? 1 : 2) * TELLING.length + 1;
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.some((each) => typeof each === 'object')) {
    return `${value.length} values`;
  }
  return valueText(value);
}

/** Short ones stand in anything. */
function says(main: string, text: string): boolean {
  return text === main || (text.length > 3 && main.includes(text));
}
