/**
 * Visits a website: its home page, then the few pages most likely to hold contacts, within a page
 * budget. A page beside the home page that cannot be read is noted and never fails the row.
 */
import { AbortCause } from '../../base/abort.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { moduleUrl } from '../../base/module-url.ts';
import { FailureError } from '../../model/failure.ts';
import { classify } from '../../retry/classify.ts';
import type { CollectContext, FetchedPage } from '../collector.ts';
import type { ContactRecord } from './contact-record.ts';
import type { ContactMode } from './contact-table.ts';
import { guessContactUrls } from './extract/contact-links.ts';
import type { PageFindings } from './extract/found.ts';
import { mergeFindings } from './merge-findings.ts';

export interface VisitOptions {
  readonly mode: ContactMode;
  /** Pages of a site that are read at most, the home page included. */
  readonly pages: number;
  /** ISO country of numbers without a country code, where the site does not tell. */
  readonly country?: string | undefined;
}

export interface VisitInput {
  readonly url: string;
  readonly schemeGuessed: boolean;
}

export interface Visit {
  readonly record: ContactRecord;
  /** Plain text of the pages is not kept; this is the home page, for the optional model. */
  readonly home: FetchedPage;
}

/** Between two requests for a page that failed in passing. */
const AGAIN_AFTER_MS = 500;

const EXTRACT = moduleUrl(import.meta.url, './extract-body.ts');

export async function visitWebsite(
  input: VisitInput,
  options: VisitOptions,
  ctx: CollectContext,
): Promise<Visit> {
  const home = await fetchHome(input, ctx);
  requireHtml(home);
  const first = await extract(home, options, ctx);
  const notes: string[] = [];
  const findings = [first];
  for (const page of await readMore(home, first, options, ctx, notes)) findings.push(page);
  return { record: mergeFindings(home.url, findings, notes), home };
}

/** A bare domain is tried by https, then by http. */
async function fetchHome(input: VisitInput, ctx: CollectContext): Promise<FetchedPage> {
  try {
    return await ctx.fetch(input.url);
  } catch (error) {
    if (!input.schemeGuessed || !isConnectionTrouble(error)) throw error;
    return await ctx.fetch(input.url.replace(/^https:/, 'http:'));
  }
}

function isConnectionTrouble(error: unknown): boolean {
  return (
    error instanceof SluiceError &&
    [
      'fetch.tls',
      'fetch.refused',
      'fetch.reset',
      'fetch.protocol',
      'fetch.timeout_connect',
    ].includes(error.code)
  );
}

function requireHtml(page: FetchedPage): void {
  const type = (page.headers['content-type'] ?? 'text/html').split(';')[0]?.trim().toLowerCase();
  if (type === undefined || type === '' || /html|xml|^text\/|octet-stream/.test(type)) return;
  throw new FailureError({
    class: 'invalid',
    code: 'contacts.not_a_page',
    message: `${page.url} is no page but ${type}.`,
    hint: 'Only HTML and text pages are searched for contacts.',
  });
}

async function readMore(
  home: FetchedPage,
  first: PageFindings,
  options: VisitOptions,
  ctx: CollectContext,
  notes: string[],
): Promise<PageFindings[]> {
  const budget = options.pages - 1;
  if (budget <= 0 || isEnough(first, options)) return [];
  const linked = first.contactLinks.map((link) => link.url);
  const guessed = linked.length === 0;
  const urls = guessed ? guessContactUrls(home.url).slice(0, 2) : linked;
  const read = async (url: string): Promise<PageFindings | undefined> => {
    try {
      const page = await fetchPatiently(url, ctx, guessed);
      requireHtml(page);
      return await extract(page, options, ctx);
    } catch (error) {
      if (error instanceof AbortCause || ctx.signal.aborted) throw error;
      // A page that was only guessed at owes nobody an explanation.
      if (!guessed) notes.push(`${url}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const pages = await Promise.all(urls.slice(0, budget).map(read));
  const seen = new Set([home.url]);
  return pages.filter((page) => {
    if (!page || seen.has(page.url)) return false;
    seen.add(page.url);
    return true;
  }) as PageFindings[];
}

/** A linked page that fails in passing is asked once more: the row itself would not be retried. */
async function fetchPatiently(
  url: string,
  ctx: CollectContext,
  guessed: boolean,
): Promise<FetchedPage> {
  try {
    return await ctx.fetch(url);
  } catch (error) {
    if (guessed || ctx.signal.aborted || classify(error).class !== 'transient') throw error;
    await ctx.sleep(AGAIN_AFTER_MS);
    return await ctx.fetch(url);
  }
}

function isEnough(first: PageFindings, options: VisitOptions): boolean {
  if (options.mode !== 'linkedin') return false;
  const kinds = new Set(first.socials.map((social) => social.kind));
  return kinds.has('company') && kinds.has('person');
}

function extract(
  page: FetchedPage,
  options: VisitOptions,
  ctx: CollectContext,
): Promise<PageFindings> {
  const { mode, country } = options;
  return ctx.compute<PageFindings>(EXTRACT, 'extractBody', [
    compact(page.body),
    page.headers['content-type'],
    page.url,
    country === undefined ? { mode } : { mode, defaultCountry: country },
  ]);
}

/** A view is sent with all the memory behind it, so one of a small part is copied first. */
function compact(body: Uint8Array): Uint8Array {
  return body.buffer.byteLength > body.byteLength * 2 ? new Uint8Array(body) : body;
}
