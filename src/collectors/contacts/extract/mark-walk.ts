import type { Mark, PageView } from './page-view.ts';
import { isOrganisationType } from './schema-types.ts';
import type { AddressFields, StructuredDataDraft } from './structured-data.ts';

/**
 * Reads microdata, hCard and RDFa from the marks of a page in one pass in document order.
 *
 * Addresses need no tree: the parts of one address follow each other, so a group ends where a part
 * comes a second time, where a new address begins or where the next part is far away.
 */

type Kind = keyof AddressFields | 'name' | 'org' | 'phone' | 'fax' | 'email' | 'url' | Plain;
type Plain = 'hours' | 'description' | 'address';

const ITEMPROPS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['streetaddress', 'street'],
  ['street-address', 'street'],
  ['postofficeboxnumber', 'poBox'],
  ['addresslocality', 'city'],
  ['locality', 'city'],
  ['addressregion', 'state'],
  ['region', 'state'],
  ['postalcode', 'postalCode'],
  ['postal-code', 'postalCode'],
  ['addresscountry', 'country'],
  ['country-name', 'country'],
  ['address', 'address'],
  ['adr', 'address'],
  ['name', 'name'],
  ['legalname', 'org'],
  ['telephone', 'phone'],
  ['tel', 'phone'],
  ['faxnumber', 'fax'],
  ['fax', 'fax'],
  ['email', 'email'],
  ['sameas', 'url'],
  ['openinghours', 'hours'],
  ['description', 'description'],
]);

const CLASSES: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['street-address', 'street'],
  ['p-street-address', 'street'],
  ['post-office-box', 'poBox'],
  ['locality', 'city'],
  ['p-locality', 'city'],
  ['region', 'state'],
  ['p-region', 'state'],
  ['postal-code', 'postalCode'],
  ['p-postal-code', 'postalCode'],
  ['country-name', 'country'],
  ['p-country-name', 'country'],
  ['adr', 'address'],
  ['p-adr', 'address'],
  ['h-adr', 'address'],
  ['org', 'org'],
  ['p-org', 'org'],
  ['organization-name', 'org'],
  ['fn', 'name'],
]);

const CARD = /(?:^|\s)(?:vcard|h-card)(?:\s|$)/;
const PHONE_TYPE =
  /^(?:(?:tele)?fax|facsimile|work|home|cell|mobile|voice|main|pref|tel(?:ephone)?|phone)\b[\s.:,-]*/i;
const MARKS_MAX = 5_000;
const TAKES_MAX = 1_200;
const GAP_CHARS_MAX = 300;

/** Reads the marks of a page into `draft`. */
export function collectMarks(view: PageView, draft: StructuredDataDraft): void {
  const reader = new MarkReader(view, draft);
  const count = Math.min(view.marks.length, MARKS_MAX);
  for (let index = 0; index < count; index++) reader.read(view.marks[index]!);
  reader.flush();
}

class MarkReader {
  readonly #view: PageView;
  readonly #draft: StructuredDataDraft;
  /** Types of the enclosing items by depth; '' where a mark opens none. */
  readonly #types: string[] = [];
  #fields: AddressFields = {};
  #method = '';
  #end = 0;
  #takes = 0;
  /** Where the hCard or the item that names a person ends. */
  #cardEnd = -1;

  constructor(view: PageView, draft: StructuredDataDraft) {
    this.#view = view;
    this.#draft = draft;
  }

  read(mark: Mark): void {
    this.#types.length = Math.min(this.#types.length, mark.depth);
    while (this.#types.length < mark.depth) this.#types.push('');
    this.#types.push(mark.itemtype);
    if (mark.className.includes('card') && CARD.test(mark.className)) this.#cardEnd = mark.end;
    const property = mark.itemprop || lastName(mark.attributes.get('property') ?? '');
    if (property !== '') {
      const method = mark.itemprop === '' ? 'rdfa' : 'microdata';
      for (const token of tokens(property.toLowerCase(), 4)) {
        const kind = ITEMPROPS.get(token);
        if (kind !== undefined) this.#take(kind, mark, method);
      }
    }
    if (mark.className !== '' && !/\s/.test(mark.className)) {
      const kind = this.#classKind(mark.className, mark);
      if (kind !== undefined) this.#take(kind, mark, 'hcard');
    } else if (mark.className !== '') {
      // Sites write the names of both versions (`region p-region`): they say one thing.
      const kinds = new Set<Kind>();
      for (const token of tokens(mark.className, 12)) {
        const kind = this.#classKind(token, mark);
        if (kind !== undefined) kinds.add(kind);
      }
      for (const kind of kinds) this.#take(kind, mark, 'hcard');
    }
  }

  #classKind(token: string, mark: Mark): Kind | undefined {
    return CLASSES.get(token) ?? (mark.start < this.#cardEnd ? cardKind(token) : undefined);
  }

  /** Writes the address that was being gathered. */
  flush(): void {
    if (this.#method !== '') this.#draft.address(this.#fields, this.#method, 0.9);
    this.#fields = {};
    this.#method = '';
  }

  #take(kind: Kind, mark: Mark, method: string): void {
    if (++this.#takes > TAKES_MAX) return;
    const draft = this.#draft;
    switch (kind) {
      case 'address':
        this.flush();
        // What is shown is read with the rest of the text.
        draft.text('addressLines', mark.attributes.get('content') ?? '', method, 0.85);
        return;
      case 'name':
        if (method === 'hcard') return;
        if (isOrganisationType(this.#scope(mark.depth))) {
          draft.text('names', this.#value(mark), method, 0.88);
        }
        return;
      case 'org':
        draft.text('names', this.#value(mark), method, method === 'hcard' ? 0.8 : 0.88);
        return;
      case 'phone':
      case 'fax':
        this.#phone(this.#value(mark), kind, method);
        return;
      case 'email':
        draft.text('emails', this.#value(mark).replace(/^mailto:/i, ''), method, 0.9);
        return;
      case 'url':
        draft.text('sameAs', mark.attributes.get('href') ?? this.#value(mark), method, 0.85);
        return;
      case 'hours':
        draft.text('hours', mark.attributes.get('datetime') ?? this.#value(mark), method, 0.9);
        return;
      case 'description':
        if (!isOrganisationType(this.#scope(mark.depth))) return;
        draft.text('descriptions', this.#value(mark), method, 0.75);
        return;
      default:
        this.#part(kind, mark, method);
    }
  }

  /** An hCard writes the type of a number into it (`fax +1 …`). */
  #phone(value: string, kind: 'phone' | 'fax', method: string): void {
    const bare = value.replace(PHONE_TYPE, '');
    const fax = bare !== value && /^(?:tele)?fax|^facsimile/i.test(value);
    this.#draft.phone(bare, fax ? 'fax' : kind, method, 0.9);
  }

  #part(kind: keyof AddressFields, mark: Mark, method: string): void {
    const value = this.#value(mark);
    if (value === '') return;
    const known = this.#fields[kind];
    const far = mark.start - this.#end > GAP_CHARS_MAX;
    const second = known !== undefined && !(kind === 'street' && this.#fields.city === undefined);
    if (this.#method !== '' && (far || second)) this.flush();
    const before = this.#fields[kind];
    this.#fields[kind] = before === undefined || before === value ? value : `${before}, ${value}`;
    this.#method = method;
    this.#end = mark.end;
  }

  /** Type of the nearest item around a mark of this depth. */
  #scope(depth: number): string {
    for (let at = depth - 1; at >= 0; at--) if (this.#types[at] !== '') return this.#types[at]!;
    return '';
  }

  #value(mark: Mark): string {
    const content = mark.attributes.get('content');
    if (content !== undefined && content !== '') return content;
    const text = this.#view.text.slice(mark.start, Math.min(mark.end, mark.start + 400));
    return text
      .replace(/\s*\n\s*/g, ', ')
      .replace(/\s+/g, ' ')
      .replace(/^[\s,]+|[\s,]+$/g, '');
  }
}

/** The first words of a value: nearly all values are one word, or parted by single spaces. */
function tokens(value: string, max: number): string[] {
  if (!/\s/.test(value)) return [value];
  return /[^\S ]|\s\s/.test(value) ? value.split(/\s+/, max) : value.split(' ', max);
}

/** Classes that mean something only inside a card. */
function cardKind(token: string): Kind | undefined {
  if (token === 'tel' || token === 'p-tel') return 'phone';
  if (token === 'fax' || token === 'p-tel-fax') return 'fax';
  return token === 'email' || token === 'u-email' ? 'email' : undefined;
}

/** `addressLocality` out of `schema:addressLocality` or a full URL. */
function lastName(property: string): string {
  if (property === '' || property.startsWith('og:')) return '';
  return property.slice(Math.max(property.lastIndexOf(':'), property.lastIndexOf('/')) + 1);
}
