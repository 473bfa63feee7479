/** Looks for secrets in files and texts, in every form in which one could have been written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret by its name, which is what a failed test may tell. */
export type Secrets = Readonly<Record<string, string>>;

interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

export class SecretSearch {
  readonly #forms: readonly Form[];

  constructor(secrets: Secrets) {
    this.#forms = Object.entries(secrets).flatMap(([name, secret]) => formsOf(name, secret));
  }

  /** Where one is in a text. */
  inText(where: string, text: string): readonly string[] {
    return this.#found(where, Buffer.from(text));
  }

  /** Where one is in the files under a directory, and how many files there are. */
  inFiles(directory: string): { readonly found: readonly string[]; readonly files: number } {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    const found = paths.flatMap((path) => this.#found(path, bytesIn(path)));
    return { found, files: paths.length };
  }

  #found(where: string, bytes: Buffer): readonly string[] {
    const found = this.#forms.filter((form) => bytes.includes(form.bytes));
    return found.map(({ name }) => `${name} in ${where}`);
  }
}

/** A file that has just gone has nothing. */
function bytesIn(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

function formsOf(name: string, secret: string): readonly Form[] {
  const texts = {
    plain: secret,
    'url-encoded': encodeURIComponent(secret),
    form: new URLSearchParams({ s: secret }).toString().slice(2),
    json: JSON.stringify(secret).slice(1, -1),
    hex: Buffer.from(secret).toString('hex'),
  };
  const forms = Object.entries(texts).map(([how, text]) => ({ how, bytes: Buffer.from(text) }));
  forms.push({ how: 'utf-16', bytes: Buffer.from(secret, 'utf16le') });
  // In the middle of a longer text, such as user:password, base64 has three faces.
  for (const shift of [0, 1, 2]) {
    const inner = Buffer.from('\0'.repeat(shift) + secret);
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = inner.toString(encoding).replace(/=+$/, '');
      const core = text.slice(shift === 0 ? 0 : shift + 1, inner.length % 3 === 0 ? undefined : -1);
      forms.push({ how: encoding, bytes: Buffer.from(core) });
    }
  }
  return forms.map(({ how, bytes }) => ({ name: `${name} (${how})`, bytes }));
}
