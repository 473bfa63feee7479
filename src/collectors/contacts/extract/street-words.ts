/** Words that make a line a street, a unit within a building, or a box at the post office. */

const SUFFIXES =
  'alley aly annex arcade arc ave aven avenue av avn bch beach bend bl blvd blv ' +
  'boulevard blf bluff bnd ' +
  'branch broadway brook brg bridge bypass byp camp canyon cape causeway cswy cir circ circle ' +
  'cl close clf cliff club common commons corner cor cors course court ct courts ' +
  'courtway cove cv creek ' +
  'cres crescent crest crossing xing crossroad curve cul-de-sac dale dam divide dr ' +
  'drive drv drives ' +
  'esplanade espl est estate estates expressway expwy expy extension ext fall falls ferry field ' +
  'fields flat ford forest forge fork fort freeway fwy gardens gdns garden gate ' +
  'gateway gtwy glen green ' +
  'grn grove gr grv harbor harbour haven heights hts highway hiway hwy hgwy hill ' +
  'hills hollow holw hway ' +
  'island isle junction jct key knoll knolls lake landing lndg ln lane la loop mall manor ' +
  'meadow meadows mews mill mills mission motorway mount mountain oval orchard parade pde park ' +
  'parkway pkwy pkway pky pk pass passage path pike pine place pl plain plaza plz ' +
  'point pt port prairie ' +
  'promenade quay quays ranch rapids rd road rest ridge rdg rise river route rte rt row rue run ' +
  'sector shore shores shoal skyway spring springs spur square sq st str street ' +
  'strand strip summit tce ' +
  'terrace ter terr throughway thruway trace track trafficway trail trl tunnel turnpike tpke ' +
  'union valley via viaduct view village ville vista walk wall way wharf woods yard marg nagar ' +
  'chowk gali sarani salai expway interstate';

/** Words that only mean a street (and not a town) when they end a run of words. */
const SURE =
  'ave aven avenue blvd boulevard cir circle close court ct cres crescent dr drive ' +
  'expy expressway ' +
  'fwy freeway highway hwy lane ln loop parade pde parkway pkwy pky pike pl place ' +
  'plaza plz quay rd ' +
  'road route rte rt row sq square st street str terrace tce ter terr trail trl ' +
  'turnpike tpke walk way ' +
  'mews wharf broadway alley marg gardens gdns grove estate court causeway esplanade av bvd bypass';

const DIRECTIONS =
  'n s e w ne nw se sw north south east west northeast northwest southeast southwest';

export const STREET_SUFFIXES: ReadonlySet<string> = new Set(SUFFIXES.split(' '));
export const SURE_SUFFIXES: ReadonlySet<string> = new Set(SURE.split(' '));
export const DIRECTION_WORDS: ReadonlySet<string> = new Set(DIRECTIONS.split(' '));

const UNIT_WORD =
  'suites?|ste|units?|apt|apartment|floor|fl|flr|level|lvl|room|rm|bldg|building|mail ?code|' +
  'mail ?stop|ms|dept|department|lot|space|spc|pmb|shop|office|tower|block|wing|penthouse|' +
  'studio|flat|factory|villa|warehouse|hangar|bay|gate|pier|plot|shed|stall|module|no';

/** A part that is a unit by itself: `Suite 120`, `# 4F`, `2nd Floor`, `Fifth Floor`, `Level 3`. */
export const UNIT_PART = new RegExp(
  `^(?:(?:${UNIT_WORD})\\b\\.?(?: ?[#:])? ?[\\w#&/-]{1,12}(?: [A-Z0-9][\\w-]{0,10}){0,3}$|#|` +
    '\\d{1,3}(?:st|nd|rd|th)? (?:floor|fl|flr|level)\\b|' +
    '(?:ground|upper|lower|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|top) ' +
    '(?:floor|level)\\b)',
  'i',
);

/** A unit that begins a line and has a town behind it. */
export const UNIT_LEAD = new RegExp(
  `^(?:# ?[\\w-]{1,8}|(?:${UNIT_WORD})\\b\\.?(?: ?[#:])? ?(?:[\\w-]*\\d[\\w-]*|[A-Z])|` +
    '\\d{1,3}(?:st|nd|rd|th)? (?:floor|fl|flr|level)|' +
    '(?:ground|upper|lower|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|top) ' +
    '(?:floor|level))[,.]? +(?:in +)?(?=\\p{Lu})',
  'iu',
);

/** A unit inside a line, behind the street. */
export const UNIT_START = new RegExp(`^(?:(?:${UNIT_WORD})\\.?\\d*|#\\S*|no\\.?)$`, 'i');

/** A post office box, anywhere in a part. */
export const BOX = new RegExp(
  [
    String.raw`(?:^|[\s(])((?:r\.?r\.?|h\.?c\.?r?|r\.?f?\.?d\.?|rural route|star route|`,
    String.raw`route|rt\.?) ?#?\d{1,4},? box|(?:p\.? ?o\.? ?|post |post office |postal |`,
    String.raw`gpo |g\.p\.o\. |lock(?:ed)? |private |caller )(?:box|bag|bin|drawer)|p\.?o\.?b\.?|box|`,
    String.raw`postfach|apartado(?: de correos)?|casella postale|boîte postale|b\.?p\.?|`,
    String.raw`postbus|postboks|skr\. pocztowa)`,
    String.raw`[ :.#]*(?:no\.? ?)?([a-z]{0,3}[- ]?\d[\d -]{0,9})`,
  ].join(''),
  'i',
);

/** House numbers that are written as words. */
export const NUMBER_WORDS: ReadonlySet<string> = new Set(
  'one two three four five six seven eight nine ten eleven twelve'.split(' '),
);
