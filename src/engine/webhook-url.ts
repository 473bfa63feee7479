/**
 * The address of a webhook as it is shown. Whoever knows some of them may post as Sluice: those of
 * chat services have the key in the path, others in a parameter. So what may be one is told to
 * nobody, also not to who reads the list.
 */
import { HIDDEN, hideSecrets } from '../base/hide-secrets.ts';
import { plainUrl } from '../base/plain-url.ts';

/** Letters and digits mixed, too long for a word or a number of a version: such as in a path. */
const KEY = /^(?=.*\d)(?=.*[A-Za-z])[\w.~+=-]{16,}$/;
/** Shorter ones would hide words that are none of it. */
const SECRET_CHARS_MIN = 6;

export function shownUrl(url: string): string {
  return plainUrl(new URL(url), (part) => KEY.test(part));
}

/** Whether it was taken from where secrets are hidden. */
export function isShownUrl(text: string): boolean {
  return text.includes(HIDDEN) || text.includes(encodeURIComponent(HIDDEN));
}

/** What somebody said of it, without the parts that are not shown. */
export function withoutUrlSecrets(said: string, url: string): string {
  const { href, pathname, searchParams } = new URL(url);
  const shown = shownUrl(url);
  const isHidden = (part: string) => part.length >= SECRET_CHARS_MIN && !shown.includes(part);
  const secrets = [...pathname.split('/'), ...searchParams.values()].filter(isHidden);
  const short = said.replaceAll(url, shown).replaceAll(href, shown);
  return hideSecrets(short, ...secrets);
}
