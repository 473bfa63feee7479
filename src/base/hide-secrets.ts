/** What other programs say is told and stored: without the secrets that they say back. */

export const HIDDEN = '•••';

/** Hides each secret in every form in which an answer may hold it. */
export function hideSecrets(text: string, ...secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap(formsOf));
  forms.delete('');
  // The longest first: one may be a part of another.
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return sorted.reduce((said, form) => said.replaceAll(form, HIDDEN), text);
}

/** As it is, in an address, in JSON, in a page and in a header. */
function formsOf(secret: string): readonly string[] {
  const inAddress = encodeURIComponent(secret.toWellFormed());
  return [
    secret,
    inAddress,
    inAddress.replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
    Buffer.from(secret).toString('base64'),
  ];
}

/** What is called like this opens something, whatever it holds. */
const SECRET_NAME =
  /auth|bearer|code$|credential|jwt|key$|pass|pwd|secret|session|^sid$|^sig|signature|token|^user(?:name)?$|login/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A copy of plain data without what its names say is secret, and without logins in addresses. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutLogin(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const shown = Object.entries(value).map(([name, each]) => [
    name,
    typeof each === 'string' && each !== '' && isSecretName(name) ? HIDDEN : withoutSecrets(each),
  ]);
  return Object.fromEntries(shown);
}

function withoutLogin(text: string): string {
  return text.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#\s]*@/i, `$1${HIDDEN}@`);
}
