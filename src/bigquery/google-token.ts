/**
 * Tokens for Google's services, from the key file of a service account (a request signed with its
 * key, RFC 7523) or of a person's login (`authorized_user`). One is used until shortly before its
 * end. Neither the key nor a token is in any error.
 */
import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { errorOfAnswer, GoogleCredentialsError } from './bigquery-error.ts';
import { causeText } from './cause-text.ts';
import type { Send } from './send.ts';

export interface TokenSource {
  /** undefined = requests go without. Rejects with GoogleCredentialsError and BigQueryError. */
  token(signal?: AbortSignal): Promise<string | undefined>;
  /** This one was refused: the next call brings another. */
  forget(token: string): void;
}

/** For the stand-in and for emulators. */
export const NO_TOKENS: TokenSource = {
  token: () => Promise.resolve(undefined),
  forget: () => {},
};

export interface TokenParts {
  readonly clock: Clock;
  readonly send: Send;
}

const SCOPE = 'https://www.googleapis.com/auth/bigquery';
const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LIFE_S = 3_600;
/** A token is not used any more so long before its end, ms. */
const MARGIN_MS = 60_000;
const KEY_BYTES_MAX = 64 * 1_024;

const keyFile = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('service_account'),
    client_email: z.string().min(1),
    private_key: z.string().min(1),
    private_key_id: z.string().optional(),
    token_uri: z.string().optional(),
  }),
  z.object({
    type: z.literal('authorized_user'),
    client_id: z.string().min(1),
    client_secret: z.string().min(1),
    refresh_token: z.string().min(1),
    token_uri: z.string().optional(),
  }),
]);
type Key = z.output<typeof keyFile>;

interface Held {
  readonly token: string;
  readonly untilMs: number;
}

export class KeyFileTokens implements TokenSource {
  readonly #path: string;
  readonly #parts: TokenParts;
  #held: Held | undefined;
  #asking: Promise<Held> | undefined;

  constructor(path: string, parts: TokenParts) {
    this.#path = path;
    this.#parts = parts;
  }

  async token(): Promise<string> {
    const { clock } = this.#parts;
    if (this.#held === undefined || this.#held.untilMs <= clock.wallMs()) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      this.#held = await this.#asking;
    }
    return this.#held.token;
  }

  forget(token: string): void {
    if (this.#held?.token === token) this.#held = undefined;
  }

  async #ask(): Promise<Held> {
    const { clock, send } = this.#parts;
    // Read anew each time: whoever replaces the file need not start anything anew.
    const key = await readKey(this.#path);
    const uri = tokenUri(key, this.#path);
    const form = key.type === 'service_account' ? signedForm(key, uri, clock) : refreshForm(key);
    const { status, text } = await send({
      method: 'POST',
      url: uri,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(form.toString()),
    });
    if (status !== 200) throw this.#refusal(status, text);
    const { access_token: token, expires_in: life } = JSON.parse(text) as {
      access_token?: string;
      expires_in?: number;
    };
    if (!token) throw new GoogleCredentialsError(`${new URL(uri).host} gave no token`);
    return { token, untilMs: clock.wallMs() + (life ?? LIFE_S) * 1_000 - MARGIN_MS };
  }

  #refusal(status: number, text: string): Error {
    const error = errorOfAnswer(status, text, null);
    if (error.isPassing) return error;
    const [, word = ''] = /"error"\s*:\s*"([\w-]{1,60})"/.exec(text) ?? [];
    const [, said = ''] = /"error_description"\s*:\s*"([^"]{1,200})"/.exec(text) ?? [];
    const detail = [word, said].filter((part) => part !== '').join(': ') || `status ${status}`;
    return new GoogleCredentialsError(`the key in ${this.#path} is not accepted (${detail})`);
  }
}

async function readKey(path: string): Promise<Key> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new GoogleCredentialsError(`${path} cannot be read (${causeText(error)})`);
  });
  if (bytes.length > KEY_BYTES_MAX) throw new GoogleCredentialsError(`${path} is no key file`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new GoogleCredentialsError(`${path} is no JSON, as a key file is`);
  }
  const read = keyFile.safeParse(value);
  if (read.success) return read.data;
  const { type } = (value ?? {}) as { readonly type?: unknown };
  const kinds = 'a service account (type service_account), or of a login (authorized_user)';
  throw new GoogleCredentialsError(
    `${path} is no key of ${kinds}${typeof type === 'string' ? `, but ${type.slice(0, 40)}` : ''}`,
  );
}

/** A signature goes to nobody over a connection that others read. */
function tokenUri({ token_uri: uri = TOKEN_URI }: Key, path: string): string {
  const url = URL.parse(uri);
  const isHere = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (isHere && url.protocol === 'http:')) return url.href;
  throw new GoogleCredentialsError(`the token_uri in ${path} is no https: address`);
}

function signedForm(
  key: Extract<Key, { type: 'service_account' }>,
  uri: string,
  clock: Clock,
): URLSearchParams {
  const iat = Math.floor(clock.wallMs() / 1_000);
  const kid = key.private_key_id;
  const head = part({ alg: 'RS256', typ: 'JWT', ...(kid !== undefined && { kid }) });
  const claims = { iss: key.client_email, scope: SCOPE, aud: uri, iat, exp: iat + LIFE_S };
  const text = `${head}.${part(claims)}`;
  let signature: string;
  try {
    signature = createSign('RSA-SHA256').update(text).sign(key.private_key, 'base64url');
  } catch {
    throw new GoogleCredentialsError('the private_key of the key file is none');
  }
  return new URLSearchParams({ grant_type: GRANT, assertion: `${text}.${signature}` });
}

function refreshForm(key: Extract<Key, { type: 'authorized_user' }>): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: key.client_id,
    client_secret: key.client_secret,
    refresh_token: key.refresh_token,
  });
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
