/**
 * E-mail addresses in running text: plain ones, and those spelled with words for the signs (`info
 * [at] example [dot] com`, `info (ät) beispiel punkt de`). Found by their signs, not by trying
 * every word; each hit looks a bounded distance to both sides, and the number of hits is bounded.
 */
import { codeAt } from './code-at.ts';
import { REMEMBERED_CHARS_MIN, textMarks } from './text-marks.ts';

/** An address as it stands in the text, before it is judged. */
export interface RawEmail {
  readonly local: string;
  readonly domain: string;
  readonly method: 'text' | 'at-dot';
  /** The signs were words without brackets around them, as in ordinary sentences. */
  readonly loose: boolean;
  /** Offset of the local part. */
  readonly start: number;
}

const HITS_MAX = 1_000;
const SPELLED_MAX = 300;
const LOCAL_CHARS_MAX = 64;
const DOMAIN_CHARS_MAX = 253;

export function scanEmails(text: string, take: (email: RawEmail) => void, lang = ''): void {
  scanSigns(text, take);
  scanBrackets(text, take);
  scanWords(text, lang, take);
}

function scanSigns(text: string, take: (email: RawEmail) => void): void {
  let hits = 0;
  for (let at = text.indexOf('@'); at >= 0 && hits < HITS_MAX; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start < LOCAL_CHARS_MAX && isLocal(codeAt(text, start - 1))) start--;
    const spaced = start === at;
    if (spaced) start = spacedLocal(text, at);
    let from = at + 1;
    if (codeAt(text, from) === 32) {
      from++;
      // `@` with a space behind: only where the address is spaced on both sides or ends so.
      if (!spaced && codeAt(text, start - 1) !== 32 && start > 0) continue;
    }
    let end = domainEnd(text, from);
    if (end === from && !spaced) end = backwardsEnd(text, start, at);
    if (start === at || end - from < 2) continue;
    if (isInUrl(text, start)) continue;
    hits++;
    const local = text.slice(start, at).trim();
    take({ local, domain: text.slice(from, end), method: 'text', loose: spaced, start });
  }
}

/** Start of the word before `at`, where exactly one space stands between. */
function spacedLocal(text: string, at: number): number {
  if (codeAt(text, at - 1) !== 32) return at;
  let start = at - 1;
  while (start > 0 && at - start < LOCAL_CHARS_MAX && isLocal(codeAt(text, start - 1))) start--;
  return start === at - 1 ? at : start;
}

/** `https://key@host/…`: the name before the sign is a password's. */
function isInUrl(text: string, start: number): boolean {
  const before = codeAt(text, start - 1);
  if (before === 47) return isPath(text, start - 1);
  return before === 58 && codeAt(text, start - 2) !== 32 && urlBefore(text, start);
}

/** Whether the word before a slash is a host or a path, and not a word or another address. */
function isPath(text: string, slash: number): boolean {
  const floor = Math.max(0, slash - LOCAL_CHARS_MAX);
  let start = slash;
  while (start > floor && codeAt(text, start - 1) > 32) start--;
  const word = text.slice(start, slash);
  return word === '' || word.includes('//') || (word.includes('.') && !word.includes('@'));
}

function urlBefore(text: string, start: number): boolean {
  return text.slice(Math.max(0, start - 40), start).includes('//');
}

/** End of the word behind the sign where the dot stands before it: an address stored backwards. */
function backwardsEnd(text: string, start: number, at: number): number {
  const dot = text.slice(start, at).indexOf('.', 1);
  if (dot < 0 || dot >= at - start - 1) return at + 1;
  let end = at + 1;
  while (end - at <= LOCAL_CHARS_MAX && isLocal(codeAt(text, end))) end++;
  return end;
}

export function domainEnd(text: string, from: number): number {
  let end = from;
  let dots = 0;
  const limit = Math.min(text.length, from + DOMAIN_CHARS_MAX);
  while (end < limit) {
    const code = codeAt(text, end);
    if (code === 46) {
      if (end === from || !isDomain(codeAt(text, end + 1))) break;
      dots++;
    } else if (!isDomain(code)) break;
    end++;
  }
  return dots === 0 ? from : end;
}

function isLocal(code: number): boolean {
  if ((code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122)) return true;
  return code === 46 || code === 95 || code === 45 || code === 43 || code === 39 || code === 37;
}

function isDomain(code: number): boolean {
  if ((code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122)) return true;
  return code === 45 || (code >= 0xdf && code < 0x2000 && code !== 0xf7);
}

const AT_WORD =
  'at|ät|aet|@|arroba|arobase|chez|chiocciola|klammeraffe|affe|apenstaartje|kukac|małpa|malpa|zavin[aá][cč]|snabel-?a|alfakr[øo]ll|krøllalfa|собака|アット(?:マーク)?|艾特|골뱅이|ατ|παπάκι|aтt?|а';
const DOT_WORD =
  'dot|punkt|point|punto|ponto|puntu|punt|piste|tecka|tečka|kropka|pont|точка|тчк|τελεία|nokta|ドット|点|點|닷|점|\\.';
const OPEN = '[[({<]';
const CLOSE = '[\\])}>]';

const BRACKET_AT = new RegExp(`${OPEN}[ _*-]{0,2}(?:${AT_WORD})[ _*-]{0,2}${CLOSE}`, 'iuy');
const BRACKET_DOT = ` ?${OPEN}[ _*-]{0,2}(?:${DOT_WORD})[ _*-]{0,2}${CLOSE} ?`;
const DOT = `(?:\\.| \\. |${BRACKET_DOT}| (?:${DOT_WORD}) )`;
const DOMAIN_BEHIND = new RegExp(
  `[ ]{0,2}([\\p{L}\\d-]{1,63}(?:${DOT}[\\p{L}\\d-]{1,63}){1,5})`,
  'iuy',
);
const LOCAL_BEFORE = new RegExp(
  `([a-z\\d_+%'.-]{1,40}(?: ?${OPEN} ?(?:${DOT_WORD}) ?${CLOSE} ?[a-z\\d_+-]{1,30}){0,3}) {0,2}$`,
  'iu',
);
const DOT_ALL = new RegExp(`${DOT}`, 'giu');

function scanBrackets(text: string, take: (email: RawEmail) => void): void {
  let hits = 0;
  for (const sign of ['[', '(', '{', '<']) {
    let at = text.indexOf(sign);
    for (; at >= 0 && hits < SPELLED_MAX; at = text.indexOf(sign, at + 1)) {
      if (!mayBeAtWord(text, at + 1)) continue;
      BRACKET_AT.lastIndex = at;
      if (!BRACKET_AT.test(text)) continue;
      hits++;
      takeSpelled(text, at, BRACKET_AT.lastIndex, false, take);
    }
  }
}

function mayBeAtWord(text: string, from: number): boolean {
  let code = codeAt(text, from);
  for (
    let i = from + 1;
    i < from + 3 && (code === 32 || code === 95 || code === 42 || code === 45);
    i++
  ) {
    code = codeAt(text, i);
  }
  const lower = code | 32;
  if (code >= 128) return true;
  return (
    lower === 97 ||
    code === 64 ||
    lower === 99 ||
    lower === 107 ||
    lower === 109 ||
    lower === 115 ||
    lower === 122
  );
}

/** Words for the dot that stand between spaces; those of other languages only on their pages. */
const LOOSE_DOTS: Readonly<Record<string, readonly string[]>> = {
  de: ['punkt', 'Punkt', 'PUNKT'],
  fr: ['point', 'POINT'],
  es: ['punto', 'PUNTO'],
  it: ['punto', 'PUNTO'],
  pt: ['ponto', 'PONTO'],
  ru: ['точка'],
  pl: ['kropka'],
};
const ENGLISH_DOTS = ['dot', 'DOT', 'Dot'];
const LOOSE_AT =
  /(?:^|[\s(<:,])([a-z\d_+.-]{1,40}(?: (?:dot|punkt|point|punto|ponto) [a-z\d_+-]{1,30}){0,2}) (?:at|ät|arroba|arobase|chez|chiocciola|klammeraffe|собака|małpa) $/iu;
/** Words before "at" in sentences that name no mailbox. */
const SENTENCE_WORDS =
  /^(?:us|me|you|him|her|them|it|here|there|look(?:ing|ed)?|meet|visit|available|located|based|found|all|is|are|was|arriv\w+|reach|email|mail|e-mail|start(?:s|ed)?|work(?:s|ing|ed)?|and|or|not|only|even|more)$/i;
const JOINED =
  /([a-z\d_.+-]{1,40})[-_]?AT[-_]?([a-z\d-]{1,60}(?:[-_.]?DOT[-_.]?[a-z\d]{2,20}){1,3})(?![a-z\d])/y;

/** What `JOINED` takes before `AT`, and between its letters and those of `DOT`. */
const JOINED_NAME_CHARS_MAX = 42;
const JOINED_HOST_CHARS_MAX = 66;

/** `name at host dot com`, `nameAThostDOTcom`: only where a word for the dot stands in the text. */
function scanWords(text: string, lang: string, take: (email: RawEmail) => void): void {
  const local = lang === '' ? undefined : LOOSE_DOTS[lang.slice(0, 2)];
  // Values of attributes and scripts, most of them a word or two.
  if (local === undefined && text.length < REMEMBERED_CHARS_MIN && !/dot/i.test(text)) return;
  let hits = 0;
  const marks = textMarks(text);
  if (local === undefined && marks.dots.length === 0 && !marks.joinedDot) return;
  const dots = local === undefined ? ENGLISH_DOTS : [...ENGLISH_DOTS, ...local];
  for (const word of dots) {
    const places = local?.includes(word) ? offsetsOf(text, word, SPELLED_MAX - hits) : marks.dots;
    for (const found of places) {
      if (hits >= SPELLED_MAX) break;
      if (!text.startsWith(word, found)) continue;
      const at = found - 1;
      hits++;
      const window = text.slice(Math.max(0, at - 140), at);
      const sign = window.search(
        / (?:at|ät|arroba|arobase|chez|chiocciola|klammeraffe|собака|małpa) (?!.* (?:at|ät) )/iu,
      );
      if (sign < 0) continue;
      const start = at - window.length + sign;
      const end = text.indexOf(' ', start + 1) + 1;
      const name = LOOSE_AT.exec(text.slice(Math.max(0, start - 100), end))?.[1];
      if (name === undefined || SENTENCE_WORDS.test(name)) continue;
      DOMAIN_BEHIND.lastIndex = end;
      const domain = DOMAIN_BEHIND.exec(text)?.[1];
      if (domain === undefined || /^(?:the|a|an|this|that|our|your|every|each)\b/i.test(domain))
        continue;
      take(spelled(name, domain, true));
    }
  }
  if (marks.joinedDot) scanJoined(text.slice(0, 200_000), take);
}

/** `nameAThostDOTcom`: the pattern is asked only before an `AT` that has a `DOT` behind it. */
function scanJoined(text: string, take: (email: RawEmail) => void): void {
  let from = 0;
  let dot = -1;
  let joined = 0;
  for (let sign = text.indexOf('AT'); sign >= 0; sign = text.indexOf('AT', sign + 1)) {
    if (!isLocal(codeAt(text, sign - 1)) || codeAt(text, sign + 2) <= 32) continue;
    if (dot < sign) dot = text.indexOf('DOT', sign);
    if (dot < 0) return;
    if (dot - sign > JOINED_HOST_CHARS_MAX) continue;
    for (from = Math.max(from, sign - JOINED_NAME_CHARS_MAX); from < sign; from++) {
      JOINED.lastIndex = from;
      const match = JOINED.exec(text);
      if (match === null) continue;
      if (++joined > SPELLED_MAX) return;
      take({
        start: from,
        local: match[1]!,
        domain: match[2]!.replace(/[-_.]?DOT[-_.]?/g, '.'),
        method: 'at-dot',
        loose: true,
      });
      from = from + match[0].length - 1;
    }
  }
}

/** Where a word stands between two spaces, `max` times at most. */
function offsetsOf(text: string, word: string, max: number): number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (offsets.length >= max) break;
    if (codeAt(text, at - 1) === 32 && codeAt(text, at + word.length) === 32) {
      offsets.push(at);
    }
  }
  return offsets;
}

function takeSpelled(
  text: string,
  start: number,
  end: number,
  loose: boolean,
  take: (email: RawEmail) => void,
): void {
  const local = LOCAL_BEFORE.exec(text.slice(Math.max(0, start - 80), start))?.[1];
  if (local === undefined) return;
  DOMAIN_BEHIND.lastIndex = end;
  const domain = DOMAIN_BEHIND.exec(text)?.[1];
  if (domain !== undefined) take(spelled(local, domain, loose));
}

function spelled(local: string, domain: string, loose: boolean): RawEmail {
  return {
    start: -1,
    local: local.replace(DOT_ALL, '.'),
    domain: domain.replace(DOT_ALL, '.'),
    method: 'at-dot',
    loose,
  };
}
