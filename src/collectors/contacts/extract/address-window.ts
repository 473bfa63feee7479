import { countryAt } from './countries.ts';

/**
 * Cuts the text before or behind a code into the parts that an address is written in: lines, table
 * cells and what stands between commas, bars and bullets.
 *
 * Every walk is bounded in parts and in characters, so that a page full of codes stays linear.
 */

/** A text and its code units. */
export interface UnitText {
  readonly text: string;
  readonly units: Uint16Array;
}

export interface Part {
  /** Trimmed. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PART_CHARS_MAX = 110;

/** The parts before `end`, nearest first, none of them reaching below `floor`. */
export function partsBefore(
  { text, units }: UnitText,
  end: number,
  floor: number,
  partsMax: number,
): Part[] {
  const parts: Part[] = [];
  let stop = end;
  let at = end;
  while (parts.length < partsMax) {
    if (at > floor && stop - at > PART_CHARS_MAX) {
      // The tail of a long line still counts: an address may close a sentence.
      pushPart(parts, text, units, nextWord(text, at, stop), stop);
      break;
    }
    if (at <= floor || isSeparator(units[at - 1]!)) {
      pushPart(parts, text, units, at, stop);
      if (at <= floor) break;
      stop = --at;
    } else {
      at--;
    }
  }
  return parts;
}

/** The part that begins at or behind `start`, separators before it skipped (at most four). */
export function partBehind({ text, units }: UnitText, start: number): Part | undefined {
  const at = startBehind(units, start);
  let end = at;
  const limit = Math.min(units.length, at + 50);
  while (end < limit && !isSeparator(units[end]!)) end++;
  const parts: Part[] = [];
  pushPart(parts, text, units, at, end);
  return parts[0];
}

/** Where the part behind `start` begins, dashes and brackets before it included. */
export function startBehind(units: Uint16Array, start: number): number {
  let at = start;
  for (let skipped = 0; skipped < 6 && at < units.length; skipped++, at++) {
    const code = units[at]!;
    if (code !== 32 && code !== 46 && !isSeparator(code)) break;
  }
  return at;
}

/** A country's name that follows the address, and where it ends. */
export function countryBehind(
  { text, units }: UnitText,
  end: number,
): { code: string; end: number } | undefined {
  return countryAt(text, skipEdges(units, end));
}

/** Where a word behind `end` begins, at most five characters of white space and signs away. */
export function skipEdges(units: Uint16Array, end: number): number {
  const limit = Math.min(end + 5, units.length);
  let at = end;
  while (at < limit && (isSeparator(units[at]!) || isEdge(units[at]!))) at++;
  return at;
}

/** Line end, tab, comma, semicolon, bar, bullets, backslash, asterisk, tilde, diamonds. */
export function isSeparator(code: number): boolean {
  switch (code) {
    case 9:
    case 10:
    case 42:
    case 44:
    case 59:
    case 92:
    case 124:
    case 126:
    case 0xb7:
    case 0x2022:
    case 0x2219:
    case 0x25aa:
    case 0x25cf:
    case 0x25c6:
    case 0x2666:
    case 0x3001:
    case 0xff0c:
      return true;
    default:
      return false;
  }
}

function pushPart(parts: Part[], text: string, units: Uint16Array, from: number, to: number): void {
  let start = from;
  let end = to;
  while (start < end && isEdge(units[start]!)) start++;
  while (end > start && isEdge(units[end - 1]!)) end--;
  if (end > start) parts.push({ text: text.slice(start, end), start, end });
}

/** White space, dashes, slashes and brackets that may stand around a part. */
function isEdge(code: number): boolean {
  return (
    code <= 32 ||
    code === 0xa0 ||
    code === 45 ||
    code === 0x2013 ||
    code === 0x2014 ||
    code === 40 ||
    code === 41 ||
    code === 47 ||
    code === 91 ||
    code === 93 ||
    code === 0xfffd
  );
}

function nextWord(text: string, at: number, end: number): number {
  const space = text.indexOf(' ', at);
  return space < 0 || space >= end ? end : space;
}
