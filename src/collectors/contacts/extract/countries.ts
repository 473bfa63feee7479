/** Country names as pages write them, in English and in the country's own languages. */
import { codeAt } from './code-at.ts';

/** ISO 3166 alpha-2 code to names, lower case, `|` between. */
const NAMES: Readonly<Record<string, string>> = {
  US:
    'usa|us|u.s.a.|u.s.|u.s.a|united states|united states of america|estados unidos|' +
    'vereinigte staaten',
  CA: 'canada|kanada',
  GB:
    'uk|u.k.|united kingdom|great britain|gb|england|scotland|wales|northern ireland|' +
    'vereinigtes königreich|royaume-uni|reino unido',
  IE: 'ireland|eire|éire|republic of ireland|irland|irlande',
  AU: 'australia|australien|australie',
  NZ: 'new zealand|aotearoa|neuseeland',
  DE: 'germany|deutschland|allemagne|alemania|germania|duitsland|niemcy',
  AT: 'austria|österreich|oesterreich|autriche',
  CH: 'switzerland|schweiz|suisse|svizzera|suiza|suíça',
  LI: 'liechtenstein',
  FR: 'france|frankreich|francia|frankrijk',
  BE: 'belgium|belgique|belgië|belgien|bélgica',
  LU: 'luxembourg|luxemburg',
  NL: 'netherlands|the netherlands|nederland|holland|niederlande|pays-bas',
  ES: 'spain|españa|espana|spanien|espagne|spagna',
  IT: 'italy|italia|italien|italie',
  PT: 'portugal',
  PL: 'poland|polska|polen|pologne',
  CZ: 'czech republic|czechia|česká republika|česko|tschechien',
  SK: 'slovakia|slovensko|slovak republic',
  HU: 'hungary|magyarország|ungarn',
  RO: 'romania|românia|rumänien',
  BG: 'bulgaria|българия',
  GR: 'greece|ελλάδα|hellas|griechenland',
  HR: 'croatia|hrvatska|kroatien',
  SI: 'slovenia|slovenija|slowenien',
  RS: 'serbia|srbija|србија',
  SE: 'sweden|sverige|schweden|suède',
  NO: 'norway|norge|norwegen|noreg',
  DK: 'denmark|danmark|dänemark',
  FI: 'finland|suomi|finnland',
  IS: 'iceland|ísland|island',
  EE: 'estonia|eesti|estland',
  LV: 'latvia|latvija|lettland',
  LT: 'lithuania|lietuva|litauen',
  UA: 'ukraine|україна',
  RU: 'russia|россия|russian federation|russland',
  TR: 'turkey|türkiye|turkiye|türkei',
  IL: 'israel',
  AE: 'united arab emirates|uae|u.a.e.',
  SA: 'saudi arabia',
  QA: 'qatar',
  IN: 'india|bharat|indien',
  PK: 'pakistan',
  BD: 'bangladesh',
  LK: 'sri lanka',
  CN: 'china|p.r. china|p.r.china|pr china|中国',
  HK: 'hong kong|香港',
  TW: 'taiwan|台灣|臺灣',
  JP: 'japan|日本|japon',
  KR: 'south korea|korea|republic of korea|대한민국',
  SG: 'singapore|singapur',
  MY: 'malaysia',
  TH: 'thailand',
  ID: 'indonesia',
  PH: 'philippines|the philippines',
  VN: 'vietnam|viet nam|việt nam',
  BR: 'brazil|brasil|brasilien',
  AR: 'argentina',
  CL: 'chile',
  CO: 'colombia',
  MX: 'mexico|méxico|mexiko',
  PE: 'peru|perú',
  ZA: 'south africa|suid-afrika|südafrika',
  EG: 'egypt',
  KE: 'kenya',
  NG: 'nigeria',
  MA: 'morocco|maroc',
  MT: 'malta',
  CY: 'cyprus|κύπρος|zypern',
  PR: 'puerto rico',
};

const CODE_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([code, names]) =>
    names.split('|').map((name) => [name, code] as const),
  ),
);

/** All names, lower case. */
export function countryNames(): Iterable<string> {
  return CODE_BY_NAME.keys();
}

/** ISO 3166 alpha-2 code of a country's name or code, or ''. */
export function countryCode(name: string): string {
  const folded = name.trim().toLowerCase();
  if (folded === '' || folded.length > 40) return '';
  const byName = CODE_BY_NAME.get(folded) ?? CODE_BY_NAME.get(folded.replace(/\.$/, ''));
  if (byName !== undefined) return byName;
  const upper = folded.toUpperCase();
  return folded.length === 2 && upper in NAMES ? upper : '';
}

/**
 * The country named by the words that start at `at`: up to four words, ended by anything that
 * is not
 * part of a name. Codes of two letters do not count here, except US and UK: they are words
 * elsewhere.
 */
export function countryAt(text: string, at: number): { code: string; end: number } | undefined {
  const first = codeAt(text, at);
  if (!(first >= 65 && first <= 90) && !(first >= 0xc0)) return undefined;
  COUNTRY_WORDS.lastIndex = at;
  const words = COUNTRY_WORDS.exec(text)?.[0];
  if (words === undefined) return undefined;
  for (let size = words.length; size > 1; size = words.lastIndexOf(' ', size - 1)) {
    const name = words.slice(0, size).toLowerCase();
    const code = CODE_BY_NAME.get(name) ?? CODE_BY_NAME.get(name.replace(/\.$/, ''));
    if (code !== undefined && (size > 2 || words.slice(0, size) === name.toUpperCase())) {
      return { code, end: at + size };
    }
  }
  return undefined;
}

const COUNTRY_WORDS = /[\p{L}.-]{2,15}(?: [\p{L}.-]{2,15}){0,3}/uy;

/** The country whose top-level domain a host name ends in, or ''. */
export function countryOfHost(host: string): string {
  const suffix = host.slice(host.lastIndexOf('.') + 1).toLowerCase();
  if (suffix === 'uk') return 'GB';
  if (suffix.length !== 2 || GENERIC_SUFFIXES.has(suffix)) return '';
  const code = suffix.toUpperCase();
  return code in NAMES ? code : '';
}

/** Country domains that are sold as generic ones. */
const GENERIC_SUFFIXES = new Set([
  'co',
  'io',
  'me',
  'tv',
  'cc',
  'ai',
  'in',
  'is',
  'ws',
  'pr',
  'ma',
]);

/** The country that a language tag names (`de-AT`), or where its language is mostly written. */
export function countryOfLanguage(lang: string): string {
  const [language, region] = lang.split(/[-_]/);
  const code = region?.toUpperCase() ?? '';
  if (code.length === 2 && code in NAMES) return code;
  return COUNTRY_BY_LANGUAGE[language ?? ''] ?? '';
}

const COUNTRY_BY_LANGUAGE: Readonly<Record<string, string>> = {
  de: 'DE',
  fr: 'FR',
  es: 'ES',
  it: 'IT',
  nl: 'NL',
  pt: 'PT',
  pl: 'PL',
  sv: 'SE',
  da: 'DK',
  nb: 'NO',
  no: 'NO',
  nn: 'NO',
  fi: 'FI',
  cs: 'CZ',
  sk: 'SK',
  hu: 'HU',
  ro: 'RO',
  el: 'GR',
  hr: 'HR',
  sl: 'SI',
  tr: 'TR',
  et: 'EE',
  lt: 'LT',
  ja: 'JP',
};
