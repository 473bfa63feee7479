/** Which certificate a host shows. Names that serve no HTTPS end the handshake. */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Behaviour } from './behaviours.ts';
import { issueCertificate, type KeyPair, newKeyPair } from './certificates.ts';

const DAY_MS = 86_400_000;
const CONTEXTS_MAX = 200;

/** Certificates of one sandbox, under an authority of its own. */
export class TlsContexts {
  readonly #authority: KeyPair = newKeyPair();
  readonly #leaf: KeyPair = newKeyPair();
  readonly #contexts = new Map<string, SecureContext>();
  /** The authority's certificate; a client that trusts it meets only the faults that are meant. */
  readonly authorityPem: string;

  constructor() {
    this.authorityPem = issueCertificate(
      { host: AUTHORITY, ...validNow(), authority: true },
      this.#authority.publicKey,
      { name: AUTHORITY, privateKey: this.#authority.privateKey },
    );
  }

  /** The context of a host, good unless its behaviour is a TLS fault. */
  contextOf(host: string, behaviour: Behaviour): SecureContext {
    const known = this.#contexts.get(host);
    if (known) return known;
    if (this.#contexts.size >= CONTEXTS_MAX) this.#contexts.clear();
    const context = createSecureContext({
      key: this.#leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: this.#certificateOf(host, behaviour),
    });
    this.#contexts.set(host, context);
    return context;
  }

  #certificateOf(host: string, behaviour: Behaviour): string {
    const valid = validNow();
    const self = behaviour === 'tls-self-signed';
    const now = Date.now();
    const dates =
      behaviour === 'tls-expired'
        ? { from: new Date(now - 400 * DAY_MS), until: new Date(now - 30 * DAY_MS) }
        : valid;
    const named = behaviour === 'tls-wrong-host' ? 'other-host.example' : host;
    return issueCertificate({ host: named, ...dates, authority: false }, this.#leaf.publicKey, {
      name: self ? named : AUTHORITY,
      privateKey: self ? this.#leaf.privateKey : this.#authority.privateKey,
    });
  }
}

const AUTHORITY = 'Sandbox Sites Authority';

function validNow(): { from: Date; until: Date } {
  const now = Date.now();
  return { from: new Date(now - DAY_MS), until: new Date(now + 365 * DAY_MS) };
}
