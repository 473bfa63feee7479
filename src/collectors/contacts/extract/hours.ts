import { codeAt } from './code-at.ts';
import { foldSpace } from './fold-space.ts';
import type { FoundText } from './found.ts';
import { columnDays } from './hours-columns.ts';
import { LetterGate } from './letter-gate.ts';
import { Memo } from './memo.ts';
import type { PageView } from './page-view.ts';
import type { StructuredData } from './structured-data.ts';
import { textMarks } from './text-marks.ts';
import {
  fourDigitRangeAt,
  noonBefore,
  noonRangeAt,
  noonToMidnight,
  rangeAt,
} from './time-range.ts';
import {
  DAY_GATE,
  dayCodes,
  daysAt,
  isBeforeLetter,
  isBehindLetter,
  smallLetters,
} from './week-days.ts';

/**
 * Finds opening hours in markup and text and writes them in one way: `Mo-Fr 09:00-17:00`,
 * `Sa 10:00-12:00,13:00-16:00`, `24/7`.
 *
 * In text a pair of times is looked for first; it counts only with days right before it (on
 * its line
 * or the line above) or right behind it. A time range alone may be an event, days alone anything.
 */

const RULES_MAX = 40;
const TEXT_CHARS_MAX = 100_000;
const RANGES_MAX = 150;
const CLOSED_MAX = 20;

/** Letters behind an hour that say it may be one: others end the matter. */
const MORE_GATE = new LetterGate(
  (
    'a h p y am pm uhr uur hrs noon midday to and until till til bis alle tot do au as et est edt ' +
    'ct cst cdt mt mst mdt pt pst pdt eastern central mountain pacific'
  ).split(' '),
);
const FROM = '(?:from|open|hours|von|de|das|dalle|van|kl\\.?|between|ore|godz\\.?|des|: )';
/** What may stand between days and their hours. */
const TO_HOURS = new RegExp(`[\\s.:：,;()|–—-]{0,6}(?:${FROM}[\\s.:]{0,3})?$`, 'iuy');
const ZONE_NAME = '(?:eastern|central|mountain|pacific|atlantic)';
const ZONE_WORD = new RegExp(
  `(?:[ecmp][sd]?t|gmt(?:/bst)?|cet|(?:${ZONE_NAME} )?(?:standard |daylight )?time|` +
    `${ZONE_NAME})\\b[\\s,.()]{0,3}`,
  'iuy',
);
const ZONES_MAX = 3;
const BEHIND_HOURS = /[\s,.:()|]{0,3}/y;
const BEFORE_DAYS = /[\s,.:()|–-]{0,4}/y;
const ALWAYS =
  /\b24 ?(?:\/|x) ?7\b|\b24 hours(?: a day)?[ ,/&]{1,3}(?:and )?(?:7|seven) days(?: a week)?/iy;
const CLOSED = new RegExp(
  [
    String.raw`[ \t\n:.–-](?:closed|geschlossen|fermé|cerrado|chiuso|gesloten|stängt|lukket|`,
    String.raw`zamknięte|fechado|encerrado|ruhetag|выходной|закрыто|定休日|休業|休診)(?![\p{L}])`,
  ].join(''),
  'iuy',
);
/** On a line below the days the word stands alone: `Closed on holidays` is no day's. */
const LINE_END = /^[ .)]{0,2}(?:[\n\t]|$)/;
/** How those begin that are in other letters. */
const CLOSED_FAR = 'выходной Выходной ВЫХОДНОЙ закрыто Закрыто ЗАКРЫТО 定休日 休業 休診'.split(' ');

/** Opening hours, those of the markup first; equal rules once. */
export function findHours(view: PageView, structured?: StructuredData): FoundText[] {
  const found = new Map<string, FoundText>();
  for (const rule of structured?.hours ?? []) {
    const value = normalRule(rule.value);
    if (value !== '') found.set(value, { ...rule, value });
  }
  const text = view.text.length > TEXT_CHARS_MAX ? view.text.slice(0, TEXT_CHARS_MAX) : view.text;
  for (const value of hoursInText(inOwnDays(text, view.lang))) {
    if (found.size >= RULES_MAX) break;
    if (!found.has(value)) found.set(value, { value, method: 'text', confidence: 0.75 });
  }
  return [...found.values()];
}

/** `So` is a Sunday in German, and a Saturday in Czech and Slovak. */
function inOwnDays(text: string, lang: string): string {
  return /^(?:cs|sk)\b/.test(lang) ? text.replace(/(?<!\p{L})so(?=[ \t:.–-])/giu, 'Sa') : text;
}

/** Rules of the text in its order. */
export function hoursInText(text: string): string[] {
  const rules: string[] = [];
  let days = '';
  let first = -1;
  let end = -100;
  let ranges = 0;
  let floor = 0;
  /** Behind days that the hours before them took. */
  let spent = 0;
  const { digits, units } = textMarks(text);
  for (let i = 0; i < digits.length; i += 2) {
    const digit = digits[i]!;
    const length = digits[i + 1]! - digit;
    const withMinutes = length === 4 && units[digit]! < 51;
    // An hour has two digits at most.
    if (digit < floor || (length > 2 && !withMinutes)) continue;
    if (withMinutes && !endsBeforeFour(units, digits, i)) continue;
    const noon = noonBefore(text, units, digit);
    const isNoon = noon >= floor;
    const at = isNoon ? noon : digit;
    if (!isNoon && !mayBeRange(units, at, digits[i + 1]!)) continue;
    const range = isNoon
      ? noonRangeAt(text, at)
      : withMinutes
        ? fourDigitRangeAt(text, at)
        : rangeAt(text, at);
    if (range === undefined) continue;
    floor = range.end;
    if (++ranges > RANGES_MAX) break;
    const before = daysInFront(text, at, spent);
    if (before === undefined) continue;
    const near =
      days !== '' &&
      /^[\s,;/&+(]*(?:and|und|u\.|et|y|e|en|och|og|oraz|i)?[\s,;/&+(]*(?:de |from |von )?$/i.test(
        text.slice(end, at),
      );
    const behind = before !== '' || near ? NO_DAYS : daysBehind(text, range.end);
    const own = before || behind.codes;
    // `Mar 10-12` is rather a date than a French Tuesday.
    const isBare = !range.marked && (before === '' || isBehindMonth(text, at));
    const span = isBare ? '' : range.span;
    if (span === '' || (own === '' && !near)) continue;
    if (first < 0) first = at;
    if (own === '' && near && rules.length > 0) rules[rules.length - 1] += `,${span}`;
    else rules.push(`${own} ${span}`);
    if (own !== '') days = own;
    if (behind !== NO_DAYS && behind.codes !== '') spent = behind.end;
    end = range.end;
  }
  if (isAlways(text, digits, units)) rules.push('24/7');
  if (rules.length > 0) rules.push(...nightDays(text, rules, first, end), ...closedDays(text));
  return rules;
}

/** Days near those of other late hours on which it is open from noon to midnight, in words. */
function nightDays(text: string, rules: readonly string[], first: number, last: number): string[] {
  if (!rules.some((rule) => LATE.test(rule))) return [];
  const from = Math.max(0, first - NIGHT_CHARS_MAX);
  return noonToMidnight(text, from, Math.max(first, last) + NIGHT_CHARS_MAX).flatMap(
    ({ start, end }) => {
      const days = daysBefore(text, start) || daysBehind(text, end).codes;
      return days === '' ? [] : [`${days} 12:00-24:00`];
    },
  );
}

/** Who closes at midnight closes in the evening or the night on other days, too. */
const LATE = /-(?:2|0[0-5])/;
const NIGHT_CHARS_MAX = 120;

/** Whether the text says that it is never closed; `digits` are its marks. */
function isAlways(text: string, digits: readonly number[], units: Uint16Array): boolean {
  for (let i = 0; i < digits.length; i += 2) {
    const at = digits[i]!;
    if (digits[i + 1]! - at !== 2 || units[at] !== 50 || units[at + 1] !== 52) continue;
    ALWAYS.lastIndex = at;
    if (ALWAYS.test(text)) return true;
  }
  return false;
}

/** Whether what stands around an hour allows a range: most numbers are no hours. */
function mayBeRange(units: Uint16Array, start: number, end: number): boolean {
  if (start > 0 && NO_HOUR_BEHIND.includes(units[start - 1]!)) return false;
  const more = skipSpace(units, end);
  const code = more < units.length ? units[more]! : 0;
  if (code === 46 || code === 58) {
    const next = skipSpace(units, more + 1);
    return next < units.length && isDigit(units[next]!);
  }
  return code === 40 || code === 45 || (code >= 65 && MORE_GATE.opensIn(units, more));
}

/** Whether four more digits follow the `i`th run of digits closely, as in `0900 to 1700`. */
function endsBeforeFour(units: Uint16Array, digits: readonly number[], i: number): boolean {
  const next = digits[i + 2];
  if (next === undefined || next - digits[i + 1]! > 8 || digits[i + 3]! - next !== 4) return false;
  return units[next]! < 51;
}

/** `.,:/$€£#+-` */
const NO_HOUR_BEHIND: readonly number[] = [46, 44, 58, 47, 36, 0x20ac, 0xa3, 35, 43, 45];

function skipSpace(units: Uint16Array, at: number): number {
  return at < units.length && units[at] === 32 ? at + 1 : at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function closedDays(text: string): string[] {
  const closed: string[] = [];
  let seen = 0;
  for (const at of closingsOf(text)) {
    CLOSED.lastIndex = at;
    if (!CLOSED.test(text)) continue;
    const behind = CLOSED.lastIndex;
    if (text[at] === '\n' && !LINE_END.test(text.slice(behind, behind + 3))) continue;
    if (++seen > CLOSED_MAX) break;
    const days = daysInFront(text, at + 1, 0) ?? '';
    if (days !== '') closed.push(`${days} closed`);
  }
  return closed;
}

/** Where a word for `closed` may stand, and the sign before it, in order. */
function closingsOf(text: string): readonly number[] {
  const { closings, hasFarLetters } = textMarks(text);
  if (!hasFarLetters) return closings;
  const all = [...closings];
  for (const word of CLOSED_FAR) {
    let at = text.indexOf(word);
    for (let tries = 0; at >= 0 && tries < CLOSED_MAX; tries++) {
      if (at > 0) all.push(at - 1);
      at = text.indexOf(word, at + 1);
    }
  }
  return all.sort((one, other) => one - other);
}

/** The days of what begins at `at`, or '', or undefined where it is in a column without any. */
function daysInFront(text: string, at: number, floor: number): string | undefined {
  const before = codeAt(text, at - 1);
  const column = before === 10 || before === 9 ? columnDays(text, at) : undefined;
  return column === '' ? undefined : (column ?? daysBefore(text, at, floor));
}

function daysBefore(text: string, at: number, floor = 0): string {
  return DAYS.of(text.slice(Math.max(floor, at - DAYS_CHARS_MAX), at));
}

const DAYS_CHARS_MAX = 70;
/** Hours stand on all pages of a site. */
const DAYS = new Memo(1_000, DAYS_CHARS_MAX, daysAtEnd);

function daysAtEnd(words: string): string {
  let small = '';
  let inWord = false;
  const { length } = words;
  for (let from = 0; from < length; from++) {
    const wasInWord = inWord;
    const code = codeAt(words, from);
    inWord = isWordCode(code);
    if (wasInWord || (!inWord && code < 128) || !DAY_GATE.opens(words, from)) continue;
    if (isBehindLetter(words, from)) continue;
    if (small === '') small = smallLetters(words);
    let end = -1;
    daysAt(small, from, (stop) => {
      TO_HOURS.lastIndex = stop;
      if (stop - from === 2 && words.startsWith('We open', from)) return false;
      if (isBeforeLetter(words, stop) || !TO_HOURS.test(words)) return false;
      end = stop;
      return true;
    });
    if (end >= 0) return codesOf(words.slice(from, end), LINE_START.test(words.charAt(from - 1)));
  }
  return '';
}

/** ASCII letters and digits: no day begins behind them. */
function isWordCode(code: number): boolean {
  const folded = code | 32;
  return (folded >= 97 && folded <= 122) || (code >= 48 && code <= 57);
}

interface DaysBehind {
  readonly codes: string;
  readonly end: number;
}

const NO_DAYS: DaysBehind = { codes: '', end: -1 };

/** The days right behind hours, but for the time zone's name; on a line below they stand alone. */
function daysBehind(text: string, end: number): DaysBehind {
  const words = text.slice(end, end + 60);
  const zoneEnds = [matchEnd(BEHIND_HOURS, words, 0)];
  while (zoneEnds.length <= ZONES_MAX) {
    const zoneEnd = matchEnd(ZONE_WORD, words, zoneEnds.at(-1)!);
    if (zoneEnd < 0) break;
    zoneEnds.push(zoneEnd);
  }
  // The most zones first: `pt` is one, and Friday in Polish.
  for (const zoneEnd of zoneEnds.reverse()) {
    const start = matchEnd(BEFORE_DAYS, words, zoneEnd);
    const on = /^on /i.test(words.slice(start)) ? daysFrom(words, start + 3) : '';
    const days = on || daysFrom(words, start);
    if (days === '') continue;
    const stop = start + days.length + (on === '' ? 0 : 3);
    const below = words.slice(0, start).includes('\n');
    if (below && !LINE_END.test(words.slice(stop, stop + 3))) return NO_DAYS;
    return { codes: codesOf(days), end: end + stop };
  }
  return NO_DAYS;
}

/** Where a sticky pattern's match at `at` ends, or -1. */
function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The days that stand at `start`, as written, or ''. */
function daysFrom(words: string, start: number): string {
  if (!DAY_GATE.opens(words, start)) return '';
  let days = '';
  daysAt(smallLetters(words), start, (stop) => {
    if (isBeforeLetter(words, stop)) return false;
    days = words.slice(start, stop);
    return true;
  });
  return days;
}

function codesOf(days: string, opensLine = false): string {
  return opensLine || isDayLike(days) ? dayCodes(days) : '';
}

/** Few letters in lower case (`do`, `so`, `sun`) are words, not days, but where a line begins. */
function isDayLike(days: string): boolean {
  return days.length > 3 || /^[\p{Lu}\p{Script=Han}]/u.test(days) || days.includes('-');
}

function isBehindMonth(text: string, at: number): boolean {
  return MONTH_BEFORE.test(text.slice(Math.max(0, at - 5), at));
}

const LINE_START = /[\n\t]/;
const MONTH_BEFORE = /\bmar\.? ?$/i;

/** A rule of the markup in the same form; kept as written when it is in none that we know. */
function normalRule(rule: string): string {
  const folded = foldSpace(rule);
  // What search engines ask for where all day is closed.
  const closed = /^([\w, -]+) 00:00-00:00$/.exec(folded);
  if (closed !== null) return `${closed[1]} closed`;
  if (/^(?:Mo|Tu|We|Th|Fr|Sa|Su)[\w, -]* \d{2}:\d{2}-\d{2}:\d{2}$/.test(folded)) return folded;
  const rules = hoursInText(folded);
  return rules.length > 0 ? rules.join('; ') : folded.slice(0, 120);
}
