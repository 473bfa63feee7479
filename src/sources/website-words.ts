/**
 * What looks like a website: by the name of a column and by a value. Used to find the column that
 * the user did not name, and to tell a line of column names from a row.
 */

/** Words for a website in the headers of lists, folded by `foldName`. */
const WEBSITE_NAMES: ReadonlySet<string> = new Set([
  'website',
  'websites',
  'websiteurl',
  'weburl',
  'web',
  'webpage',
  'webaddress',
  'website1',
  'url',
  'urls',
  'companyurl',
  'companywebsite',
  'companydomain',
  'businesswebsite',
  'organizationwebsite',
  'primarydomain',
  'rooturl',
  'site',
  'siteurl',
  'domain',
  'domains',
  'domainname',
  'homepage',
  'homepageurl',
  'host',
  'hostname',
  'link',
  'www',
  'webseite',
  'internetseite',
  'internet',
  'internetadresse',
  'siteweb',
  'siteinternet',
  'adresseweb',
  'sitioweb',
  'paginaweb',
  'sitoweb',
  'sito',
  'stronawww',
  'strona',
  'hemsida',
  'webbplats',
  'hjemmeside',
  'nettside',
  'nettsted',
  'kotisivu',
  'verkkosivu',
  'webova stranka',
  'webstranka',
  'weboldal',
  'honlap',
  'сайт',
  'вебсайт',
  'ιστοσελιδα',
  'ウェブサイト',
  'ホームページ',
  '网站',
  '网址',
  '網站',
  '웹사이트',
  '홈페이지',
  'الموقع',
]);

/** A name without case, accents, spaces and punctuation: `Site Web` and `site_web` are one. */
export function foldName(name: string): string {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[\p{M}\s_\-./:()]+/gu, '')
    .normalize('NFC');
}

const FOLDED = new Set([...WEBSITE_NAMES].map(foldName));

export function isWebsiteName(name: string): boolean {
  return FOLDED.has(foldName(name.slice(0, 100)));
}

const URL_SHAPE = /^(?:https?:\/\/|www\.)\S+$/i;
const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';
const TOP_LEVEL = '(?:\\p{L}{2,24}|xn--[a-z0-9-]{2,59})';
const AFTER_HOST = '(?::\\d{1,5})?(?:[/?#]\\S*)?';
const DOMAIN_SHAPE = new RegExp(`^(?:${LABEL}\\.){1,8}${TOP_LEVEL}${AFTER_HOST}$`, 'iu');
const EMAIL_SHAPE = /^[^\s@,;]{1,64}@[^\s@,;]{1,190}\.[\p{L}]{2,24}$/u;

/** A URL or a bare host name with a dot. Cells longer than any URL are not looked at. */
export function isWebsiteValue(cell: string): boolean {
  if (cell.length > 2_048) return false;
  const text = cell.trim();
  return text !== '' && !text.includes('@') && (URL_SHAPE.test(text) || DOMAIN_SHAPE.test(text));
}

/** A value that no column is named after: a URL with its scheme or www., or an e-mail address. */
export function isUnlikelyName(cell: string): boolean {
  if (cell.length > 2_048) return false;
  const text = cell.trim();
  return URL_SHAPE.test(text) || EMAIL_SHAPE.test(text);
}
