/**
 * The account that programs work as, and the tokens they get for its key: a request signed with the
 * key (RFC 7523) is given a token that is good for a while.
 */
import { createVerify, generateKeyPairSync, randomBytes } from 'node:crypto';
import { Problem } from './problems.ts';

export interface KeyFile {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly token_uri: string;
}

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPES = /auth\/(?:bigquery|cloud-platform)\b/;
const LEEWAY_S = 300;

export class ServiceAccount {
  readonly #publicKey: string;
  readonly #privateKey: string;
  readonly #project: string;
  readonly #tokenMs: number;
  readonly #nowMs: () => number;
  readonly #tokens = new Map<string, number>();

  constructor(project: string, tokenMs: number, nowMs: () => number) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    this.#publicKey = publicKey;
    this.#privateKey = privateKey;
    this.#project = project;
    this.#tokenMs = tokenMs;
    this.#nowMs = nowMs;
  }

  /** What the console lets people download. */
  keyFile(url: string): KeyFile {
    return {
      type: 'service_account',
      project_id: this.#project,
      private_key_id: 'sandbox',
      private_key: this.#privateKey,
      client_email: this.#email,
      client_id: '100000000000000000001',
      token_uri: `${url}/token`,
    };
  }

  /** Throws a Problem with the words of the token service. */
  token(form: URLSearchParams, url: string): unknown {
    if (form.get('grant_type') !== GRANT)
      throw refused('unsupported_grant_type', 'Invalid grant_type');
    const [head = '', body = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const verify = createVerify('RSA-SHA256').update(`${head}.${body}`);
    if (!verify.verify(this.#publicKey, signature, 'base64url')) {
      throw refused('invalid_grant', 'Invalid JWT Signature.');
    }
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims;
    const nowS = this.#nowMs() / 1_000;
    if (claims.iss !== this.#email)
      throw refused('invalid_grant', 'Invalid grant: account not found');
    if (claims.aud !== `${url}/token`)
      throw refused('invalid_grant', 'Invalid JWT: Failed audience check');
    if (!SCOPES.test(claims.scope ?? '')) throw refused('invalid_scope', 'Invalid OAuth scope.');
    if (!(claims.exp > nowS && claims.exp - claims.iat <= 3_600 && claims.iat < nowS + LEEWAY_S)) {
      throw refused('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes)');
    }
    const token = `ya29.${randomBytes(24).toString('base64url')}`;
    this.#tokens.set(token, this.#nowMs() + this.#tokenMs);
    return {
      access_token: token,
      expires_in: Math.ceil(this.#tokenMs / 1_000),
      token_type: 'Bearer',
    };
  }

  /** Throws 401 for a request without a token that is good. */
  check(authorization: string | undefined): void {
    const [, token = ''] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
    if ((this.#tokens.get(token) ?? 0) > this.#nowMs()) return;
    throw new Problem(
      401,
      'authError',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    );
  }

  /** All tokens that are out end. */
  expire(): void {
    this.#tokens.clear();
  }

  get #email(): string {
    return `sluice@${this.#project}.iam.gserviceaccount.com`;
  }
}

interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly scope?: string;
  readonly iat: number;
  readonly exp: number;
}

function refused(error: string, description: string): Problem {
  return new Problem(400, error, description);
}
