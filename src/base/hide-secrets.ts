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
