import { codeAt } from './code-at.ts';
import type { PageLink } from './page-view.ts';

/** Reads the numbers that links dial, text or fax. */

/** By the last five bits of their first letter: `tel:`, `callto:`, `fax:`, `sms:`, `phone:`, … */
const NUMBER_SCHEMES = Uint8Array.from({ length: 32 }, (_, letter) =>
  'tcfsp'.includes(String.fromCharCode(96 + letter)) ? 1 : 0,
);

/** The number that a `tel:` link dials, or ''. */
export function numberOfLink(link: PageLink): string {
  const { href } = link;
  if (NUMBER_SCHEMES[codeAt(href, 0) & 31] === 0 || link.hidden === 'self') return '';
  const colon = codeAt(href, 3) === 58 ? 3 : href.indexOf(':');
  if (colon < 3 || colon > 6) return '';
  const match = /^(?:tel|callto|fax|sms|phone|skype):(?:\/\/)?/i.exec(link.href);
  if (match === null) return '';
  const number = link.href.slice(match[0].length, match[0].length + 80);
  try {
    return decodeURIComponent(number);
  } catch {
    return number;
  }
}
