import { countryAt } from './countries.ts';

/**
 * Cuts the text before or behind a code into the parts that an address is written in: lines, table
 * cells and what stands between commas, bars and bullets.
 *
 * Every walk is bounded in parts and in characters, so that a page full of codes stays linear.
 */

export interface Part {
  /** Trimmed. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PART_CHARS_MAX = 110;

/** The parts before `end`, nearest first, none of them reaching below `floor`. */
export function partsBefore(text: string, end: number, floor: number, partsMax: number): Part[] {
  const parts: Part[] = [];
  let stop = end;
  let at = end;
  while (parts.length < partsMax) {
    if (at > floor && stop - at > PART_CHARS_MAX) {
      // The tail of a long line still counts: an address may close a sentence.
      pushPart(parts, text, nextWord(text, at, stop), stop);
      break;
    }
    if (at <= floor || isSeparator(text.charCodeAt(at - 1))) {
      pushPart(parts, text, at, stop);
      if (at <= floor) break;
      stop = --at;
    } else {
      at--;
    }
  }
  return parts;
}

/** The part that begins at or behind `start`, separators before it skipped (at most four). */
export function partBehind(text: string, start: number): Part | undefined {
  const at = startBehind(text, start);
  let end = at;
  const limit = Math.min(text.length, at + 50);
  while (end < limit && !isSeparator(text.charCodeAt(end))) end++;
  const parts: Part[] = [];
  pushPart(parts, text, at, end);
  return parts[0];
}

/** Where the part behind `start` begins, dashes and brackets before it included. */
export function startBehind(text: string, start: number): number {
  let at = start;
  for (let skipped = 0; skipped < 6 && at < text.length; skipped++, at++) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 46 && !isSeparator(code)) break;
  }
  return at;
}

/** A country's name that follows the address, and where it ends. */
export function countryBehind(
  text: string,
  end: number,
): { code: string; end: number } | undefined {
  return countryAt(text, skipEdges(text, end));
}

/** Where a word behind `end` begins, at most five characters of white space and signs away. */
export function skipEdges(text: string, end: number): number {
  let at = end;
  while (at < end + 5 && (isSeparator(text.charCodeAt(at)) || isEdge(text.charCodeAt(at)))) at++;
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

function pushPart(parts: Part[], text: string, from: number, to: number): void {
  let start = from;
  let end = to;
  while (start < end && isEdge(text.charCodeAt(start))) start++;
  while (end > start && isEdge(text.charCodeAt(end - 1))) end--;
  if (end > start) parts.push({ text: text.slice(start, end), start, end });
}

/** White space, dashes and brackets that may stand around a part. */
function isEdge(code: number): boolean {
  return (
    code <= 32 ||
    code === 0xa0 ||
    code === 45 ||
    code === 0x2013 ||
    code === 0x2014 ||
    code === 40 ||
    code === 41 ||
    code === 91 ||
    code === 93 ||
    code === 0xfffd
  );
}

function nextWord(text: string, at: number, end: number): number {
  const space = text.indexOf(' ', at);
  return space < 0 || space >= end ? end : space;
}
