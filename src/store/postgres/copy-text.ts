/** Cells in the text form of COPY. */
import type { Cell, ColumnType } from '../../model/table.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
/** Characters and halves of characters that a text of Postgres cannot hold. */
const UNFIT_JSON = /\\u(0000|d[89a-f])/i;

/** A line of COPY, without its end. */
export function copyLine(cells: readonly Cell[], types: readonly ColumnType[]): string {
  let line = '';
  for (const [at, cell] of cells.entries()) {
    if (at > 0) line += '\t';
    if (cell === undefined) line += '\\N';
    else if (typeof cell !== 'string') line += String(cell);
    else line += escaped(types[at] === 'json' ? fitJson(cell) : fitText(cell));
  }
  return line;
}

function escaped(text: string): string {
  return text.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] as string);
}

function fitText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function fitJson(text: string): string {
  if (!UNFIT_JSON.test(text)) return text;
  return JSON.stringify(fitValue(JSON.parse(text)));
}

function fitValue(value: unknown): unknown {
  if (typeof value === 'string') return fitText(value);
  if (Array.isArray(value)) return value.map(fitValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [fitText(key), fitValue(each)]),
  );
}
