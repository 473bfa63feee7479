import { SluiceError } from '../base/errors.ts';

export const EXPORT_FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet', 'sqlite', 'xlsx'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Formats of tables with typed columns; the others are text. */
export const TABLE_FORMATS = [
  'parquet',
  'sqlite',
  'xlsx',
] as const satisfies readonly ExportFormat[];
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** Other names that people give them. */
const ALIASES: Readonly<Record<string, ExportFormat>> = {
  ndjson: 'jsonl',
  sqlite3: 'sqlite',
  db: 'sqlite',
};

export function isTableFormat(format: ExportFormat): format is TableFormat {
  return TABLE_FORMATS.some((known) => known === format);
}

/** The format of that name, or of one of its other names; undefined where there is none. */
export function namedFormat(name: string): ExportFormat | undefined {
  const plain = name.toLowerCase();
  return EXPORT_FORMATS.find((known) => known === plain) ?? ALIASES[plain];
}

/** The format that a file's name asks for; throws `output.format_unknown`. */
export function exportFormat(path: string): ExportFormat {
  const format = namedFormat(/\.([a-z0-9]+)$/i.exec(path)?.[1] ?? '');
  if (format === undefined) throw new SluiceError('output.format_unknown', { path });
  return format;
}
