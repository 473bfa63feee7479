/** What an upload says beside its bytes: in the query, in the fields of a form, in headers. */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { SluiceError } from '../base/errors.ts';
import type { UploadOrder } from '../engine/upload-desk.ts';
import type { JobOrder } from '../model/job-order.ts';

const OPTIONS_CHARS_MAX = 64 * 1_024;

const json = z
  .string()
  .max(OPTIONS_CHARS_MAX)
  .transform((text, ctx): Record<string, unknown> => {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return value as Record<string, unknown>;
      }
    } catch {
      // Said below.
    }
    ctx.addIssue({ code: 'custom', message: 'it is not a JSON object' });
    return z.NEVER;
  });

const character = z
  .string()
  .transform((text) => (text === 'tab' ? '\t' : text))
  .pipe(z.string().regex(/^[\x09\x20-\x7e]$/, 'it is not one ASCII character, nor tab'));

/** All optional: a form may say in its fields what the query leaves out. */
export const UploadFields = z.strictObject({
  collector: z.string().min(1).max(200).optional().meta({ description: 'Name of a collector.' }),
  column: z.string().min(1).max(200).optional().meta({ description: 'The column to work on.' }),
  name: z.string().min(1).max(200).optional().meta({ description: 'Name of the file.' }),
  options: json.optional().meta({ description: 'Options of the collector, a JSON object.' }),
  concurrency: z.coerce.number().int().min(0).max(10_000).optional(),
  retries: z.coerce.number().int().min(0).max(100).optional(),
  weight: z.coerce.number().min(0.01).max(1_000).optional(),
  format: z.enum(['csv', 'jsonl', 'text']).optional().meta({ description: 'Else found out.' }),
  delimiter: character.optional().meta({ description: 'Or `tab`; else found out.' }),
  quote: z.string().max(1).optional().meta({ description: 'Empty = none; else found out.' }),
  encoding: z.string().max(40).optional().meta({ description: 'Else found out.' }),
  header: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`false`: the first line is a row.' }),
});
export type UploadFields = z.output<typeof UploadFields>;

/** The order that fields make; rejects with `request.invalid` where the collector is missing. */
export function orderOfFields(fields: UploadFields): Omit<JobOrder, 'input'> {
  const { collector, column, options = {}, concurrency, retries, weight } = fields;
  if (collector === undefined) {
    const detail = 'collector is missing: give it in the query, or in a field before the file';
    throw new SluiceError('request.invalid', { detail });
  }
  return {
    collector,
    options,
    ...(column === undefined ? {} : { column }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(retries === undefined ? {} : { retries }),
    ...(weight === undefined ? {} : { weight }),
  };
}

/** What a media type says of a file whose name does not. */
const MEDIA_TYPES: Readonly<
  Record<string, { readonly end: string; readonly format?: 'csv' | 'jsonl' }>
> = {
  'text/csv': { end: '.csv', format: 'csv' },
  'text/tab-separated-values': { end: '.tsv', format: 'csv' },
  'application/x-ndjson': { end: '.jsonl', format: 'jsonl' },
  'application/jsonl': { end: '.jsonl', format: 'jsonl' },
  'text/plain': { end: '.txt' },
  'application/octet-stream': { end: '' },
  'application/gzip': { end: '.gz' },
  'application/x-gzip': { end: '.gz' },
};

/** Media types of files as bare bodies. */
export const FILE_TYPES = Object.keys(MEDIA_TYPES);
const TELLING = /\.(csv|tsv|tab|psv|jsonl|ndjson|json|txt)(\.gz)?$/i;

/** The file's name and how it is to be read, as far as the sender has said so. */
export function fileOfFields(
  fields: UploadFields,
  mediaType: string,
  partName = '',
): Pick<UploadOrder, 'name' | 'wishes'> {
  const known = MEDIA_TYPES[mediaType];
  const given = fields.name ?? partName.slice(0, 200);
  const name = given === '' ? `upload${known?.end ?? ''}` : given;
  const format = fields.format ?? (TELLING.test(name) ? undefined : known?.format);
  const { delimiter, quote, encoding, header } = fields;
  const wishes = {
    ...(format === undefined ? {} : { format }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quote === undefined ? {} : { quote }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(header === undefined ? {} : { header: header === 'true' }),
  };
  return { name, wishes };
}

/** `text/csv; charset=utf-8` → `text/csv`. */
export function mediaTypeOf(contentType: string | undefined): string {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/octet-stream' : type;
}

/** Throws `request.media_type` for a body of another kind. */
export function checkMediaType(headers: IncomingHttpHeaders, taken: readonly string[]): string {
  const type = mediaTypeOf(headers['content-type']);
  if (!taken.includes(type)) throw new SluiceError('request.media_type', { detail: type });
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  // Files may be gzip'd: the reader finds out by itself.
  if (['identity', 'gzip', 'x-gzip'].includes(coding)) return type;
  throw new SluiceError('request.media_type', { detail: `Content-Encoding ${coding}` });
}

/** The SHA-256 (base64) of a `Content-Digest` or `Repr-Digest`; others are not looked at. */
export function digestOf(header: string | string[] | undefined): string | undefined {
  const text = [header ?? []].flat().join(', ');
  if (!/(?:^|,)\s*sha-256\s*=/i.test(text)) return undefined;
  const base64 = /(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/]*={0,2}):/i.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 32) return bytes.toString('base64');
  throw new SluiceError('request.invalid', {
    detail: 'the digest is not written as sha-256=:BASE64:, with 32 bytes',
  });
}

export function digestText(sha256: string): string {
  return `sha-256=:${sha256}:`;
}
