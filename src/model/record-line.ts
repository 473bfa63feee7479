/** Lines of files of records as the JSON texts that their records would be. */
import type { RecordField } from './record-file.ts';

/** Those behind the number of the line. */
export function cellsOf(line: string): readonly string[] {
  const cells = line.split('\t');
  if (line.includes('"')) {
    for (const [i, cell] of cells.entries()) {
      if (cell.startsWith('"')) cells[i] = cell.slice(1, -1).replaceAll('""', '"');
    }
  }
  cells.shift();
  return cells;
}

/** The JSON text of a record. */
export function recordText(fields: readonly RecordField[], cells: readonly string[]): string {
  let text = '';
  for (const field of fields) {
    const value = valueText(field, cells);
    if (value !== '') text += `,${JSON.stringify(field.property)}:${value}`;
  }
  return `{${text.slice(1)}}`;
}

function valueText(field: RecordField, cells: readonly string[]): string {
  if ('text' in field) return JSON.stringify(field.text);
  const cell = cells[field.cell] ?? '';
  if ('joined' in field) {
    if (cell !== '') return JSON.stringify(cell);
    const parts = field.joined.map((part) => (typeof part === 'string' ? part : cells[part]));
    return JSON.stringify(parts.join(''));
  }
  if (cell === '') return '';
  if (field.as === 'json') return cell;
  if (field.as === 'number') return String(Number(cell));
  return JSON.stringify(field.as === 'lines' ? cell.replaceAll('!N', '\n') : cell);
}

/** Lines of a text that ends with one; a line end in quotes ends none. */
export function linesIn(text: string): readonly string[] {
  const lines: string[] = [];
  let start = 0;
  let quote = text.indexOf('"');
  let open = false;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
    for (; quote >= 0 && quote < end; quote = text.indexOf('"', quote + 1)) open = !open;
    if (open) continue;
    lines.push(text.slice(start, end));
    start = end + 1;
  }
  return lines;
}
