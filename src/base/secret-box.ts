/**
 * Secrets at rest: AES-256-GCM under a key that is not in the database. The key comes from the
 * environment, or from a file that only its owner can read and that is made at the first need; who
 * copies the database alone has nothing.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { SluiceError, systemCode } from './errors.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1.';

export interface SecretBoxOptions {
  /** 32 bytes as hex or base64; '' = the file. */
  readonly key: string;
  /** Where the key is kept where none is given. */
  readonly file: string;
}

export class SecretBox {
  readonly #options: SecretBoxOptions;
  #key: Buffer | undefined;

  constructor(options: SecretBoxOptions) {
    this.#options = options;
  }

  /** Text that only `open` can read, different every time. Throws `secret.key_invalid`. */
  seal(text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#secretKey(), iv);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return VERSION + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /**
   * Throws `secret.unreadable` for what was sealed under another key, or changed since, and where
   * the key's file is gone: one that is made now opens nothing, and hides that there was another.
   */
  open(sealed: string): string {
    const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
    if (!sealed.startsWith(VERSION) || bytes.length < IV_BYTES + TAG_BYTES) {
      throw new SluiceError('secret.unreadable');
    }
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#knownKey(), iv);
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (error) {
      throw new SluiceError('secret.unreadable', {}, { cause: error });
    }
  }

  /** Makes one where there is none yet. */
  #secretKey(): Buffer {
    this.#key ??= this.#givenKey() ?? makeKey(this.#options.file);
    return this.#key;
  }

  #knownKey(): Buffer {
    this.#key ??= this.#givenKey();
    if (this.#key === undefined) throw new SluiceError('secret.unreadable');
    return this.#key;
  }

  #givenKey(): Buffer | undefined {
    const { key, file } = this.#options;
    return key === '' ? keyOfFile(file) : keyOf(key);
  }
}

function keyOf(text: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed)
    ? Buffer.from(trimmed, 'hex')
    : Buffer.from(trimmed, 'base64');
  if (key.length === KEY_BYTES) return key;
  const detail = `it is no ${KEY_BYTES} bytes as hex or base64`;
  throw new SluiceError('secret.key_invalid', { source: 'SLUICE_SECRET_KEY', detail });
}

/** undefined = there is no such file. */
function keyOfFile(path: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unusable(path, String(systemCode(error)), error);
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw unusable(path, 'others may read it; chmod 600 keeps them out');
  }
  const key = Buffer.from(text.trim(), 'hex');
  if (key.length !== KEY_BYTES) throw unusable(path, `it holds no ${KEY_BYTES} bytes as hex`);
  return key;
}

/** On disk before anything is sealed with it: a key that is lost takes its secrets along. */
function makeKey(path: string): Buffer {
  const key = randomBytes(KEY_BYTES);
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    // Somebody else was quicker: theirs is the key.
    const theirs = systemCode(error) === 'EEXIST' ? keyOfFile(path) : undefined;
    if (theirs !== undefined) return theirs;
    throw unusable(path, String(systemCode(error)), error);
  }
  try {
    writeSync(file, `${key.toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}

function unusable(path: string, detail: string, cause?: unknown): SluiceError {
  return new SluiceError('secret.key_invalid', { source: path, detail }, { cause });
}
