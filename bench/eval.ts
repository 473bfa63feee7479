/**
 * Scores extraction on labelled pages.
 *
 * `npm run eval -- DIR [--json] [--misses]`: DIR holds HTML pages and `labels.jsonl`, one line a
 * page: `{"page": "a.html", "url": "http://…", "labels": {"TEL": ["…"], "EMAIL": ["…"], "ORG":
 * ["…"], …}}`.
 *
 * Precision is what was found and is labelled, of all that was found; recall is what is labelled
 * and was found, of all that is labelled. E-mail labels are known to be incomplete: recall only.
 * Labels that name no number by themselves (`ext. 23`) are counted apart, and nothing else is
 * left out.
 *
 * Addresses are scored on the pages that label streets, cities, states and ZIP codes:
 * `addressRecall` is the share of these pages of which one address was found whole,
 * `addressPrecision` the share of the whole addresses reported there that are right, and
 * `addressCodeRecall` the share of their distinct codes found with their address, though many
 * codes stand on no address (lists of areas served).
 */
import { buildPageView } from '../src/collectors/contacts/extract/build-page-view.ts';
import { extractPage } from '../src/collectors/contacts/extract/extract-page.ts';
import { type LabelledPage, readLabelledPages } from './eval-labels.ts';
import { scorePhones } from './eval-phones.ts';
import { isCompanyRight, scoreAddresses, scoreEmails } from './eval-places.ts';

interface Tally {
  right: number;
  wrong: number;
  matched: number;
  missed: number;
}

interface Totals {
  readonly phones: Tally;
  readonly emails: Tally;
  readonly addresses: Tally;
  /** Pages that label a whole address. */
  readonly addressPages: Tally;
  readonly companies: Tally;
  fragments: number;
  absent: number;
  pages: number;
  chars: number;
  extractMs: number;
}

const ROUNDS = 8;

function tally(): Tally {
  return { right: 0, wrong: 0, matched: 0, missed: 0 };
}

type Sayer = (page: LabelledPage, kind: string, values: readonly string[]) => void;

function scorePage(page: LabelledPage, totals: Totals, say: Sayer): void {
  const found = extractPage(page.html, page.url, { mode: 'full' });
  const { text } = buildPageView(page.html, page.url);
  const numbers = found.phones.map((phone) => phone.value);
  const { TEL = [], FAX = [] } = page.labels;
  const phones = scorePhones(numbers, TEL, FAX, text);
  totals.phones.matched += phones.matched.length;
  totals.phones.missed += phones.missed.length + phones.absent.length;
  totals.phones.right += phones.right.length;
  totals.phones.wrong += phones.wrong.length;
  totals.fragments += phones.fragments.length;
  totals.absent += phones.absent.length;
  say(page, 'phone missed', phones.missed);
  say(page, 'phone missed, not on the page', phones.absent);
  say(page, 'phone not labelled', phones.wrong);
  const emails = scoreEmails(
    found.emails.map((email) => email.value),
    page.labels,
  );
  totals.emails.matched += emails.matched.length;
  totals.emails.missed += emails.missed.length;
  say(page, 'e-mail missed', emails.missed);
  const addresses = scoreAddresses(found.addresses, page.labels);
  if (addresses !== undefined) {
    totals.addresses.matched += addresses.matched.length;
    totals.addresses.missed += addresses.missed.length;
    totals.addresses.right += addresses.right.length;
    totals.addresses.wrong += addresses.wrong.length;
    if (addresses.pageFound) totals.addressPages.matched++;
    else totals.addressPages.missed++;
    say(page, addresses.pageFound ? 'code missed' : 'address missed', addresses.missed);
    say(page, 'address not labelled', addresses.wrong);
  }
  const best = found.companies[0]?.value;
  const right = isCompanyRight(best, page.labels);
  if (right === true) totals.companies.matched++;
  if (right !== false) return;
  totals.companies.missed++;
  say(page, 'company', [`${best ?? ''} (labelled: ${page.labels.ORG!.slice(0, 3).join(' | ')})`]);
}

/** CPU time of the quickest round over all pages: warm, and little disturbed by what else runs. */
function timeExtraction(pages: readonly LabelledPage[], totals: Totals): void {
  totals.extractMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.threadCpuUsage();
    for (const page of pages) extractPage(page.html, page.url, { mode: 'full' });
    const used = process.threadCpuUsage(before);
    totals.extractMs = Math.min(totals.extractMs, (used.user + used.system) / 1_000);
  }
}

function ratio(part: number, rest: number): number {
  return part + rest === 0 ? 1 : Math.round((part / (part + rest)) * 10_000) / 10_000;
}

function summary(totals: Totals): Record<string, number> {
  const { phones, emails, addresses, addressPages, companies } = totals;
  return {
    pages: totals.pages,
    phonePrecision: ratio(phones.right, phones.wrong),
    phoneRecall: ratio(phones.matched, phones.missed),
    phoneLabels: phones.matched + phones.missed,
    phoneLabelsNotOnPage: totals.absent,
    phoneLabelFragments: totals.fragments,
    emailRecall: ratio(emails.matched, emails.missed),
    emailLabels: emails.matched + emails.missed,
    addressPrecision: ratio(addresses.right, addresses.wrong),
    addressRecall: ratio(addressPages.matched, addressPages.missed),
    addressPages: addressPages.matched + addressPages.missed,
    addressCodeRecall: ratio(addresses.matched, addresses.missed),
    addressCodes: addresses.matched + addresses.missed,
    companyRight: ratio(companies.matched, companies.missed),
    companyLabels: companies.matched + companies.missed,
    extractMsPer20kChars: Math.round((totals.extractMs / totals.chars) * 20_000 * 1_000) / 1_000,
  };
}

function main(): void {
  const args = process.argv.slice(2);
  const directory = args.find((arg) => !arg.startsWith('--'));
  if (directory === undefined) {
    process.stderr.write('usage: npm run eval -- DIR [--json] [--misses]\n');
    process.exitCode = 2;
    return;
  }
  const pages = readLabelledPages(directory);
  const totals: Totals = {
    phones: tally(),
    emails: tally(),
    addresses: tally(),
    addressPages: tally(),
    companies: tally(),
    fragments: 0,
    absent: 0,
    pages: pages.length,
    chars: pages.reduce((sum, page) => sum + page.html.length, 0),
    extractMs: 0,
  };
  const misses = args.includes('--misses');
  const say: Sayer = (page, kind, values) => {
    if (!misses) return;
    for (const value of values) process.stderr.write(`${page.page}\t${kind}\t${value}\n`);
  };
  for (const page of pages) scorePage(page, totals, say);
  timeExtraction(pages, totals);
  const figures = summary(totals);
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else for (const [name, value] of Object.entries(figures)) console.log(name.padEnd(24), value);
}

main();
