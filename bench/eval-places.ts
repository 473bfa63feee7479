/**
 * Scores addresses and company names. The labels of a page are lists of parts (streets, cities,
 * states, ZIP codes), not whole addresses: an address is right where each of its parts matches a
 * label of its kind, and a page's addresses are counted by its ZIP codes.
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
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

type Labels = Readonly<Record<string, readonly string[]>>;

/**
 * Whole addresses of a page that labels streets, cities, states and ZIP codes; undefined
 * elsewhere.
 */
export function scoreAddresses(
  found: readonly AddressParts[],
  labels: Labels,
): PlaceScore | undefined {
  const { STREET, CITY, STATE, ZIPCODE } = labels;
  if (!STREET?.length || !CITY?.length || !STATE?.length || !ZIPCODE?.length) return undefined;
  const full = found.filter((a) => a.street !== '' && a.city !== '' && a.postalCode !== '');
  const rightParts = full.filter(
    (a) =>
      ZIPCODE.some((zip) => isSameCode(zip, a.postalCode)) &&
      CITY.some((city) => overlaps(city, a.city)) &&
      STREET.some((street) => overlaps(street, a.street)),
  );
  const score: { [K in keyof PlaceScore]: string[] } = {
    matched: [],
    missed: [],
    right: rightParts.map((a) => a.value),
    wrong: full.filter((a) => !rightParts.includes(a)).map((a) => a.value),
  };
  for (const zip of new Set(ZIPCODE.map((code) => code.trim()).filter((code) => /\d/.test(code)))) {
    const hit = rightParts.some(
      (a) => isSameCode(zip, a.postalCode) && STATE.some((state) => overlaps(state, a.state)),
    );
    (hit ? score.matched : score.missed).push(zip);
  }
  return score;
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
export function scoreEmails(
  found: readonly string[],
  labels: Labels,
): Pick<PlaceScore, 'matched' | 'missed'> {
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
