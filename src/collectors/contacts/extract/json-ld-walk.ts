import { decodeAttribute } from './html-entities.ts';
import { parseJsonLd } from './json-ld.ts';
import { FOREIGN_KEYS, isOrganisationType } from './schema-types.ts';
import type { AddressFields, StructuredDataDraft } from './structured-data.ts';

/**
 * Walks JSON-LD values and writes what they say about the page's organisation. The walk is bounded
 * in depth and in nodes, and it does not enter keys that speak about somebody else.
 */

const METHOD = 'json-ld';
const DEPTH_MAX = 12;
const NODES_MAX = 5_000;
const BODIES_MAX = 40;

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads all JSON-LD bodies of a page into `draft`. */
export function collectJsonLd(bodies: readonly string[], draft: StructuredDataDraft): void {
  const walk = new Walk(draft);
  for (const body of bodies.slice(0, BODIES_MAX)) {
    for (const value of parseJsonLd(body)) walk.value(value, 0);
  }
}

class Walk {
  readonly #draft: StructuredDataDraft;
  #nodes = 0;

  constructor(draft: StructuredDataDraft) {
    this.#draft = draft;
  }

  value(value: unknown, depth: number): void {
    if (depth > DEPTH_MAX || this.#nodes > NODES_MAX) return;
    this.#nodes++;
    if (Array.isArray(value)) {
      for (const item of value.slice(0, 500)) this.value(item, depth + 1);
    } else if (isObject(value)) {
      this.#object(value, depth);
    }
  }

  #object(object: JsonObject, depth: number): void {
    const types = strings(object['@type'] ?? object.type).map(lastSegment);
    const person = types.includes('Person');
    const organisation = types.some(isOrganisationType);
    if (organisation) this.#organisation(object);
    else if (types.includes('WebSite')) this.#texts('names', object.name, 0.75);
    if (organisation || types.length === 0 || types.includes('ContactPoint')) {
      this.#contact(object);
    } else if (types.includes('PostalAddress')) {
      this.#address(object);
    } else if (types.includes('Place')) {
      this.#address(object.address);
      this.#phones(object);
    }
    if (!person) this.#children(object, depth);
  }

  #children(object: JsonObject, depth: number): void {
    for (const key in object) {
      const child = object[key];
      if (typeof child !== 'object' || child === null) continue;
      if (key === 'address' || FOREIGN_KEYS.has(key.toLowerCase())) continue;
      this.value(child, depth + 1);
    }
  }

  #organisation(object: JsonObject): void {
    this.#texts('names', object.legalName, 0.9);
    this.#texts('names', object.name, 0.92);
    this.#texts('descriptions', object.description, 0.85);
    this.#texts('sameAs', object.sameAs, 0.9);
    this.#texts('hours', object.openingHours, 0.95);
    for (const rule of list(object.openingHoursSpecification)) {
      const text = isObject(rule) ? hoursRule(rule) : '';
      if (text !== '') this.#draft.text('hours', text, METHOD, 0.95);
    }
  }

  #contact(object: JsonObject): void {
    this.#address(object.address);
    this.#phones(object);
    for (const email of strings(object.email)) {
      this.#draft.text('emails', decodeAttribute(email).replace(/^mailto:/i, ''), METHOD, 0.95);
    }
  }

  #phones(object: JsonObject): void {
    for (const phone of strings(object.telephone)) {
      this.#draft.phone(phone, 'phone', METHOD, 0.95);
    }
    for (const fax of strings(object.faxNumber)) this.#draft.phone(fax, 'fax', METHOD, 0.95);
  }

  #address(value: unknown): void {
    for (const item of list(value)) {
      if (typeof item === 'string') this.#addressLine(item);
      if (!isObject(item)) continue;
      if (item.streetAddress === undefined && item.postalCode === undefined) {
        this.#addressLine(strings(item.name)[0] ?? '');
      }
      const fields: AddressFields = {
        street: strings(item.streetAddress).map(onOneLine).join(', '),
        poBox: first(item.postOfficeBoxNumber),
        ...townAndState(nameOf(item.addressLocality), nameOf(item.addressRegion)),
        postalCode: first(item.postalCode),
        country: nameOf(item.addressCountry),
      };
      this.#draft.address(fields, METHOD, 0.95);
    }
  }

  #addressLine(line: string): void {
    this.#draft.text('addressLines', onOneLine(line), METHOD, 0.9);
  }

  #texts(
    kind: 'names' | 'sameAs' | 'hours' | 'descriptions',
    value: unknown,
    confidence: number,
  ): void {
    for (const text of strings(value)) {
      this.#draft.text(kind, decodeAttribute(text), METHOD, confidence);
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.slice(0, 200) : [value];
}

/** The strings of a value: itself, of an array, or the `@value` of a language object. */
function strings(value: unknown): string[] {
  return list(value).flatMap((item) => {
    if (typeof item === 'string') return [item];
    if (typeof item === 'number') return [String(item)];
    if (isObject(item) && typeof item['@value'] === 'string') return [item['@value']];
    return [];
  });
}

function first(value: unknown): string {
  return decodeAttribute(strings(value)[0] ?? '');
}

/** Of a country, a state or a town, which may be things of their own. */
function nameOf(value: unknown): string {
  return isObject(value) ? first(value.name ?? value.identifier) : first(value);
}

/** A street of several lines, as a form's field has them. */
function onOneLine(text: string): string {
  return decodeAttribute(text)
    .trim()
    .replace(/[\s,]*(?:[\r\n]|<br ?\/?>)\s*/gi, ', ');
}

/** `Marion, OH` in the field of the town. */
function townAndState(city: string, state: string): { city: string; state: string } {
  const both = state === '' ? /^(\D+), ([A-Z]{2,3})$/.exec(city) : null;
  return both === null ? { city, state } : { city: both[1]!, state: both[2]! };
}

function lastSegment(type: string): string {
  return type.slice(Math.max(type.lastIndexOf('/'), type.lastIndexOf(':')) + 1);
}

/** `Mo,Tu 09:00-17:00` out of an OpeningHoursSpecification. */
function hoursRule(rule: JsonObject): string {
  const days = strings(rule.dayOfWeek).map((day) => lastSegment(day).slice(0, 2));
  const opens = first(rule.opens).slice(0, 5);
  const closes = first(rule.closes).slice(0, 5);
  if (opens === '' || closes === '') return '';
  return `${days.join(',')} ${opens}-${closes}`.trim();
}
