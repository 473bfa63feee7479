/**
 * The entries of an extraction thread. They take the bytes of a page rather than its text: who
 * fetches then neither decodes nor holds a string a page, which is most of what it would otherwise
 * leave to its garbage collector. They answer with JSON: one string crosses in a third of the time
 * that its objects take.
 */
import { decodeBody } from '../../base/charset.ts';
import { type ExtractOptions, extractPage } from './extract/extract-page.ts';
import type { PageFindings } from './extract/found.ts';
import { mergeFindings } from './merge-findings.ts';

/**
 * Findings (`PageFindings`) of the body served at `url` (absolute, after redirects). Never throws
 * on bad HTML.
 */
export function extractBody(
  body: Uint8Array,
  contentType: string | undefined,
  url: string,
  options: ExtractOptions,
): string {
  return JSON.stringify(findingsOf(body, contentType, url, options));
}

/** The whole record (`ContactRecord`) of a site of which this is the only page that is read. */
export function extractRecord(
  body: Uint8Array,
  contentType: string | undefined,
  url: string,
  options: ExtractOptions,
): string {
  const found = findingsOf(body, contentType, url, { ...options, links: false });
  return JSON.stringify(mergeFindings(url, [found], []));
}

function findingsOf(
  body: Uint8Array,
  contentType: string | undefined,
  url: string,
  options: ExtractOptions,
): PageFindings {
  return extractPage(decodeBody(body, contentType).text, url, options);
}
