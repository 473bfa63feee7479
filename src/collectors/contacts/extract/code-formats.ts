/**
 * Countries whose addresses carry the code before the town: the shape of the code, the letters that
 * may stand before it, and the words that make a street in their languages.
 */

export interface CodeFormat {
  /** ISO 3166 alpha-2. */
  readonly country: string;
  /** Shape with `9` for a digit and `A` for a capital. */
  readonly shape: string;
}

const SHAPES: Readonly<Record<string, string>> = {
  '99999': 'DE ES FR IT FI EE HR RS TR UA LT MY TH MX MA KR SE CZ GR SK',
  '9999': 'AT CH BE DK NO HU LU SI BG LI CY TN PH',
  '9999 AA': 'NL',
  '9999AA': 'NL',
  '999 99': 'SE CZ SK GR',
  '99-999': 'PL',
  '9999-999': 'PT',
  '999999': 'RO CN RU',
};

/** Countries by shape of the code, the likeliest first. */
export const COUNTRIES_BY_SHAPE: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(SHAPES).map(([shape, countries]) => [shape, countries.split(' ')] as const),
);

/** Letters before the code, as in `D-10115`. */
export const COUNTRY_BY_PREFIX: ReadonlyMap<string, string> = new Map(
  Object.entries({
    D: 'DE',
    DE: 'DE',
    A: 'AT',
    AT: 'AT',
    CH: 'CH',
    F: 'FR',
    FR: 'FR',
    B: 'BE',
    BE: 'BE',
    L: 'LU',
    LU: 'LU',
    NL: 'NL',
    E: 'ES',
    ES: 'ES',
    I: 'IT',
    IT: 'IT',
    P: 'PT',
    PT: 'PT',
    PL: 'PL',
    S: 'SE',
    SE: 'SE',
    DK: 'DK',
    N: 'NO',
    NO: 'NO',
    FI: 'FI',
    FIN: 'FI',
    CZ: 'CZ',
    SK: 'SK',
    H: 'HU',
    HU: 'HU',
    SI: 'SI',
    HR: 'HR',
    RO: 'RO',
    LT: 'LT',
    EE: 'EE',
    GR: 'GR',
    FL: 'LI',
    BG: 'BG',
    RS: 'RS',
    TR: 'TR',
  }),
);

/** Words that begin a street's name, by the countries that use them. */
const FIRST: Readonly<Record<string, string>> = {
  'FR BE CH LU MA TN':
    'rue avenue av av. boulevard bd bd. blvd place pl. chemin ch. route rte quai ' +
    'allée allées impasse cours square za zi zac z.i. z.a. zone passage faubourg ' +
    'rond-point sentier esplanade parc boul. boul montée rang',
  'IT CH':
    'via viale v.le piazza p.zza piazzale corso largo vicolo strada contrada ' +
    'località loc. lungomare galleria',
  'ES MX':
    'calle c/ c. avda avda. avenida av. av paseo pº plaza pl. pza. plaça carrer ' +
    'ronda carretera ctra. ctra travesía polígono pol. camino rambla gran glorieta ' +
    'urb. urbanización parque',
  PT:
    'rua r. avenida av. travessa tv. praça pç. estrada alameda largo lugar zona beco ' +
    'urbanização edifício quinta',
  PL: 'ul. ul ulica al. aleja aleje os. osiedle plac pl. rondo',
  'CZ SK HR SI RS': 'ulica ul. nám. trg cesta tř.',
  RO: 'str. strada bd. b-dul bulevardul calea șos. soseaua șoseaua splaiul piața',
  'GR CY': 'οδός λεωφόρος λεωφ.',
  'RU UA': 'ул. ул улица вул. вулиця пр. просп. пр-т проспект пер. переулок ш. шоссе наб. пл. б-р',
};

/** Endings of street names, by the countries that use them. */
const LAST: Readonly<Record<string, string>> = {
  'DE AT CH LI LU':
    'straße strasse str. str weg platz allee gasse ring damm ufer steig stieg ' +
    'chaussee promenade markt hof berg graben zeile wall tor park brücke winkel kamp',
  'NL BE':
    'straat laan weg plein kade gracht dijk singel steenweg lei baan dreef hof pad ' +
    'markt park haven steeg burgwal',
  SE: 'gatan vägen gränd torg torget backen stigen plan väg gata allén leden',
  NO: 'gate gata gaten vei veien vegen plass torg brygge allé',
  DK: 'vej vejen gade gaden pladsen allé vænge plads torv stræde boulevard vang alle',
  FI: 'katu tie kuja polku tori puisto ranta',
  'CZ SK HR SI RS': 'náměstí námestie třída ulice ulica cesta nábřeží',
  HU: 'utca út tér u. körút krt. köz sor',
  'EE LT': 'tänav tn maantee mnt puiestee pst gatvė g. prospektas pr.',
  TR: 'sokak sok. cadde caddesi cad. bulvarı mah. mahallesi',
};

/** First word of a street to countries. */
export const STREET_FIRST_WORDS: ReadonlyMap<string, readonly string[]> = wordTable(FIRST);

const ENDINGS: ReadonlyMap<string, readonly string[]> = wordTable(LAST);
const ENDING_CHARS_MAX = 9;

/**
 * Countries of the street ending that a word carries (`Hauptstraße`, `Kungsgatan`), or
 * undefined.
 */
export function endingCountries(word: string): readonly string[] | undefined {
  for (let size = Math.min(ENDING_CHARS_MAX, word.length); size >= 2; size--) {
    const countries = ENDINGS.get(word.slice(-size));
    if (countries !== undefined) return countries;
  }
  return undefined;
}

function wordTable(
  table: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, string[]>();
  for (const [countries, list] of Object.entries(table)) {
    for (const word of list.split(' ')) {
      words.set(word, [...(words.get(word) ?? []), ...countries.split(' ')]);
    }
  }
  return words;
}
