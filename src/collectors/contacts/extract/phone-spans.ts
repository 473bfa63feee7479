/**
 * Cuts a run of digit groups into the spans that may be one telephone number each, and says which
 * spans are plainly something else: a date, an amount, an address of a computer, a card number.
 */
import { codeAt } from './code-at.ts';
import type { DigitGroup, PhoneRun } from './phone-runs.ts';

export interface PhoneSpan {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  readonly plus: boolean;
  /** A trunk zero in parentheses behind the country code was left out: `44 (0) 20 …`. */
  readonly trunkDropped: boolean;
  readonly groups: readonly DigitGroup[];
  /** Grouped as North American numbers are: 3-3-4, with or without a leading 1. */
  readonly northAmerican: boolean;
}

const DIGITS_MAX = 15;
const DIGITS_MIN = 7;
const TRIES_MAX = 12;

/**
 * Offers spans of a run, longest first from each possible start, until `accept` takes one; then
 * goes on behind it. A run costs at most a dozen offers.
 */
export function offerSpans(
  text: string,
  run: PhoneRun,
  accept: (span: PhoneSpan) => boolean,
): void {
  const groups = run.groups;
  if (isCard(groups)) return;
  let tries = 0;
  let skipped = 0;
  let from = 0;
  while (from < groups.length && tries < TRIES_MAX) {
    let taken = -1;
    if (from === 0 || mayStart(groups[from]!, skipped) || isPhoneAtEnd(text, groups, from)) {
      for (const to of endsFrom(text, groups, from)) {
        if (++tries > TRIES_MAX) break;
        if (accept(spanOf(text, run, from, to))) {
          taken = to;
          break;
        }
      }
    }
    if (taken >= 0) {
      from = taken + 1;
      skipped = 0;
    } else {
      skipped += groups[from]!.end - groups[from]!.start;
      from++;
    }
  }
}

/** A number may start inside a run behind a space or parenthesis, after little else. */
function mayStart(group: DigitGroup, skipped: number): boolean {
  const { separator } = group;
  if (skipped > 5) return separator.includes('(');
  return separator === ' ' || (separator !== '-' && /[ /•(]/.test(separator));
}

/** `43215-1234 614-555-0132`: behind a space, the last of the run is 3-3-4 with signs between. */
function isPhoneAtEnd(text: string, groups: readonly DigitGroup[], from: number): boolean {
  if (groups.length - from !== 3 || !groups[from]!.separator.endsWith(' ')) return false;
  if (groups[from + 1]!.separator === ' ' || groups[from + 2]!.separator === ' ') return false;
  return sizeOf(groups[from]) === 3 && northAmericanEnd(text, groups, from) === from + 2;
}

/** Indexes of the groups at which a number that starts at `from` may end, likeliest first. */
function endsFrom(text: string, groups: readonly DigitGroup[], from: number): number[] {
  const ends: number[] = [];
  const abroad = text.startsWith('00', groups[from]!.start) ? 2 : 0;
  let digits = 0;
  for (let to = from; to < groups.length; to++) {
    const group = groups[to]!;
    const central = text[group.start] === '0' && sizeOf(group) === 1;
    if (to > from && !central && isBreak(group, digits - abroad)) {
      if (to < groups.length - 1 || !isDirectLine(text, groups[from]!, group)) break;
    }
    digits += group.end - group.start;
    if (digits > DIGITS_MAX + 2) break;
    if (digits < DIGITS_MIN && !isShortAustralian(text, groups, from, digits)) continue;
    const next = groups[to + 1];
    if (next === undefined || mayEndBefore(next)) ends.push(to);
  }
  ends.reverse();
  const shaped = northAmericanEnd(text, groups, from);
  if (shaped >= 0 && ends[0] !== shaped && ends.includes(shaped)) {
    ends.splice(ends.indexOf(shaped), 1);
    ends.unshift(shaped);
  }
  return ends;
}

/** `08136 / 93 12 - 22`: behind a trunk zero, a line of a switchboard ends the text's line. */
function isDirectLine(text: string, first: DigitGroup, last: DigitGroup): boolean {
  if (sizeOf(last) > 3 || text[first.start] !== '0' || !/^ [-–] $/.test(last.separator))
    return false;
  return /^[ .)]*(?:[\n\t,;|]|$)/.test(text.slice(last.end, last.end + 4));
}

/** What stands before this group parts two numbers. */
function isBreak(group: DigitGroup, digitsBefore: number): boolean {
  const separator = group.separator;
  if (digitsBefore < DIGITS_MIN || separator === ' ' || separator === '-') return false;
  // `(639-9675). 311`: a sentence ends between them.
  if (/[/(•[]|[.)]{2}|\. /.test(separator)) return true;
  return digitsBefore >= 9 && /\s[-–—]\s/.test(separator);
}

function mayEndBefore(next: DigitGroup): boolean {
  const { separator } = next;
  if (separator === ' ' || (separator !== '-' && /[ /(•[]/.test(separator))) return true;
  // `23970072-79`: a range of lines.
  return next.end - next.start <= 3;
}

function isShortAustralian(
  text: string,
  groups: readonly DigitGroup[],
  from: number,
  digits: number,
): boolean {
  return digits === 6 && text.startsWith('13', groups[from]!.start);
}

/** Index of the last group of `212 555 0100`, `1-212-555-0100` or `2125550100` at `from`, or -1. */
function northAmericanEnd(text: string, groups: readonly DigitGroup[], from: number): number {
  let at = from;
  let size = sizeOf(groups[at]);
  if (size === 1 && text[groups[at]!.start] === '1') size = sizeOf(groups[++at]);
  if (size === 0) return -1;
  const first = codeAt(text, groups[at]!.start);
  if (size === 11 && first === 49) return at;
  if (first < 50) return -1;
  if (size === 10) return at;
  if (size !== 3) return -1;
  if (sizeOf(groups[at + 1]) === 7) return at + 1;
  return sizeOf(groups[at + 1]) === 3 && sizeOf(groups[at + 2]) === 4 ? at + 2 : -1;
}

function sizeOf(group: DigitGroup | undefined): number {
  return group === undefined ? 0 : group.end - group.start;
}

function spanOf(text: string, run: PhoneRun, from: number, to: number): PhoneSpan {
  const all = run.groups;
  const groups = from === 0 && to === all.length - 1 ? all : all.slice(from, to + 1);
  const plus = from === 0 && run.plus;
  let digits = '';
  let trunkDropped = false;
  for (let i = from; i <= to; i++) {
    const group = all[i]!;
    const part = text.slice(group.start, group.end);
    const isTrunk =
      part === '0' && i > from && group.separator.includes('(') && isTrunkBehind(digits);
    if (isTrunk) trunkDropped = true;
    else digits += part;
  }
  const opening = from === 0 ? run.start : openingOf(text, all[from]!.start);
  const start = balanced(text, opening, all[from]!.start, all[to]!.end);
  const northAmerican = northAmericanEnd(text, all, from) === to;
  return { start, end: all[to]!.end, digits, plus, trunkDropped, groups, northAmerican };
}

/** Whether a country's code, perhaps with what is dialled before it, has a trunk zero behind it. */
function isTrunkBehind(digits: string): boolean {
  if (digits.length > 6) return false;
  const code = digits.replace(/^(?:00|011)(?=[1-9])/, '');
  // Italy's and San Marino's zeros are dialled from abroad, too.
  return code.length <= 3 && code !== '39' && code !== '378';
}

/** `0049 89 …`, `011 44 20 …`: dialled from abroad, the country's code is in it. */
export function isFromAbroad({ digits }: PhoneSpan): boolean {
  return codeAt(digits, 0) === 48 && digits.length >= 10 && /^(?:00|011)[1-9]/.test(digits);
}

function openingOf(text: string, start: number): number {
  return text[start - 1] === '(' || text[start - 1] === '[' ? start - 1 : start;
}

/** Leaves out an opening parenthesis that is closed behind the number. */
function balanced(text: string, start: number, first: number, end: number): number {
  const written = text.slice(start, end);
  if (written[0] === '(' && !written.includes(')')) return start + 1;
  if (written[0] === '[' && !written.includes(']')) return start + 1;
  return Math.min(start, first);
}

function isCard(groups: readonly DigitGroup[]): boolean {
  if (groups.length < 4) return false;
  for (let i = 0; i < 4; i++) if (sizeOf(groups[i]) !== 4) return false;
  return true;
}

/** Whether the digits are grouped as a date, an amount, a coordinate or a computer's address. */
export function isOtherShape(text: string, span: PhoneSpan): boolean {
  const groups = span.groups;
  const count = groups.length;
  if (span.plus || count === 1) return false;
  // `1 2 3 4 5 6 7`: the pages of a list, or ratings.
  let single = 0;
  for (const group of groups) if (sizeOf(group) === 1) single++;
  if (single >= 3) return true;
  const separator = groups[1]!.separator.trim();
  const one = sizeOf(groups[0]);
  const two = sizeOf(groups[1]);
  if (count === 2) {
    if (separator === '.') return two < 7;
    if (one === 4 && two === 4)
      return isYear(numberOf(text, groups[0])) && isYear(numberOf(text, groups[1]));
    // `48105-1234`: a ZIP code with its four more digits.
    return one === 5 && two === 4 && separator === '-';
  }
  // Also with an hour behind: `2024-05-17 10:00`.
  if (separator === groups[2]!.separator.trim() && isDate(text, groups)) return true;
  return count === 4 && separator === '.' && isComputer(text, groups);
}

function isDate(text: string, groups: readonly DigitGroup[]): boolean {
  const a = sizeOf(groups[0]);
  const c = sizeOf(groups[2]);
  if (sizeOf(groups[1]) > 2 || numberOf(text, groups[1]) > 31) return false;
  if (a === 4 && c <= 2)
    return isYear(numberOf(text, groups[0])) && numberOf(text, groups[2]) <= 31;
  return a <= 2 && c === 4 && isYear(numberOf(text, groups[2])) && numberOf(text, groups[0]) <= 31;
}

/** `192.168.0.1` */
function isComputer(text: string, groups: readonly DigitGroup[]): boolean {
  return groups.every(
    (group, i) =>
      (i === 0 || group.separator.trim() === '.') &&
      sizeOf(group) <= 3 &&
      numberOf(text, group) <= 255,
  );
}

function numberOf(text: string, group: DigitGroup | undefined): number {
  return group === undefined ? 0 : Number(text.slice(group.start, group.end));
}

function isYear(value: number): boolean {
  return value >= 1800 && value <= 2100;
}
