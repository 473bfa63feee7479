import { britishAddress, irishAddress } from './address-british.ts';
import type { AddressCandidate, CodeAnchor } from './address-candidate.ts';
import { codeFirstAddress } from './address-code-first.ts';
import { codeThenRegion, codeThenState, regionAddress, townAddress } from './address-code-last.ts';
import { codeNameBefore } from './address-fields.ts';
import { isNamedBehind, mayBeFourDigitCode } from './address-four-digits.ts';
import { codeBehindMark, japaneseAddress } from './address-japanese.ts';
import { foundAddress } from './address-line.ts';
import { countryOfTown, looseAddress } from './address-loose.ts';
import { mergeAddresses } from './address-merge.ts';
import { regionOnlyAddress } from './address-no-code.ts';
import { countryBehind } from './address-window.ts';
import { COUNTRIES_BY_SHAPE } from './code-formats.ts';
import { countryOfHost, countryOfLanguage } from './countries.ts';
import type { FoundAddress, FoundText } from './found.ts';
import type { PageView } from './page-view.ts';
import { AU_REGIONS, CA_REGIONS, IE_REGIONS, US_REGIONS } from './regions.ts';
import type { StructuredData } from './structured-data.ts';
import { type TextMarks, textMarks } from './text-marks.ts';

/**
 * Finds postal addresses in the visible text and joins them with those of the markup.
 *
 * One pass looks at each run of digits. Most are told from a code by their length and their
 * neighbours; the few that remain are read into an address from the lines around them. The number
 * of runs that are read is bounded, so no page costs more than one pass and a fixed amount.
 */

const ANCHORS_MAX = 400;
const WITHOUT_CODE_MAX = 50;
const ADDRESSES_MAX = 100;
const TEXT_CHARS_MAX = 1_000_000;
/** Addresses of the markup that are written in one piece. */
const LINES_MAX = 20;

/** All addresses of a page in the order of the page, those of its markup first. */
export function findAddresses(view: PageView, structured?: StructuredData): FoundAddress[] {
  const said = structured?.addresses.find((address) => address.country !== '')?.country ?? '';
  const hint = countryOfHost(hostOf(view.url)) || said || countryOfLanguage(view.lang);
  let found = new AddressScan(view.text, hint).run();
  if (found.length === 0) {
    const head = `${view.title}\n${view.meta.get('description') ?? ''}`.slice(0, 1_000);
    if (ANCHOR.test(head)) found = new AddressScan(head, hint).run().map(fromTitle);
  }
  const lines = structured?.addressLines ?? [];
  const written = lines.slice(0, LINES_MAX).flatMap((line) => inOnePiece(line, hint));
  return mergeAddresses([...(structured?.addresses ?? []), ...written], found);
}

/** The addresses in a value of the markup that has all of one in it. */
function inOnePiece({ value, method, confidence }: FoundText, hint: string): FoundAddress[] {
  return new AddressScan(value, hint).run().map((found) => ({ ...found, method, confidence }));
}

/** What an address is read from. */
const ANCHOR = /\d|, [A-Z]|Co|\u3012/;

function fromTitle(found: FoundAddress): FoundAddress {
  return { ...found, method: 'title', confidence: found.confidence - 0.15 };
}

class AddressScan {
  readonly #marks: TextMarks;
  readonly #text: string;
  readonly #units: Uint16Array;
  readonly #hint: string;
  readonly #found: AddressCandidate[] = [];
  /** Read from a region alone; they count where no code is found to go with them. */
  readonly #withoutCode: AddressCandidate[] = [];
  #floor = 0;
  #anchors = 0;

  constructor(text: string, hint: string) {
    this.#marks = textMarks(text.length > TEXT_CHARS_MAX ? text.slice(0, TEXT_CHARS_MAX) : text);
    this.#text = this.#marks.text;
    this.#units = this.#marks.units;
    this.#hint = hint;
  }

  run(): FoundAddress[] {
    const { digits, places } = this.#marks;
    let place = 0;
    let at = 0;
    for (let i = 0; i < digits.length; i += 2) {
      const end = digits[i + 1]!;
      if (end <= at) continue;
      const start = Math.max(digits[i]!, at);
      for (; place < places.length && places[place]! < start; place++) {
        if (places[place]! >= at) this.#place(places[place]!);
      }
      if (end - start <= 6 && this.#anchors < ANCHORS_MAX) {
        const found = this.#read(start, end);
        if (found !== undefined) this.#add(found);
      }
      at = Math.max(end, this.#floor);
    }
    for (; place < places.length; place++) {
      if (places[place]! >= at) this.#place(places[place]!);
    }
    return this.#inOrder().map((found) => {
      const { street, city, state, postalCode, country, confidence } = found;
      return foundAddress(
        { street: closed(street), city, state, postalCode, country },
        'text',
        confidence,
      );
    });
  }

  #place(at: number): void {
    const code = this.#units[at];
    if (code === 44) this.#regionOnly(at);
    else if (code === POSTAL_MARK) this.#japanese(at);
    else this.#irishCounty(at);
  }

  #inOrder(): AddressCandidate[] {
    const free = this.#withoutCode.filter(
      (one) => !this.#found.some((other) => other.start < one.end && one.start < other.end),
    );
    if (free.length === 0) return this.#found;
    return [...this.#found, ...free].sort((one, other) => one.start - other.start);
  }

  #add(found: AddressCandidate): void {
    if (this.#found.length >= ADDRESSES_MAX) return;
    this.#found.push(found);
    this.#floor = Math.max(this.#floor, found.end);
  }

  /** Tells by length and neighbours which kind of code the digits may be, and reads the address. */
  #read(start: number, end: number): AddressCandidate | undefined {
    const units = this.#units;
    const before = start > 0 ? units[start - 1]! : 10;
    const second = start > 1 ? units[start - 2]! : 0;
    const behind = end < units.length ? units[end]! : 10;
    if (isUpperLetter(before) || isUpperLetter(behind)) {
      const lettered = this.#lettered(start, end, before, behind);
      if (lettered !== undefined) return lettered;
    }
    if (end - start === 5 && isUpperLetter(before) && isUpperLetter(second)) {
      return regionAddress(this.#anchor(start, end), US_REGIONS);
    }
    if (!opensCode(before, second) || isWordCode(behind)) {
      if (!(end - start === 4 && isUpperLetter(behind))) return undefined;
    }
    if (end - start <= 2 && before === 32 && this.#text.startsWith('Dublin', start - 7)) {
      return this.#dublin(end);
    }
    switch (end - start) {
      case 2:
        return this.#shaped(start, end, 45, 3, '99-999');
      case 3:
        return this.#three(start, end);
      case 4:
        return this.#four(start, end);
      case 5:
        return this.#five(start, end);
      case 6:
        return this.#six(start, end);
      default:
        return undefined;
    }
  }

  #five(start: number, end: number): AddressCandidate | undefined {
    const more = this.#units[end] === 45 ? digitsAt(this.#units, end + 1) : 0;
    const extended = more === 4;
    const brazilian = more === 3;
    const anchor = this.#anchor(start, extended ? end + 5 : brazilian ? end + 4 : end);
    if (brazilian) return looseAddress(anchor, 'BR');
    return (
      regionAddress(anchor, US_REGIONS) ??
      codeFirstAddress(anchor, '99999') ??
      this.#codeBeforeCountry(anchor, '99999')
    );
  }

  #four(start: number, end: number): AddressCandidate | undefined {
    const units = this.#units;
    const next = units[end];
    if (next === 45 && digitsAt(units, end + 1) === 3) {
      return codeFirstAddress(this.#anchor(start, end + 4), '9999-999');
    }
    const letters = next === 32 ? end + 1 : end;
    if (isCapitalPair(units, letters)) {
      const shape = next === 32 ? '9999 AA' : '9999AA';
      const dutch = codeFirstAddress(this.#anchor(start, letters + 2), shape);
      if (dutch !== undefined || next !== 32) return dutch;
    }
    if (!mayBeFourDigitCode(units, start, end, this.#floor, this.#hint)) {
      this.#anchors++;
      return undefined;
    }
    const anchor = this.#anchor(start, end);
    const australian = regionAddress(anchor, AU_REGIONS) ?? codeThenState(anchor, AU_REGIONS);
    if (australian !== undefined) return australian;
    const country = this.#codeLastCountry(end, ['NZ', 'ZA'], start);
    if (country !== '') return townAddress(anchor, country);
    return codeFirstAddress(anchor, '9999') ?? this.#codeBeforeCountry(anchor, '9999');
  }

  #three(start: number, end: number): AddressCandidate | undefined {
    const units = this.#units;
    if (units[end] === 45 && digitsAt(units, end + 1) === 4) {
      const anchor = this.#anchor(start, end + 5);
      const japanese = japaneseAddress(anchor);
      if (japanese !== undefined) return japanese;
      const country = this.#codeLastCountry(end + 5, ['JP']);
      return country === '' ? undefined : looseAddress(anchor, country);
    }
    if (units[end] !== 32) return undefined;
    const more = digitsAt(units, end + 1);
    if (more === 3) return this.#six(start, end + 4);
    return more === 2 ? codeFirstAddress(this.#anchor(start, end + 3), '999 99') : undefined;
  }

  #six(start: number, end: number): AddressCandidate | undefined {
    const anchor = this.#anchor(start, end);
    const country = this.#codeLastCountry(end, ['IN', 'SG'], start);
    return country === '' ? codeFirstAddress(anchor, '999999') : looseAddress(anchor, country);
  }

  #shaped(
    start: number,
    end: number,
    separator: number,
    digits: number,
    shape: string,
  ): AddressCandidate | undefined {
    if (this.#units[end] !== separator) return undefined;
    if (digitsAt(this.#units, end + 1) !== digits) return undefined;
    return codeFirstAddress(this.#anchor(start, end + 1 + digits), shape);
  }

  /** `Leipzig 04356`, `Germany`, `PLZ: 04356`: a country's or a field's name makes up for it. */
  #codeBeforeCountry(anchor: CodeAnchor, shape: string): AddressCandidate | undefined {
    const named = countryBehind(anchor, anchor.end)?.code ?? '';
    const country = named || this.#hint;
    if (COUNTRIES_BY_SHAPE.get(shape)?.includes(country) !== true) return undefined;
    return named === '' && codeNameBefore(anchor) === 0 ? undefined : looseAddress(anchor, country);
  }

  /** Codes of letters and digits: Canada, the United Kingdom, Ireland. */
  #lettered(
    start: number,
    end: number,
    before: number,
    behind: number,
  ): AddressCandidate | undefined {
    const text = this.#text;
    if (isUpperLetter(before) && end - start === 1 && isUpperLetter(behind)) {
      CANADIAN.lastIndex = start - 1;
      const code = CANADIAN.exec(text);
      if (code !== null && !isWordCode(text.charCodeAt(start - 2))) {
        const anchor = this.#anchor(start - 1, CANADIAN.lastIndex);
        return regionAddress(anchor, CA_REGIONS) ?? codeThenRegion(anchor, CA_REGIONS);
      }
    }
    if (isCapitalPair(this.#units, end)) {
      const from = Math.max(0, end - 6);
      const code = BRITISH.exec(text.slice(from, end + 2));
      if (code !== null) return britishAddress(this.#anchor(from + code.index, end + 2));
    }
    if (isUpperLetter(before) && end - start <= 2) {
      EIRCODE.lastIndex = start - 1;
      const code = EIRCODE.exec(text);
      if (code !== null && !isWordCode(text.charCodeAt(start - 2))) {
        return irishAddress(this.#anchor(start - 1, EIRCODE.lastIndex), code[0]);
      }
    }
    return undefined;
  }

  /** `Dublin 2` with no code behind it: the district is the code that people know. */
  #dublin(end: number): AddressCandidate | undefined {
    EIRCODE_BEHIND.lastIndex = end;
    if (EIRCODE_BEHIND.test(this.#text)) return undefined;
    return irishAddress(this.#anchor(end, end), '');
  }

  /** `Co. Offaly` with no code behind it. */
  #irishCounty(at: number): void {
    if (at < this.#floor || isWordCode(this.#text.charCodeAt(at - 1))) return;
    IRISH_COUNTY.lastIndex = at;
    const name = IRISH_COUNTY.exec(this.#text);
    if (name === null || !IE_REGIONS.has(name[1]!.toLowerCase())) return;
    if (this.#anchors++ >= ANCHORS_MAX) return;
    EIRCODE_BEHIND.lastIndex = IRISH_COUNTY.lastIndex;
    const code = EIRCODE_BEHIND.exec(this.#text);
    const anchor = this.#anchor(at, IRISH_COUNTY.lastIndex);
    const found = irishAddress(anchor, '');
    if (found === undefined) return;
    if (code === null) this.#add(found);
    else this.#add({ ...found, postalCode: code[1]!, end: EIRCODE_BEHIND.lastIndex });
  }

  /** `〒460-0046`: the mark says what the digits are. */
  #japanese(mark: number): void {
    if (mark < this.#floor || this.#anchors >= ANCHORS_MAX) return;
    const code = codeBehindMark(this.#text, mark);
    if (code === undefined) return;
    const found = japaneseAddress(this.#anchor(code.start, code.end));
    if (found !== undefined) this.#add(found);
  }

  /** `Springfield, IL` with no code behind it. */
  #regionOnly(comma: number): void {
    if (comma < this.#floor || this.#units[comma + 1] !== 32) return;
    if (this.#withoutCode.length >= WITHOUT_CODE_MAX) return;
    const found = regionOnlyAddress(this.#marks, comma, this.#floor);
    if (found === undefined) return;
    this.#withoutCode.push(found);
  }

  #anchor(start: number, end: number): CodeAnchor {
    this.#anchors++;
    return {
      text: this.#text,
      units: this.#units,
      start,
      end,
      floor: this.#floor,
      hint: this.#hint,
    };
  }

  /** The page's country, or the one named right behind the code, if it is one of these. */
  #codeLastCountry(end: number, countries: readonly string[], start = -1): string {
    if (countries.includes(this.#hint)) return this.#hint;
    for (const country of countries) if (isNamedBehind(this.#units, end, country)) return country;
    const town = start < 0 ? '' : countryOfTown(this.#marks, start);
    return countries.includes(town) ? town : '';
  }
}

/** The end of a part loses its bracket: `455 Oak St (behind the mall)`. */
function closed(street: string): string {
  return street.includes('(') && !street.includes(')') ? `${street})` : street;
}

/** 〒 */
const POSTAL_MARK = 0x3012;

const CANADIAN = /[ABCEGHJ-NPRSTVXY]\d[A-Z] ?-?\d[A-Z]\d(?![A-Za-z\d])/y;
const BRITISH = /(?<![A-Za-z\d])(?:[A-Z]{1,2}\d[A-Z\d]?) ?\d[A-Z]{2}$/;
const EIRCODE = /[AC-FHKNPRTV-Y]\d[\dW] ?(?=[A-Z]{0,3}\d)[\dA-Z]{4}(?![A-Za-z\d])/y;
const EIRCODE_BEHIND = /[,\s]{1,3}([AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4})(?![A-Za-z\d])/y;
const IRISH_COUNTY = /(?:Co\.? ?|County )([A-Z][a-z]{3,8})(?![A-Za-z])/y;

/** Digits in a row at `at`, at most six counted. */
function digitsAt(units: Uint16Array, at: number): number {
  const limit = Math.min(at + 6, units.length);
  let end = at;
  while (end < limit && isDigit(units[end]!)) end++;
  return end - at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isUpperLetter(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isWordCode(code: number): boolean {
  const folded = code | 32;
  return isDigit(code) || (folded >= 97 && folded <= 122) || code >= 0xc0;
}

function isCapitalPair(units: Uint16Array, at: number): boolean {
  if (at + 1 >= units.length || !isUpperLetter(units[at]!) || !isUpperLetter(units[at + 1]!)) {
    return false;
  }
  return at + 2 >= units.length || !isWordCode(units[at + 2]!);
}

/** Whether a code may begin behind this character: not inside a number, a price or a word. */
function opensCode(before: number, second: number): boolean {
  if (before === 45 || before === 0x2013) return !isDigit(second);
  if (isWordCode(before)) return false;
  if (before === 32 || before === 10) return true;
  // . + $ / # = & @ _ % and the currency signs
  return !(before === 46 && isDigit(second)) && !NO_CODE_BEHIND.includes(before);
}

const NO_CODE_BEHIND: readonly number[] = [43, 36, 47, 35, 61, 38, 64, 95, 37, 0xa3, 0x20ac, 0xa9];

const HOST_ENDS = '/:?#';

function hostOf(url: string): string {
  const start = url.indexOf('//') + 2;
  if (start < 2) return '';
  let end = start;
  while (end < url.length && !HOST_ENDS.includes(url[end]!)) end++;
  return url.slice(start, end);
}
