/**
 * Telephone and fax numbers of a page. Windows first: only what looks like a number by its
 * digits, grouping and surroundings is given to the numbering plans. Numbers of which nothing
 * says that they are telephone numbers must look like one in every respect.
 */
import { codeAt } from './code-at.ts';
import type { Found, FoundPhone } from './found.ts';
import type { PageLink, PageView } from './page-view.ts';
import { PhoneCollection } from './phone-collection.ts';
import { columnLabel } from './phone-columns.ts';
import { type CountryHints, countryHints } from './phone-countries.ts';
import { type LabelFinding, labelBefore, labelBehind, type PhoneLabel } from './phone-labels.ts';
import { numberOfLink } from './phone-links.ts';
import { PhoneMarkup } from './phone-markup.ts';
import { resolvePhone } from './phone-resolve.ts';
import { type PhoneRun, scanPhoneRuns } from './phone-runs.ts';
import { isFromAbroad, isOtherShape, offerSpans, type PhoneSpan } from './phone-spans.ts';
import { vanityAt } from './phone-vanity.ts';

const PHONES_MAX = 300;
const TEL_LINKS_MAX = 200;
/** Spans of a page's text that are looked at closely. */
const SPANS_MAX = 1_500;
const BRACKETED = /^\s?[([][\p{L} -]+[)\]][\s,;|/]*$/u;
const LIST = /^[ /|,;&+–-]*(?:or|and|und|oder|et|ou|y|o|e|en|of|og|och|i|и|или)?[ /|,;&+–-]*$/iu;
const EXTENSION =
  /[\s,;./|–-]{0,3}\(?(?:ex(?:t(?:ension|n)?)?|x|durchwahl|dw|poste|int(?:erno)?|anexo|ramal|доб|wewn?|toestel|tst|内线|転送|內線)(?:\.|:|\s){0,3}#?(?!0\d{2,5}[ /-]{1,3}\d)(\d{1,6})(?!\d)\)?/iuy;

/** What is known of a page's numbers before its text is read. */
export interface PhoneClues {
  /** ISO 3166 alpha-2 country to fall back on. */
  readonly defaultCountry?: string;
  /** Countries of the addresses on the page, the surest first. */
  readonly countries?: readonly string[];
  /** Numbers that the markup gives, as written. */
  readonly structured?: readonly (Found & { value: string; kind: 'phone' | 'fax' })[];
}

/** Phones and faxes of a page in the order of the text. */
export function findPhones(view: PageView, clues: PhoneClues = {}): FoundPhone[] {
  const search = new PhoneSearch(view, clues);
  search.links();
  search.structured();
  search.text();
  return search.found.list();
}

class PhoneSearch {
  readonly #view: PageView;
  readonly #clues: PhoneClues;
  #hints: CountryHints | undefined;
  #marks: PhoneMarkup | undefined;
  /** End of the last number found in the text, with the label behind it. */
  #floor = 0;
  #labelledBehind = false;
  #lastLabel: PhoneLabel = '';
  #labelStart = -1;
  #labelFloor = -1;
  #labelFound: LabelFinding = { label: '', near: false, direct: false, spent: false };
  #spans = 0;
  readonly found = new PhoneCollection(PHONES_MAX);

  constructor(view: PageView, clues: PhoneClues) {
    this.#view = view;
    this.#clues = clues;
  }

  #markup(): PhoneMarkup {
    this.#marks ??= new PhoneMarkup(this.#view.marks);
    return this.#marks;
  }

  #countryHints(): CountryHints {
    this.#hints ??= countryHints(
      this.#view,
      this.#clues.defaultCountry ?? '',
      this.#clues.countries ?? [],
    );
    return this.#hints;
  }

  links(): void {
    let taken = 0;
    for (const link of this.#view.links) {
      if (taken >= TEL_LINKS_MAX) return;
      const number = numberOfLink(link);
      if (number === '') continue;
      taken++;
      this.#telLink(link, number);
    }
  }

  #telLink(link: PageLink, written: string): void {
    const text = this.#view.text;
    const [number = '', extension = ''] = splitExtension(written);
    scanPhoneRuns(number, (run) => {
      const span = wholeSpan(number, run);
      const near = link.end > link.start ? link.start : -1;
      const resolved = resolvePhone(span, text, Math.max(near, 0), this.#countryHints(), true);
      if (resolved === undefined) return;
      const label = /^fax/i.test(link.href)
        ? 'fax'
        : near >= 0
          ? (columnLabel(text, near) ?? labelBefore(text, near, 0)).label
          : '';
      this.found.add({
        value: resolved.e164,
        extension: extension.replace(/\D/g, ''),
        label,
        country: resolved.country,
        raw: number.trim(),
        method: 'tel',
        confidence: resolved.valid ? 0.95 : 0.6,
        at: near >= 0 ? near : text.length,
      });
    });
  }

  /** Numbers of JSON-LD, microdata and hCard. */
  structured(): void {
    const text = this.#view.text;
    for (const written of this.#clues.structured ?? []) {
      const [number = '', extension = ''] = splitExtension(written.value.slice(0, 60));
      scanPhoneRuns(number, (run) => {
        const span = wholeSpan(number, run);
        const resolved = resolvePhone(span, text, 0, this.#countryHints(), true);
        if (resolved === undefined) return;
        this.found.add({
          value: resolved.e164,
          extension: extension.replace(/\D/g, ''),
          label: written.kind,
          country: resolved.country,
          raw: written.value,
          method: written.method,
          confidence: resolved.valid ? written.confidence : 0.4,
          at: text.length,
        });
      });
    }
  }

  text(): void {
    const text = this.#view.text;
    scanPhoneRuns(text, (run) => this.#run(text, run));
  }

  #run(text: string, run: PhoneRun): void {
    if (isGlued(text, run.start)) return;
    const after = codeAt(text, run.end);
    if (
      isLetter(after) ||
      ((after === 32 || after === 45 || after === 46 || after === 41) && run.digits <= 7)
    ) {
      if (this.#vanity(text, run)) return;
    }
    if (run.digits < 6) return;
    offerSpans(text, run, (span) => this.#span(text, run, span));
  }

  #vanity(text: string, run: PhoneRun): boolean {
    const hit = vanityAt(text, run.start, {
      countries: () => this.#countryHints().likely,
      labelled: () => isCalled(this.#labelBefore(text, run.start)),
    });
    if (hit === undefined) return false;
    const label = this.#labelBefore(text, run.start);
    const labelled = isCalled(label);
    this.found.add({
      value: hit.parsed.e164,
      extension: '',
      label: label.label,
      country: hit.parsed.country,
      raw: text.slice(run.start, hit.end),
      method: 'text',
      confidence: labelled ? 0.85 : 0.75,
      at: run.start,
    });
    this.#floor = hit.end;
    this.#labelledBehind = false;
    return true;
  }

  /** Whether the number goes on a list: `Tel. 912 345 678 / 600 123 456`. */
  #continues(text: string, start: number): boolean {
    if (this.#floor === 0 || this.#labelledBehind || start - this.#floor > 8) return false;
    return LIST.test(text.slice(this.#floor, start));
  }

  /** A label in brackets right behind a number is that number's: `0142 [main] 0143 [fax]`. */
  #labelBefore(text: string, start: number): LabelFinding {
    const floor = this.#floor;
    // Spans of one run ask for the same words again and again.
    if (start === this.#labelStart && floor === this.#labelFloor) return this.#labelFound;
    const near = floor > 0 && start - floor <= 24 && BRACKETED.test(text.slice(floor, start));
    this.#labelStart = start;
    this.#labelFloor = floor;
    const column = columnLabel(text, start);
    this.#labelFound = column ?? labelBefore(text, start, near ? start - 1 : floor);
    return this.#labelFound;
  }

  #span(text: string, run: PhoneRun, span: PhoneSpan): boolean {
    if (++this.#spans > SPANS_MAX) return false;
    // Whatever the words around it say: most dates and prices end here.
    if (span.groups.length !== 2 && isOtherShape(text, span)) return false;
    if (hasCurrency(text, span)) return false;
    // A label says where its number starts: nothing inside that number is one.
    if (span.start > run.start + 1 && this.#floor <= run.start) {
      const first = labelBefore(text, run.start, this.#floor);
      if (first.direct && first.label !== 'other') return false;
    }
    const before = this.#labelBefore(text, span.start);
    const marked = before.label === '' ? this.#markup().labelAt(span) : '';
    const words = before.label === '' && marked === '' ? labelBehind(text, span.end) : undefined;
    const behind = marked || (words?.label ?? '');
    const shared = before.label === '' && behind === '' && this.#continues(text, span.start);
    const label = shared ? this.#lastLabel : before.label === '' ? behind : before.label;
    const labelled =
      (label === 'phone' || label === 'fax') && (before.near || behind !== '' || shared);
    if (!mayBePhone(text, run, span, before, labelled)) return false;
    const hints = this.#countryHints();
    const resolved = resolvePhone(span, text, span.start, hints, labelled);
    if (resolved === undefined || (shared && !resolved.valid)) return false;
    EXTENSION.lastIndex = span.end;
    const extension = EXTENSION.exec(text);
    const end = extension === null ? span.end : EXTENSION.lastIndex;
    this.#floor = end;
    this.#labelledBehind = words !== undefined && isListed(text, span.end, words.end);
    if (words !== undefined && this.#labelledBehind) this.#floor = words.end;
    this.#lastLabel = label;
    this.found.add({
      value: resolved.e164,
      extension: extension?.[1] ?? '',
      label,
      country: resolved.country,
      raw: text.slice(span.start, end),
      method: 'text',
      confidence: confidenceOf(span, labelled, resolved.valid, resolved.sure),
      at: span.start,
    });
    return true;
  }
}

/** Whether the label is one number's alone: `555 0100 office, 555 0101 fax`, all in one cell. */
function isListed(text: string, from: number, end: number): boolean {
  return !text.slice(from, end).includes('\t') && !/^\s*[.\t]/.test(text.slice(end, end + 3));
}

function isCalled({ label }: LabelFinding): boolean {
  return label === 'phone' || label === 'fax';
}

function confidenceOf(span: PhoneSpan, labelled: boolean, valid: boolean, sure: boolean): number {
  if (!valid) return 0.4;
  if (!sure) return 0.5;
  if (labelled) return span.plus ? 0.9 : 0.85;
  return span.plus ? 0.85 : 0.7;
}

/** Whether shape and surroundings allow a telephone number, before any numbering plan is asked. */
function mayBePhone(
  text: string,
  run: PhoneRun,
  span: PhoneSpan,
  before: LabelFinding,
  labelled: boolean,
): boolean {
  if (labelled) return !isOtherShape(text, span) || span.groups.length === 2;
  const formatted = span.northAmerican && span.groups.length >= 3;
  if (before.label === 'other' && before.near && !span.plus) {
    const own = before.spent && isSigned(span);
    if ((before.direct && !own) || !formatted) return false;
  }
  if (isOtherShape(text, span)) return false;
  const after = codeAt(text, span.end);
  if (isLetter(after) && !span.plus && span.groups.length < 3) return false;
  if (after === 64 || after === 37 || after === 95 || after === 61) return false;
  if (after === 44 && isDigitAt(text, span.end + 1)) return false;
  if (span.plus) return true;
  if (span.groups.length === 1) return span.digits.length >= 9 && isAlone(text, span);
  if (isAmount(span) && !isAlone(text, span)) return false;
  if (isFromAbroad(span)) return true;
  // `4711.0815.3`: only a country code or trunk prefix is one digit alone.
  if (span.groups.some((group, i) => i > 0 && group.end - group.start === 1)) return false;
  return run.digits <= 24;
}

/** Whether more than spaces parts the digits: `614-555-0132`, not the tail of a long number. */
function isSigned({ groups }: PhoneSpan): boolean {
  return groups.some((group, i) => i > 0 && group.separator !== ' ');
}

/** `1 234 567`: groups of three, as amounts are written. */
function isAmount(span: PhoneSpan): boolean {
  if (span.digits.startsWith('0') || span.groups.length < 3) return false;
  return span.groups.every((group, i) => i === 0 || group.end - group.start === 3);
}

/** Whether nothing else stands on the number's line or in its cell. */
function isAlone(text: string, span: PhoneSpan): boolean {
  let i = span.start - 1;
  let others = 0;
  for (; i >= 0 && others <= 3; i--) {
    const code = codeAt(text, i);
    if (code === 10 || code === 9) break;
    if (code !== 32) others++;
  }
  const { length } = text;
  for (let k = span.end; k < length && others <= 3; k++) {
    const code = codeAt(text, k);
    if (code === 10 || code === 9) break;
    if (code !== 32) others++;
  }
  return others <= 3;
}

const CURRENCY_BEFORE = /(?:[$€£¥₹₽₩]|\b(?:usd|eur|gbp|chf|rs\.?|r\$)) ?$/i;
const CURRENCY_BEHIND = /^ ?(?:[$€£¥₹₽₩%]|(?:usd|eur|gbp|chf|km|kg)(?![a-z])|zł|kč|руб|m²)/i;

function hasCurrency(text: string, span: PhoneSpan): boolean {
  const { start, end } = span;
  const before = codeAt(text, codeAt(text, start - 1) === 32 ? start - 2 : start - 1);
  if (mayBeCurrency(before) && CURRENCY_BEFORE.test(text.slice(Math.max(0, start - 6), start))) {
    return true;
  }
  const behind = codeAt(text, codeAt(text, end) === 32 ? end + 1 : end);
  return mayBeCurrency(behind) && CURRENCY_BEHIND.test(text.slice(end, end + 5));
}

/** Letters, `$`, `%`, the dot of `Rs.` and what is not ASCII. */
function mayBeCurrency(code: number): boolean {
  return code >= 65 || code === 36 || code === 37 || code === 46;
}

const GLUED_LABEL = /(?<![\p{L}])(?:tel|ph|phone|fax|call|mob|mobile|cell|t|p|f|m|тел)[.:]?$/iu;

/** Whether the digits are the tail of a word, a path, an identifier or a longer number. */
function isGlued(text: string, start: number): boolean {
  if (start === 0) return false;
  const code = codeAt(text, start - 1);
  if (code === 44 || code === 46) return isDigitAt(text, start - 2);
  if (code === 47 || code === 61 || code === 95 || code === 38 || code === 64 || code === 92) {
    return !/(?:fax|mobile?|tel|phone)\/$/i.test(text.slice(Math.max(0, start - 8), start));
  }
  if (code === 45) return isWordAt(text, start - 2);
  return isLetter(code) && !GLUED_LABEL.test(text.slice(Math.max(0, start - 10), start));
}

function isDigitAt(text: string, at: number): boolean {
  const code = codeAt(text, at);
  return code >= 48 && code <= 57;
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && (isDigitAt(text, at) || isLetter(codeAt(text, at)));
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || (code >= 0xc0 && code < 0x2000);
}

/** A number and its extension, where it is written behind. */
function splitExtension(written: string): string[] {
  return written.split(/;ext=|;|,|(?<=\d)\s*(?:ext?(?:ension)?\.?|x)\s*(?=\d)/i, 2);
}

function wholeSpan(number: string, run: PhoneRun): PhoneSpan {
  let span: PhoneSpan | undefined;
  offerSpans(number, run, (offered) => {
    span ??= offered;
    return true;
  });
  return (
    span ?? {
      start: run.start,
      end: run.end,
      digits: number.slice(run.start, run.end).replace(/\D/g, ''),
      plus: run.plus,
      trunkDropped: false,
      groups: run.groups,
      northAmerican: false,
    }
  );
}
