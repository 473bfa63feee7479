import { formatBytes } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { Page } from '../model/task.ts';
import type { KeepChange } from '../store/store.ts';
import { jsonOf, keepsOf } from './collector-answers.ts';

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
  const records: string[] = [];
  let chars = 0;
  for (let i = 0; i < page.records.length; i += 1) {
    const text = encodeRecord(page.records[i]);
    records.push(text);
    chars += text.length;
  }
  const keeps = page.keep === undefined ? undefined : keepsOf(page.keep, records.length);
  for (const change of keeps ?? []) chars += change.op === 'remove' ? 0 : change.json.length;
  if (chars > PAGE_CHARS_MAX) {
    throw new SluiceError('collector.threw', {
      detail: `a page of ${formatBytes(chars)} is too large to be kept; yield it in several`,
    });
  }
  const text = keeps === undefined || keeps.length === 0 ? { records } : { records, keeps };
  if (page.cursor === undefined) return text;
  return { ...text, cursor: jsonOf(page.cursor, 'a cursor') };
}
