import { addressLine } from './address-line.ts';
import { countryCode } from './countries.ts';
import { foldSpace } from './fold-space.ts';
import type { Found, FoundAddress, FoundText } from './found.ts';
import { collectJsonLd } from './json-ld-walk.ts';
import { collectMarks } from './mark-walk.ts';
import type { PageView } from './page-view.ts';
import { countryOfRegion } from './regions.ts';

/**
 * What a page says about itself in markup that is meant for machines: JSON-LD, microdata, hCard,
 * RDFa and OpenGraph. A page without any of them costs a few look-ups.
 *
 * Nothing here is believed blindly: each value carries its method and a confidence, and the number
 * of values of a kind is bounded.
 */
export interface StructuredData {
  readonly names: readonly FoundText[];
  readonly addresses: readonly FoundAddress[];
  /** Addresses that the markup writes in one piece. */
  readonly addressLines: readonly FoundText[];
  readonly emails: readonly FoundText[];
  readonly phones: readonly StructuredPhone[];
  /** `sameAs` and `url` values, as written. */
  readonly sameAs: readonly FoundText[];
  /** Opening hours as written, one entry a rule (`Mo-Fr 09:00-17:00`). */
  readonly hours: readonly FoundText[];
  readonly descriptions: readonly FoundText[];
}

/** A telephone number as the markup writes it; not yet canonical. */
export interface StructuredPhone extends Found {
  readonly value: string;
  readonly kind: 'phone' | 'fax';
}

/** Parts of an address as the markup writes them. */
export interface AddressFields {
  street?: string;
  poBox?: string;
  city?: string;
  state?: string;
  postalCode?: string;
  country?: string;
}

const VALUES_MAX = 100;

/** Gathers values of one page; the walkers write here. */
export class StructuredDataDraft implements StructuredData {
  readonly names: FoundText[] = [];
  readonly addresses: FoundAddress[] = [];
  readonly addressLines: FoundText[] = [];
  readonly emails: FoundText[] = [];
  readonly phones: StructuredPhone[] = [];
  readonly sameAs: FoundText[] = [];
  readonly hours: FoundText[] = [];
  readonly descriptions: FoundText[] = [];

  text(
    kind: 'names' | 'addressLines' | 'emails' | 'sameAs' | 'hours' | 'descriptions',
    raw: string,
    method: string,
    confidence: number,
  ): void {
    const value = fold(raw, kind === 'descriptions' ? 2_000 : 300);
    const list = this[kind];
    if (value === '' || list.length >= VALUES_MAX) return;
    const known = list.findIndex((other) => other.value === value);
    if (known < 0) list.push({ value, method, confidence });
    else if (list[known]!.confidence < confidence) list[known] = { value, method, confidence };
  }

  phone(raw: string, kind: 'phone' | 'fax', method: string, confidence: number): void {
    const value = fold(raw.replace(/^tel:/i, ''), 60);
    if (!/\d.*\d.*\d/.test(value) || this.phones.length >= VALUES_MAX) return;
    if (this.phones.some((other) => other.value === value && other.kind === kind)) return;
    this.phones.push({ value, kind, method, confidence });
  }

  address(fields: AddressFields, method: string, confidence: number): void {
    if (this.addresses.length >= VALUES_MAX) return;
    const street = [fold(fields.street ?? '', 160), poBoxOf(fields.poBox)].filter(Boolean);
    const state = trimmed(fields.state);
    const postalCode = trimmed(fields.postalCode);
    const country =
      countryCode(fold(fields.country ?? '', 40)) || countryOfRegion(state, postalCode);
    const parts = {
      street: street.join(', '),
      city: trimmed(fields.city),
      state,
      postalCode,
      country,
    };
    if (parts.street === '' && parts.postalCode === '') return;
    if (parts.city === '' && parts.postalCode === '') {
      // All of it in the field of the street.
      if (state === '') this.text('addressLines', parts.street, method, confidence - 0.05);
      return;
    }
    const full = parts.street !== '' && parts.city !== '';
    const value = addressLine(parts);
    if (this.addresses.some((other) => other.value === value)) return;
    this.addresses.push({ value, ...parts, method, confidence: full ? confidence : 0.6 });
  }
}

/** Reads everything that the page's own markup says about the organisation. */
export function readStructuredData(view: PageView): StructuredData {
  const draft = new StructuredDataDraft();
  if (view.jsonLd.length > 0) collectJsonLd(view.jsonLd, draft);
  if (view.marks.length > 0) collectMarks(view, draft);
  collectOpenGraph(view.meta, draft);
  return draft;
}

function collectOpenGraph(meta: ReadonlyMap<string, string>, draft: StructuredDataDraft): void {
  const siteName = meta.get('og:site_name');
  if (siteName !== undefined) draft.text('names', siteName, 'opengraph', 0.8);
  if (!meta.has('business:contact_data:street_address') && !meta.has('og:street-address')) {
    collectContactMeta(meta, draft);
    return;
  }
  const read = (name: string, old: string): string =>
    meta.get(`business:contact_data:${name}`) ?? meta.get(`og:${old}`) ?? '';
  draft.address(
    {
      street: read('street_address', 'street-address'),
      city: read('locality', 'locality'),
      state: read('region', 'region'),
      postalCode: read('postal_code', 'postal-code'),
      country: read('country_name', 'country-name'),
    },
    'opengraph',
    0.85,
  );
  collectContactMeta(meta, draft);
}

function collectContactMeta(meta: ReadonlyMap<string, string>, draft: StructuredDataDraft): void {
  for (const prefix of ['business:contact_data:', 'og:']) {
    const email = meta.get(`${prefix}email`);
    if (email !== undefined) draft.text('emails', email, 'opengraph', 0.85);
    const phone = meta.get(`${prefix}phone_number`);
    if (phone !== undefined) draft.phone(phone, 'phone', 'opengraph', 0.85);
    const fax = meta.get(`${prefix}fax_number`);
    if (fax !== undefined) draft.phone(fax, 'fax', 'opengraph', 0.85);
  }
}

/** White space folded, ends trimmed, cut to a length. */
function fold(text: string, charsMax: number): string {
  return foldSpace(text.slice(0, charsMax));
}

function trimmed(text: string | undefined): string {
  return fold(text ?? '', 80).replace(/^[,;|\s]+|[,;|\s]+$/g, '');
}

function poBoxOf(text: string | undefined): string {
  const box = fold(text ?? '', 40);
  return /^\d+$/.test(box) ? `PO Box ${box}` : box;
}
