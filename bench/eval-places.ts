/**
 * Scores addresses and company names.
 *
 * The labels of a page are lists of parts (streets, cities, states, ZIP codes), not whole addresses,
 * and some parts belong to no address: codes served, towns in a sentence. So a reported address is
 * right where street, town and code each match a label of their kind, and the state too where it
 * names one. Recall is counted two ways, over the pages that label all four kinds: by page, found
 * where one reported address is right in all four, and by distinct code, found where such an
 * address has it. The first says how often a page's address is found; the second counts every code
 * on the page, those without an address too.
 */
import { folded } from './eval-labels.ts';

export interface AddressParts {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
  readonly value: string;
}

export interface PlaceScore {
  readonly matched: readonly string[];
  readonly missed: readonly string[];
}

/** `matched` and `missed` are the page's distinct codes. */
export interface AddressScore extends PlaceScore {
  readonly right: readonly string[];
  readonly wrong: readonly string[];
  /** Whether one reported address matches a label in street, town, state and code. */
  readonly pageFound: boolean;
}

type Labels = Readonly<Record<string, readonly string[]>>;

/** Scores the whole addresses (street, town, code) of a page that labels all four kinds of parts. */
export function scoreAddresses(
  found: readonly AddressParts[],
  labels: Labels,
): AddressScore | undefined {
  const { STREET = [], CITY = [], STATE = [], ZIPCODE = [] } = labels;
  const codes = new Set(ZIPCODE.map((code) => code.trim()).filter((code) => /\d/.test(code)));
  if ([STREET.length, CITY.length, STATE.length, codes.size].includes(0)) return undefined;
  const full = found.filter((a) => a.street !== '' && a.city !== '' && a.postalCode !== '');
  const isState = (a: AddressParts) => STATE.some((state) => overlaps(state, a.state));
  const right = full.filter(
    (a) =>
      [...codes].some((code) => isSameCode(code, a.postalCode)) &&
      CITY.some((city) => overlaps(city, a.city)) &&
      STREET.some((street) => overlaps(street, a.street)) &&
      (a.state === '' || isState(a)),
  );
  const whole = right.filter(isState);
  const isFound = (code: string) => whole.some((a) => isSameCode(code, a.postalCode));
  return {
    matched: [...codes].filter(isFound),
    missed: [...codes].filter((code) => !isFound(code)),
    right: right.map((a) => a.value),
    wrong: full.filter((a) => !right.includes(a)).map((a) => a.value),
    pageFound: whole.length > 0,
  };
}

function isSameCode(label: string, code: string): boolean {
  const a = label.replace(/[^a-z\d]/gi, '').toLowerCase();
  const b = code.replace(/[^a-z\d]/gi, '').toLowerCase();
  return a !== '' && (a === b || (b.length > a.length && a.length >= 5 && b.startsWith(a)));
}

function overlaps(label: string, part: string): boolean {
  const a = folded(label);
  const b = folded(part);
  return (
    a !== '' && b !== '' && (a === b || ` ${b} `.includes(` ${a} `) || ` ${a} `.includes(` ${b} `))
  );
}

/** Whether the best name is one of the labelled organisations; undefined where none is labelled. */
export function isCompanyRight(best: string | undefined, labels: Labels): boolean | undefined {
  const { ORG } = labels;
  if (!ORG?.length) return undefined;
  const name = folded(best ?? '');
  return name !== '' && ORG.some((label) => folded(label) === name);
}

/** Labelled e-mail addresses that were found, and those that were not. */
export function scoreEmails(found: readonly string[], labels: Labels): PlaceScore {
  const known = new Set(found.map((email) => email.toLowerCase()));
  const matched: string[] = [];
  const missed: string[] = [];
  for (const label of new Set(labels.EMAIL ?? [])) {
    // A label is what stands on the page: signs may be words there.
    const written = label
      .replace(/\s*[[({]at[\])}]\s*/gi, '@')
      .replace(/\s*[[({]dot[\])}]\s*/gi, '.');
    const wanted = written.match(/[^\s@<>,;:()]+@[^\s@<>,;:()]+/g) ?? [written];
    const all = wanted.every((email) => known.has(email.toLowerCase().replace(/\.+$/, '')));
    (all ? matched : missed).push(label);
  }
  return { matched, missed };
}
