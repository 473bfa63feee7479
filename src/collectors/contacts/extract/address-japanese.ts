import type { AddressCandidate, CodeAnchor } from './address-candidate.ts';

/**
 * Japanese addresses in Japanese: code first, then prefecture, town and the rest from the large to
 * the small, with nothing between them (`〒460-0046 愛知県名古屋市中央区本町4-2-3`).
 *
 * The prefecture must follow the code within a few characters, so digits elsewhere cost one look.
 */

/** Prefecture, town (city, ward of Tokyo, or a village with its district) and the rest. */
const PLACE = new RegExp(
  [
    String.raw`[\s　、,)）]{0,4}`,
    '(北海道|東京都|(?:京都|大阪)府|[^\\s\\d]{2,3}県)[ 　]?',
    '((?:四日市|廿日市|野々市|[^\\s\\d市区町村]{1,6})市|[^\\s\\d郡]{1,4}郡[^\\s\\d]{1,5}?[町村]|',
    '[^\\s\\d区]{1,4}区|[^\\s\\d町村]{1,5}[町村])[ 　]?',
    '([^\\n\\t]{2,60})',
  ].join(''),
  'uy',
);
/** What ends the street on its line. */
const STREET_STOP =
  /[\s　]*(?:[(（【]|℡|☎|TEL|Tel|FAX|Fax|電話|電 話|E-?mail|メール|https?:|\||｜|地図|アクセス)/u;
const WIDE_CODE = /[\d０-９]{3}[-‐－−ー–]?[\d０-９]{4}(?![\d０-９])/y;
const MARK_GAP_MAX = 2;

/** The address that begins at the code of the anchor. */
export function japaneseAddress(anchor: CodeAnchor): AddressCandidate | undefined {
  const { text, start, end } = anchor;
  PLACE.lastIndex = end;
  const place = PLACE.exec(text);
  if (place === null) return undefined;
  const [all, state, city, rest] = place as unknown as [string, string, string, string];
  const stop = STREET_STOP.exec(rest)?.index ?? rest.length;
  const street = narrowed(rest.slice(0, stop)).replace(/[\s、,]+$/, '');
  if (!/[\d一二三四五六七八九十]/.test(street)) return undefined;
  const code = narrowed(text.slice(start, end)).replace(/\D/g, '');
  return {
    street,
    city,
    state,
    postalCode: `${code.slice(0, 3)}-${code.slice(3)}`,
    country: 'JP',
    start,
    end: end + all.length - rest.length + stop,
    confidence: 0.92,
  };
}

/** Where the code behind the postal mark at `at` stands, in digits of either width. */
export function codeBehindMark(
  text: string,
  at: number,
): { start: number; end: number } | undefined {
  for (let start = at + 1; start <= at + 1 + MARK_GAP_MAX; start++) {
    WIDE_CODE.lastIndex = start;
    if (WIDE_CODE.test(text)) return { start, end: WIDE_CODE.lastIndex };
  }
  return undefined;
}

/** Full-width digits, letters and dashes in their usual width. */
function narrowed(text: string): string {
  return text
    .replace(/[！-～]/gu, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/　/g, ' ')
    .replace(/(?<=\d)[‐−–ー](?=\d)/gu, '-');
}
