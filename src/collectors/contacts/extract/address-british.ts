import type { AddressCandidate, CodeAnchor } from './address-candidate.ts';
import { cleanTown, isTown } from './address-candidate.ts';
import { isFieldName } from './address-fields.ts';
import { withoutLabel } from './address-label.ts';
import { countryBehind, type Part, partBehind, partsBefore } from './address-window.ts';
import { countryCode } from './countries.ts';
import { hasLegalForm } from './legal-forms.ts';
import { GB_REGIONS, IE_REGIONS } from './regions.ts';
import { boxIn, isForeign, isUnit, splitStreetAndTown, streetIn } from './street.ts';
import { SURE_SUFFIXES } from './street-words.ts';

/**
 * British and Irish addresses: any number of lines (building, street, locality, town, county) above
 * a postcode, or above an Irish county. The town is the line before county or code; the street
 * reaches up from there to the first line that names a street, a box or a numbered building.
 */

const PARTS_MAX = 9;
const LINES_MAX = 5;
const BUILDING = new RegExp(
  [
    String.raw`\b(?:house|court|buildings?|centre|center|park|estate|works|mills?|units?|`,
    'floor|suite|office|studios?|hall|chambers|barns?|farm|lodge|tower|mews|yard|',
    'cottages?|rectory|vicarage|stables|granary|dairy|forge|maltings|brewery|',
    String.raw`foundry|chapel|manor|business|wharf|exchange|quarter|point|plaza|place)\b`,
  ].join(''),
  'i',
);
/** Post towns with a numbered district. */
const DISTRICT = /^(?:dublin|cork|belfast) \d{1,2}w?$/i;
/** A heading that is no building's name. */
const HEADING = new RegExp(
  [
    '^(?:(?:our|head|main|registered|the|london|uk) )?(?:offices?|studios?|shop|',
    'address|house|contact|business|park|works|centre|center|building)$',
  ].join(''),
  'i',
);
/** No towns, though they stand where one would. */
const ESTATE =
  /\b(?:business|retail|science|technology|trading|industrial) (?:park|estate|centre)$/i;
/** A street without a number and the town in one part (`Nelson Road London`). */
const NAMED_STREET_AND_TOWN =
  /^(\p{Lu}.* (?:Road|Street|Lane|Avenue|Drive|Close|Crescent|Way|Rd)) (\p{Lu}[\p{L} '-]+)$/u;
const STREET_END = new RegExp(
  [
    String.raw`\b(?:green|hill|gardens|quay|grove|park|rise|view|wharf|broadway|parade|mews|`,
    'strand|bank|gate|cross|vale|common|heath|end|circus|embankment)$',
  ].join(''),
  'i',
);

/** `7-8 The Shambles`: British streets may be nothing but a name. */
const NUMBERED_THE = /\b\d{1,4}[a-z]?(?:[-–]\d{1,4})?,? The \p{Lu}\p{L}+(?: \p{Lu}\p{L}+)?$/u;

/** The address that ends in the postcode of the anchor. */
export function britishAddress(anchor: CodeAnchor): AddressCandidate | undefined {
  const { text, start, end } = anchor;
  const parts = partsBefore(anchor, start, anchor.floor, PARTS_MAX).filter(
    (part) => !isFieldName(part.text),
  );
  const postalCode = text.slice(start, end).trim();
  const behind = partBehind(anchor, end);
  const county =
    behind !== undefined && GB_REGIONS.has(behind.text.toLowerCase()) ? behind : undefined;
  const after = county?.end ?? end;
  const read = readLines(parts, isBritishCounty, county?.text ?? '');
  if (read === undefined) return undefined;
  const country = countryBehind(anchor, after);
  const code = country?.code ?? '';
  return {
    ...read,
    postalCode,
    country: code === '' || code === 'IE' ? 'GB' : code,
    end: country?.end ?? after,
  };
}

/**
 * An Irish address that ends at `anchor.end` in a county (`Tullamore, Co. Offaly`) or an
 * Eircode.
 */
export function irishAddress(anchor: CodeAnchor, postalCode: string): AddressCandidate | undefined {
  const parts = partsBefore(anchor, anchor.start, anchor.floor, PARTS_MAX);
  const county = postalCode === '' ? anchor.text.slice(anchor.start, anchor.end) : '';
  const read = readLines(parts, isIrishCounty, county);
  if (read === undefined) return undefined;
  const country = countryBehind(anchor, anchor.end);
  return { ...read, postalCode, country: 'IE', end: country?.end ?? anchor.end };
}

type Read = Pick<AddressCandidate, 'street' | 'city' | 'state' | 'start' | 'confidence'>;

function readLines(
  parts: readonly Part[],
  isCounty: (part: string) => boolean,
  countyBehind: string,
): Read | undefined {
  let at = 0;
  while (at < 2 && countryCode(parts[at]?.text ?? '') !== '') at++;
  let state = countyBehind;
  const beyond = parts[at + 1]?.text ?? '';
  const county = state === '' && at + 2 < parts.length && isCounty(parts[at]?.text ?? '');
  if (county && !isStreet(beyond) && !/\d/.test(beyond) && isTown(beyond)) {
    state = (parts[at]?.text ?? '').replace(/\.$/, '');
    at++;
  }
  const part = parts[at];
  if (part === undefined || isForeign(part.text)) return undefined;
  const text = withoutLabel(part.text);
  const city = cleanTown(text);
  if (state !== '' && ESTATE.test(city)) {
    const lines = linesAbove(parts, at);
    return lines === undefined ? undefined : { ...lines, city: '', state };
  }
  const named = NAMED_STREET_AND_TOWN.exec(city);
  if (named !== null && !/\d/.test(city) && text === part.text) {
    return { ...withBuilding(parts, at, [named[1]!], 0.8), city: named[2]!, state };
  }
  if ((!/\d/.test(city) && isTown(city) && !isStreet(city)) || DISTRICT.test(city)) {
    const lines = linesAbove(parts, at + 1);
    if (lines !== undefined) return { ...lines, city, state };
  }
  const mixed = streetAndTown(parts, at, text);
  return mixed === undefined ? undefined : { ...mixed, state };
}

/** Street and town in one part (`70 Barnes Street London`). */
function streetAndTown(
  parts: readonly Part[],
  at: number,
  text: string,
): { street: string; city: string; start: number; confidence: number } | undefined {
  const split = splitStreetAndTown(text);
  const town = cleanTown(split?.town ?? '');
  if (split === undefined || split.strength < 2 || !isTown(town)) return undefined;
  const part = parts[at]!;
  const start = part.start + (part.text.length - text.length) + split.start;
  const locality = town.endsWith(' London') ? town.slice(0, -' London'.length) : '';
  const street = locality === '' ? split.street : `${split.street}, ${locality}`;
  const city = locality === '' ? town : 'London';
  if (start > part.start) return { street, city, start, confidence: 0.85 };
  return { ...withBuilding(parts, at, [street], 0.85), city };
}

/** Collects upwards to the street, then takes a building above it along. */
function linesAbove(
  parts: readonly Part[],
  from: number,
): { street: string; start: number; confidence: number } | undefined {
  const lines: string[] = [];
  const limit = Math.min(parts.length, from + LINES_MAX);
  for (let at = from; at < limit; at++) {
    const part = parts[at]!;
    const text = withoutLabel(part.text);
    if (isForeign(text) || text.length > 60) return undefined;
    const box = boxIn(text);
    if (box !== undefined) {
      lines.unshift(text.slice(box.start));
      const start = part.start + (part.text.length - text.length) + box.start;
      return { street: lines.join(', '), start, confidence: 0.92 };
    }
    const street = streetIn(text);
    const named = isStreet(text);
    if (street !== undefined || named || isBuilding(text)) {
      const begin = street !== undefined && !named ? beginOf(text, street.start) : 0;
      lines.unshift(text.slice(begin));
      const offset = part.start + (part.text.length - text.length) + begin;
      const confidence = street === undefined ? 0.8 : 0.92;
      return begin > 0 || offset > part.start
        ? { street: lines.join(', '), start: offset, confidence }
        : withBuilding(parts, at, lines, confidence);
    }
    if (text.includes(':') || text.split(' ').length > 5) return undefined;
    lines.unshift(text);
  }
  return undefined;
}

/** A building's name stands before the number (`Ash House 7-8 The Shambles`). */
function beginOf(text: string, start: number): number {
  const before = text.slice(0, start).trim();
  return isBuilding(before) && before.split(' ').length <= 4 ? 0 : start;
}

function withBuilding(
  parts: readonly Part[],
  at: number,
  lines: string[],
  confidence: number,
): { street: string; start: number; confidence: number } {
  let start = parts[at]!.start;
  for (let above = at + 1; above <= at + 3 && above < parts.length; above++) {
    const raw = parts[above]!.text;
    const text = withoutLabel(raw);
    if (isForeign(text) || text.includes(':') || text.length > 45) break;
    const numbered = streetIn(text)?.start === 0;
    if (!isUnit(text) && !numbered && !isBuilding(text)) break;
    lines.unshift(text);
    start = parts[above]!.start + raw.length - text.length;
    if (text !== raw) break;
  }
  return { street: lines.join(', '), start, confidence };
}

/** Whether a line ends in a word that means a street. */
function isStreet(text: string): boolean {
  const last = text
    .slice(text.lastIndexOf(' ') + 1)
    .replace(/\.$/, '')
    .toLowerCase();
  if (text.length === last.length) return false;
  if (SURE_SUFFIXES.has(last) || NUMBERED_THE.test(text)) return true;
  return STREET_END.test(text) && /\d/.test(text);
}

function isBuilding(text: string): boolean {
  if (/\b(?:ltd|limited|plc|llp|inc|head office|contact|our office)\b/i.test(text)) return false;
  if (HEADING.test(text) || hasLegalForm(text)) return false;
  return isUnit(text) || (BUILDING.test(text) && /^[\p{Lu}\d]/u.test(text) && !/[.:]$/.test(text));
}

function isBritishCounty(part: string): boolean {
  return GB_REGIONS.has(part.replace(/\.$/, '').toLowerCase());
}

function isIrishCounty(part: string): boolean {
  const name = part.replace(/^(?:co\.? ?|county )/i, '');
  return name !== part && IE_REGIONS.has(name.toLowerCase());
}
