import { SluiceError } from '../base/errors.ts';

export const EXPORT_FORMATS = ['csv', 'tsv', 'jsonl', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The format that a file's name asks for; throws `output.format_unknown`. */
export function exportFormat(path: string): ExportFormat {
  const extension = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (extension === 'ndjson') return 'jsonl';
  const format = EXPORT_FORMATS.find((known) => known === extension);
  if (format === undefined) throw new SluiceError('output.format_unknown', { path });
  return format;
}
