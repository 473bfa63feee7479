/** What other programs say is shown in part, and without the login they say it about. */

export interface LoginWords {
  readonly user: string;
  readonly password: string;
}

const HIDDEN = '•••';
const SHOWN_CHARS_MAX = 200;

/** One line of it, without markup; every form in which the password may stand is hidden. */
export function redacted(text: string, login: LoginWords): string {
  const hidden = formsOf(login).reduce((said, form) => said.replaceAll(form, HIDDEN), text);
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

/** As it is, as the service strips it, in an address, in a page, and in a header. */
function formsOf({ user, password }: LoginWords): readonly string[] {
  const stripped = password.replace(/[^-_0-9a-zA-Z]/g, '');
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  const forms = [
    password,
    stripped,
    encodeURIComponent(password),
    encodeURIComponent(password).replaceAll('%20', '+'),
    password.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
    basic,
    Buffer.from(password).toString('base64'),
  ];
  return [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
}
