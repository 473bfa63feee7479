/** How cells are written; the part of a file's dialect that matters for it. */
export interface CsvStyle {
  readonly delimiter: string;
  /** '' where quotes have no meaning in the file. */
  readonly quote: string;
  readonly lineEnd: string;
}

export const COMMA_STYLE: CsvStyle = { delimiter: ',', quote: '"', lineEnd: '\n' };
export const TAB_STYLE: CsvStyle = { delimiter: '\t', quote: '"', lineEnd: '\n' };

/**
 * Writes a cell so that it reads back as the same text. Without quotes nothing can stand for a
 * delimiter or a line end: they become spaces. Many readers refuse a file for one NUL, quoted or
 * not: it becomes U+FFFD, as in Postgres.
 */
export function csvCell(cell: string, { delimiter, quote }: CsvStyle): string {
  const text = cell.includes('\0') ? cell.replaceAll('\0', '\ufffd') : cell;
  if (quote === '') return plainCell(text, delimiter);
  if (!needsQuotes(text, delimiter, quote)) return text;
  return quote + (text.includes(quote) ? text.replaceAll(quote, quote + quote) : text) + quote;
}

/** One line of cells with its line end. A lone empty cell is quoted: it would be a blank line. */
export function csvLine(cells: readonly string[], style: CsvStyle): string {
  if (cells.length === 1 && (cells[0] as string).trim() === '' && style.quote !== '') {
    return style.quote + cells[0] + style.quote + style.lineEnd;
  }
  return cells.map((cell) => csvCell(cell, style)).join(style.delimiter) + style.lineEnd;
}

function needsQuotes(text: string, delimiter: string, quote: string): boolean {
  return (
    text.includes(delimiter) ||
    text.includes(quote) ||
    text.includes('\n') ||
    text.includes('\r') ||
    text.startsWith(' ') ||
    text.endsWith(' ')
  );
}

function plainCell(text: string, delimiter: string): string {
  return text.replaceAll(delimiter, ' ').replace(/\r\n|\r|\n/g, ' ');
}
