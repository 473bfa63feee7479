/** Names of the days of the week in the languages of the pages we read. */

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
};

const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(
  ROWS.flatMap((row) =>
    row.flatMap((names, index) =>
      names.split(' ').flatMap((name) => (name === '' ? [] : [[name, index] as const])),
    ),
  ),
);

const escaped = (words: Iterable<string>): string =>
  [...words]
    .sort((one, other) => other.length - one.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');

const DAY = `(?:${escaped(INDEX_BY_NAME.keys())})`;
const JOIN =
  '(?:\\.?,? ?(?:[-–—‑−～〜・、\ufffd&+/,]|から|to|thru|through|til|till|until|and|bis|und|u\\.|' +
  'au|à|et|al|a|e|y|o|i|do|t/m|tot|en|til|och|og|até)\\.? ?(?:le |al |on )?)';

/** One day, a range or a list of days, or a word for several. */
export const DAYS_SOURCE = `(?:${escaped(Object.keys(SPANS))}|${DAY}(?:(?:${JOIN}| )${DAY}){0,6})`;

/** All words that may open what `DAYS_SOURCE` matches. */
export const DAY_WORDS: readonly string[] = [...Object.keys(SPANS), ...INDEX_BY_NAME.keys()];

const ANY_DAY = new RegExp(`(?<![\\p{L}])${DAY}(?![\\p{L}])`, 'gu');

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
  ANY_DAY.lastIndex = 0;
  for (let match = ANY_DAY.exec(folded); match !== null; match = ANY_DAY.exec(folded)) {
    const index = INDEX_BY_NAME.get(match[0])!;
    const between = last < 0 ? '' : folded.slice(last, match.index);
    const range = RANGE_WORD.test(between);
    codes += `${last < 0 ? '' : range ? '-' : ','}${DAY_CODES[index]}`;
    last = match.index + match[0].length;
  }
  return codes;
}
