/** An address as it is shown: without a login, a fragment, or values that may be secret. */
import { HIDDEN, isSecretName } from './hide-secrets.ts';

/** Long, of letters and digits without a break: a token, wherever it stands. */
const TOKEN = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_+=]{32,}$/;
/** A bot's in a path begins with a word; a signed one has two dots. */
const OTHER_TOKENS = /^bot\d+:|^eyJ[\w-]+\.[\w-]+\./;

/** @param isAlso - further parts of a path, and values, that are hidden */
export function plainUrl(url: URL, isAlso = (_part: string) => false): string {
  const hides = (part: string) => isToken(part) || isAlso(part);
  const path = url.pathname
    .split('/')
    .map((part) => (hides(part) ? HIDDEN : part))
    .join('/');
  const query = [...url.searchParams]
    .map(([name, value]) => {
      const shown = isSecretName(name) || hides(value) ? HIDDEN : encodeURIComponent(value);
      return `${encodeURIComponent(name)}=${shown}`;
    })
    .join('&');
  return `${url.protocol}//${url.host}${path}${query === '' ? '' : `?${query}`}`;
}

function isToken(part: string): boolean {
  return TOKEN.test(part) || OTHER_TOKENS.test(part);
}
