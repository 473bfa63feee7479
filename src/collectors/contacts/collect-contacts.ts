/**
 * Visits a website: its home page, then the few pages most likely to hold contacts, within a page
 * budget. A page beside the home page that cannot be read is noted and never fails the row.
 */
import { AbortCause } from '../../base/abort.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { freeBytes, LentBytes } from '../../base/lent-bytes.ts';
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
  /** Whether the home page is needed when its findings are there. */
  readonly model?: boolean;
}

export interface VisitInput {
  readonly url: string;
  readonly schemeGuessed: boolean;
}

export interface Visit {
  readonly record: ContactRecord;
  /** Only for the optional model: pages are not kept. */
  readonly home: FetchedPage | undefined;
}

/** Between two requests for a page that failed in passing. */
const AGAIN_AFTER_MS = 500;

const LENT = new LentBytes();
/** Such a page takes a thread a millisecond, and some even where it is made to be slow. */
const SHORT_BYTES_MAX = 48 * 1_024;
const EXTRACT = moduleUrl(import.meta.url, './extract-body.ts');

export async function visitWebsite(
  input: VisitInput,
  options: VisitOptions,
  ctx: CollectContext,
): Promise<Visit> {
  const { url, found, home } = await readHome(input, options, ctx, extract);
  const first = await found;
  const notes: string[] = [];
  const findings = [first];
  for (const page of await readMore(url, first, options, ctx, notes)) findings.push(page);
  return { record: mergeFindings(url, findings, notes), home };
}

/** The JSON text of a visit's record, where the home page is all that is read. */
export async function readOnlyPage(
  input: VisitInput,
  options: VisitOptions,
  ctx: CollectContext,
): Promise<string> {
  const { found } = await readHome(input, options, ctx, (page) =>
    inThread('extractRecord', page, options, ctx),
  );
  return await found;
}

type Extract<Found> = (
  page: FetchedPage,
  options: VisitOptions,
  ctx: CollectContext,
) => Promise<Found>;

interface HomePage<Found> {
  readonly url: string;
  readonly found: Promise<Found>;
  readonly home: FetchedPage | undefined;
}

/** Ends before its findings are there, so that nothing holds the page meanwhile. */
async function readHome<Found>(
  input: VisitInput,
  options: VisitOptions,
  ctx: CollectContext,
  extractFrom: Extract<Found>,
): Promise<HomePage<Found>> {
  const page = await fetchHome(input, ctx);
  requireHtml(page);
  const home = options.model ? page : undefined;
  return { url: page.url, found: extractFrom(page, options, ctx), home };
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
  homeUrl: string,
  first: PageFindings,
  options: VisitOptions,
  ctx: CollectContext,
  notes: string[],
): Promise<PageFindings[]> {
  const budget = options.pages - 1;
  if (budget <= 0 || isEnough(first, options)) return [];
  const linked = first.contactLinks.map((link) => link.url);
  const guessed = linked.length === 0;
  const urls = guessed ? guessContactUrls(homeUrl).slice(0, 2) : linked;
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
  const seen = new Set([homeUrl]);
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

/** Not async, or it would hold the page. */
function extract(
  page: FetchedPage,
  options: VisitOptions,
  ctx: CollectContext,
): Promise<PageFindings> {
  const found = inThread('extractBody', page, options, ctx);
  return found.then((json) => JSON.parse(json) as PageFindings);
}

/** A thread gets a copy, so that the page need not be held while its turn comes. */
function inThread(
  name: 'extractBody' | 'extractRecord',
  page: FetchedPage,
  options: VisitOptions,
  ctx: CollectContext,
): Promise<string> {
  const { mode, country } = options;
  const lent = LENT.lend(page.body);
  const found = ctx.compute<string>(
    EXTRACT,
    name,
    [
      lent ?? compact(page.body),
      page.headers['content-type'],
      page.url,
      country === undefined ? { mode } : { mode, defaultCountry: country },
    ],
    [],
    { short: page.body.byteLength <= SHORT_BYTES_MAX },
  );
  if (lent !== undefined && !page.bodyShared && !options.model) freeBytes(page.body);
  // Where it failed, a thread may still be reading: that copy is not used again.
  return found.then((json) => {
    if (lent !== undefined) LENT.giveBack(lent);
    return json;
  });
}

/** A view is sent with all the memory behind it, so one of a small part is copied first. */
function compact(body: Uint8Array): Uint8Array {
  return body.buffer.byteLength > body.byteLength * 2 ? new Uint8Array(body) : body;
}
