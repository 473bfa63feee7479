/** What other programs say is shown in part, and without the login they say it about. */
import { HIDDEN, hideSecrets } from '../../base/hide-secrets.ts';

export interface LoginWords {
  readonly user: string;
  readonly password: string;
}

const SHOWN_CHARS_MAX = 200;

/** One line of it, without markup; every form in which the password may stand is hidden. */
export function redacted(text: string, login: LoginWords): string {
  const { user, password } = login;
  // The service strips what it is given before it says it back.
  const stripped = password.replace(/[^-_0-9a-zA-Z]/g, '');
  const hidden = hideSecrets(text, password, stripped, `${user}:${password}`);
  // Whatever stands where a service echoes the password, known or not.
  const echoed = hidden.replace(/\|([^|]*)\|([^|]*)\|BAD\|/g, `|$1|${HIDDEN}|BAD|`);
  const plain = echoed
    .replace(/<(?:script|style)\b[\s\S]*?<\/(?:script|style)>/gi, ' ')
    .replace(/<[^>]{0,500}>/g, ' ')
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > SHOWN_CHARS_MAX ? `${plain.slice(0, SHOWN_CHARS_MAX)}…` : plain;
}
