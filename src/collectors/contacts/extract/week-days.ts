/** Names of the days of the week in the languages of the pages we read. */
import { codeAt } from './code-at.ts';
import { LetterGate } from './letter-gate.ts';

export const DAY_CODES = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'] as const;

/** Names and short forms from Monday to Sunday, one row a language. */
const ROWS: readonly (readonly string[])[] = [
  [
    'monday mondays mon',
    'tuesday tuesdays tues tue',
    'wednesday wednesdays weds wed',
    'thursday thursdays thurs thur thu',
    'friday fridays fri',
    'saturday saturdays sat',
    'sunday sundays sun',
  ],
  [
    'montag montags mo',
    'dienstag dienstags di',
    'mittwoch mittwochs mi',
    'donnerstag donnerstags do',
    'freitag freitags fr',
    'samstag samstags sonnabend sa',
    'sonntag sonntags so',
  ],
  [
    'lundi lun',
    'mardi mar',
    'mercredi mer',
    'jeudi jeu',
    'vendredi ven',
    'samedi sam',
    'dimanche dim',
  ],
  [
    'lunes lun',
    'martes',
    'miércoles miercoles mié',
    'jueves jue',
    'viernes vie',
    'sábado sabado sáb sábados',
    'domingo domingos dom',
  ],
  [
    'lunedì lunedi',
    'martedì martedi',
    'mercoledì mercoledi',
    'giovedì giovedi gio',
    'venerdì venerdi',
    'sabato sab',
    'domenica',
  ],
  ['maandag ma', 'dinsdag', 'woensdag wo', 'donderdag', 'vrijdag vr', 'zaterdag za', 'zondag zo'],
  [
    'segunda-feira segunda seg',
    'terça-feira terça ter',
    'quarta-feira quarta qua',
    'quinta-feira quinta qui',
    'sexta-feira sexta sex',
    '',
    '',
  ],
  [
    'poniedziałek pn pon',
    'wtorek wt',
    'środa śr',
    'czwartek czw',
    'piątek pt',
    'sobota sob',
    'niedziela nd ndz',
  ],
  [
    'måndag mån',
    'tisdag tis',
    'onsdag ons',
    'torsdag tors tor',
    'fredag fre',
    'lördag lör',
    'söndag sön',
  ],
  ['mandag man', 'tirsdag tir', '', 'tors', '', 'lørdag lør', 'søndag søn'],
  [
    'maanantai',
    'tiistai ti',
    'keskiviikko ke',
    'torstai',
    'perjantai pe',
    'lauantai la',
    'sunnuntai su',
  ],
  ['pondělí po', 'úterý út', 'středa st', 'čtvrtek čt', 'pátek pá', '', 'neděle ne'],
  [
    'понедельник пн',
    'вторник вт',
    'среда ср',
    'четверг чт',
    'пятница пт',
    'суббота сб',
    'воскресенье вс',
  ],
  ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'],
  [
    '月曜日 月曜 月',
    '火曜日 火曜 火',
    '水曜日 水曜 水',
    '木曜日 木曜 木',
    '金曜日 金曜 金',
    '土曜日 土曜 土',
    '日曜日 日曜 日',
  ],
];

/** Whole weeks and parts of it. */
const SPANS: Readonly<Record<string, string>> = {
  daily: 'Mo-Su',
  everyday: 'Mo-Su',
  'every day': 'Mo-Su',
  '7 days a week': 'Mo-Su',
  'seven days a week': 'Mo-Su',
  '7 days': 'Mo-Su',
  täglich: 'Mo-Su',
  'tous les jours': 'Mo-Su',
  'todos los días': 'Mo-Su',
  'tutti i giorni': 'Mo-Su',
  dagelijks: 'Mo-Su',
  ежедневно: 'Mo-Su',
  平日: 'Mo-Fr',
  毎日: 'Mo-Su',
  weekdays: 'Mo-Fr',
  'week days': 'Mo-Fr',
  'week ends': 'Sa-Su',
  weekday: 'Mo-Fr',
  werktags: 'Mo-Fr',
  vardagar: 'Mo-Fr',
  hverdage: 'Mo-Fr',
  weekends: 'Sa-Su',
  weekend: 'Sa-Su',
  'm-f': 'Mo-Fr',
  'm - f': 'Mo-Fr',
  'm–f': 'Mo-Fr',
  'm thru f': 'Mo-Fr',
  'm-th': 'Mo-Th',
  'm-sat': 'Mo-Sa',
  'm-s': 'Mo-Sa',
  'm/w/f': 'Mo,We,Fr',
  'm, w, f': 'Mo,We,Fr',
  'm,w,f': 'Mo,We,Fr',
  'm, w & f': 'Mo,We,Fr',
  mwf: 'Mo,We,Fr',
  't/th': 'Tu,Th',
  't, th': 'Tu,Th',
  't,th': 'Tu,Th',
  't & th': 'Tu,Th',
};

const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(
  ROWS.flatMap((row) =>
    row.flatMap((names, index) =>
      names.split(' ').flatMap((name) => (name === '' ? [] : [[name, index] as const])),
    ),
  ),
);

/** All words that may open what `daysAt` reads. */
export const DAY_GATE = new LetterGate([...Object.keys(SPANS), ...INDEX_BY_NAME.keys()]);

type WordLists = ReadonlyMap<number, readonly string[]>;

function listed(words: Iterable<string>, keyAt: (text: string, at: number) => number): WordLists {
  const lists = new Map<number, string[]>();
  for (const word of words) {
    const key = keyAt(word, 0);
    lists.set(key, [...(lists.get(key) ?? []), word]);
  }
  return lists;
}

/** The first two units of a name; the first of Japanese ones, which may have no other. */
function openingAt(text: string, at: number): number {
  const code = codeAt(text, at);
  return code >= 0x3000 ? code : (code << 16) | codeAt(text, at + 1);
}

function longestFirst(words: Iterable<string>): string[] {
  return [...words].sort((one, other) => other.length - one.length);
}

const SPANS_BY_OPENING = listed(longestFirst(Object.keys(SPANS)), openingAt);
const NAMES_BY_OPENING = listed(longestFirst(INDEX_BY_NAME.keys()), openingAt);
const JOINS_MAX = 6;
const JOIN_SIGNS = '-–—‑−～〜・、\ufffd&+/,';
const JOIN_WORDS =
  'から to thru through til till until and bis und u. au à et al a e y o i do t/m tot en och og até';
const JOINS_BY_LETTER = listed([...JOIN_SIGNS, ...JOIN_WORDS.split(' ')], (text, at) =>
  codeAt(text, at),
);
const NONE: readonly string[] = [];
const SPACE = 32;
const COMMA = 44;
const DOT = 46;
const OPENS_JOIN: ReadonlySet<number> = new Set([SPACE, COMMA, DOT, ...JOINS_BY_LETTER.keys()]);
const JOIN_TAILS = ['le ', 'al ', 'on ', ''];

/**
 * Tries what may be days at `at` of a text in small letters (one day, a range or a list of days, a
 * word for several), the longest first, until `accept` takes its end. Read by hand: as a pattern,
 * the names of all languages take as long to compile as a hundred pages to read.
 */
export function daysAt(text: string, at: number, accept: (end: number) => boolean): boolean {
  for (const name of SPANS_BY_OPENING.get(openingAt(text, at)) ?? NONE) {
    if (text.startsWith(name, at) && accept(at + name.length)) return true;
  }
  return listAt(text, at, JOINS_MAX, accept);
}

function listAt(
  text: string,
  at: number,
  joinsMax: number,
  accept: (end: number) => boolean,
): boolean {
  if (!DAY_GATE.opens(text, at)) return false;
  for (const name of NAMES_BY_OPENING.get(openingAt(text, at)) ?? NONE) {
    if (!text.startsWith(name, at)) continue;
    const end = at + name.length;
    const next = (start: number): boolean => listAt(text, start, joinsMax - 1, accept);
    // No `The Sun` is Thursday and Sunday.
    if (joinsMax > 0 && !isAsciiLetter(codeAt(text, end)) && joinAt(text, end, next)) return true;
    if (accept(end)) return true;
  }
  return false;
}

/** Tries what may stand between two days at `at`, until `next` takes where it ends. */
function joinAt(text: string, at: number, next: (start: number) => boolean): boolean {
  const code = codeAt(text, at);
  if (!OPENS_JOIN.has(code)) return false;
  for (let dotted = behindSign(text, at, DOT); dotted >= at; dotted--) {
    for (let parted = behindSign(text, dotted, COMMA); parted >= dotted; parted--) {
      for (let start = behindSign(text, parted, SPACE); start >= parted; start--) {
        for (const join of JOINS_BY_LETTER.get(codeAt(text, start)) ?? NONE) {
          if (text.startsWith(join, start) && joinedAt(text, start + join.length, next))
            return true;
        }
      }
    }
  }
  return code === SPACE && next(at + 1);
}

function joinedAt(text: string, at: number, next: (start: number) => boolean): boolean {
  for (let dotted = behindSign(text, at, DOT); dotted >= at; dotted--) {
    for (let start = behindSign(text, dotted, SPACE); start >= dotted; start--) {
      for (const tail of JOIN_TAILS) {
        if (text.startsWith(tail, start) && next(start + tail.length)) return true;
      }
    }
  }
  return false;
}

/** Where the text goes on behind a sign that may stand at `at`. */
function behindSign(text: string, at: number, sign: number): number {
  return codeAt(text, at) === sign ? at + 1 : at;
}

/** Small letters, each where it stood. */
export function smallLetters(text: string): string {
  const small = text.toLowerCase();
  if (small.length === text.length) return small;
  return Array.from({ length: text.length }, (_, at) => {
    const one = text.charAt(at).toLowerCase();
    return one.length === 1 ? one : text.charAt(at);
  }).join('');
}

/** Whether a letter ends at `at`. */
export function isBehindLetter(text: string, at: number): boolean {
  const code = codeAt(text, at - 1);
  return code < 128 ? isAsciiLetter(code) : /\p{L}$/u.test(text.slice(Math.max(0, at - 2), at));
}

/** Whether a letter begins at `at`. */
export function isBeforeLetter(text: string, at: number): boolean {
  const code = codeAt(text, at);
  return code < 128 ? isAsciiLetter(code) : /^\p{L}/u.test(text.slice(at, at + 2));
}

function isAsciiLetter(code: number): boolean {
  const folded = code | 32;
  return folded >= 97 && folded <= 122;
}

/** What makes a range of two days, and not a list. */
const RANGE_WORD =
  /[-–—‑−～〜\ufffd]|から|to|thru|through|til|bis|au|à|al|t\/m|tot|até|do|^\s*a\s*$|^\.?\s*o\s*$/;

/** Days as codes (`Mo-Fr`, `Mo,We`), or '' when `text` is none. */
export function dayCodes(text: string): string {
  const folded = text.toLowerCase().trim();
  const span = SPANS[folded];
  if (span !== undefined) return span;
  let codes = '';
  let last = -1;
  for (let at = 0; at < folded.length; at++) {
    const end = isBehindLetter(folded, at) ? -1 : dayEnd(folded, at);
    if (end < 0) continue;
    const index = INDEX_BY_NAME.get(folded.slice(at, end))!;
    const between = last < 0 ? '' : folded.slice(last, at);
    const range = RANGE_WORD.test(between);
    codes += `${last < 0 ? '' : range ? '-' : ','}${DAY_CODES[index]}`;
    last = end;
    at = end - 1;
  }
  return codes;
}

/** Where the day at `at` ends, no letter behind it, or -1. */
function dayEnd(text: string, at: number): number {
  if (!DAY_GATE.opens(text, at)) return -1;
  for (const name of NAMES_BY_OPENING.get(openingAt(text, at)) ?? NONE) {
    if (text.startsWith(name, at) && !isBeforeLetter(text, at + name.length)) {
      return at + name.length;
    }
  }
  return -1;
}
