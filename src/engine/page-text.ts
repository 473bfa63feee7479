import { formatBytes } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import { PackedPage, type PackedParts } from '../model/packed-page.ts';
import { FilePage, fileText } from '../model/record-file.ts';
import type { Page } from '../model/task.ts';
import type { KeepChange } from '../store/store.ts';
import { collectionOf, jsonOf, keepsOf, keptKeyOf } from './collector-answers.ts';

/**
 * Records of one page and what is kept of it, in UTF-16 units: a page is written, and later read,
 * as a whole.
 */
const PAGE_CHARS_MAX = 32 * 2 ** 20;

/** A page as it is stored. */
export interface PageText {
  readonly records: readonly string[];
  readonly cursor?: string;
  readonly keeps?: readonly KeepChange[];
  /** For how many records more its only one stands. */
  readonly inFile?: number;
}

/** What a collector's pages are taken from; throws where it gave neither these nor a promise. */
export function pagesOf(produced: unknown): AsyncIterator<Page> {
  const { [Symbol.asyncIterator]: walk } = (produced ?? {}) as Partial<AsyncIterable<Page>>;
  if (typeof walk === 'function') return walk.call(produced);
  throw new SluiceError('collector.threw', {
    detail: 'its collect is neither an async function nor an async generator (async *collect)',
  });
}

/**
 * Turns a page into the texts that are stored; what cannot be stored is the collector's failure.
 */
export function pageText(page: Page, encodeRecord: (record: unknown) => string): PageText {
  if (typeof page !== 'object' || page === null || !Array.isArray(page.records)) {
    throw new SluiceError('collector.threw', {
      detail: 'it yielded something that is no page ({ records, cursor?, done? })',
    });
  }
  if (page instanceof FilePage) {
    const { file } = page.parts;
    const keeps = keepsOf(page.keep, 0);
    const cursor = jsonOf(page.cursor, 'a cursor');
    return { records: [fileText(file)], inFile: file.rows - 1, cursor, keeps };
  }
  const packed = page instanceof PackedPage ? page.parts : undefined;
  const records = packed?.texts ?? page.records.map((record) => encodeRecord(record));
  let chars = 0;
  for (const text of records) chars += text.length;
  const keeps = keepsIn(page, packed, records);
  // What is a record as well is one text on its way.
  for (const change of keeps) {
    const text = change.op === 'remove' ? '' : change.json;
    if (change.record === undefined || text !== records[change.record]) chars += text.length;
  }
  if (chars > PAGE_CHARS_MAX) {
    throw new SluiceError('collector.threw', {
      detail: `a page of ${formatBytes(chars)} is too large to be kept; yield it in several`,
    });
  }
  const text = keeps.length === 0 ? { records } : { records, keeps };
  if (page.cursor === undefined) return text;
  return { ...text, cursor: jsonOf(page.cursor, 'a cursor') };
}

function keepsIn(
  { keep }: Page,
  packed: PackedParts<unknown> | undefined,
  records: readonly string[],
): readonly KeepChange[] {
  const named = keep === undefined ? NO_KEEPS : keepsOf(keep, records.length);
  if (packed?.kept === undefined) return named;
  const collection = collectionOf(packed.kept.collection);
  const puts = packed.kept.keys.map(
    (key, record): KeepChange => ({
      collection,
      key: keptKeyOf(key),
      op: 'put',
      json: records[record] as string,
      record,
    }),
  );
  return named.length === 0 ? puts : [...puts, ...named];
}

const NO_KEEPS: readonly KeepChange[] = [];
