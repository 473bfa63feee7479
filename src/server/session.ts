/**
 * Signing in from a browser: the key is sealed into a cookie that scripts cannot read, so that it
 * lies nowhere in the browser as text and works as nothing but this cookie. Nothing is kept here:
 * sessions outlive a restart and end with their key.
 *
 * A browser sends cookies along by itself. So whatever changes something by a cookie must carry a
 * header that pages of other sites cannot send (without asking first, which is never answered),
 * and where the browser says from where it comes, it must be from here.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';

/** What seals; `SecretBox` does. */
export interface Sealer {
  seal(text: string): string;
  open(sealed: string): string;
}

const COOKIE = 'sluice_session';
/** What pages of other sites cannot send. */
export const PAGE_HEADER = 'sluice-page';
const LIFE_MS = 30 * 86_400_000;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface SessionsParts {
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export class Sessions {
  readonly #parts: SessionsParts;
  /** Opened lately: to open one costs more than to look it up. */
  readonly #opened = new Map<string, { readonly key: string; readonly untilMs: number }>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** `Set-Cookie` of a session of this key. `secure`: over TLS alone. */
  begin(key: string, secure: boolean): string {
    const { sealer, clock } = this.#parts;
    const untilMs = clock.wallMs() + LIFE_MS;
    return cookie(sealer.seal(JSON.stringify([key, untilMs])), LIFE_MS / 1_000, secure);
  }

  /** `Set-Cookie` that ends it. */
  end(secure: boolean): string {
    return cookie('', 0, secure);
  }

  /**
   * The key that the request's cookie stands for; undefined where there is none, or none that is
   * of use. Throws `auth.other_site` where the request may not act by it.
   */
  keyOf({ method, headers }: RequestSeen): string | undefined {
    const sealed = sessionCookie(headers.cookie);
    if (sealed === undefined) return undefined;
    const key = this.#open(sealed);
    if (key !== undefined && !SAFE.has(method)) refuseOtherSites(headers);
    return key;
  }

  #open(sealed: string): string | undefined {
    const { sealer, clock } = this.#parts;
    let opened = this.#opened.get(sealed);
    if (opened === undefined) {
      try {
        const [key, untilMs] = JSON.parse(sealer.open(sealed)) as [string, number];
        opened = { key, untilMs };
      } catch {
        return undefined;
      }
      if (this.#opened.size >= 1_000) this.#opened.clear();
      this.#opened.set(sealed, opened);
    }
    return opened.untilMs > clock.wallMs() ? opened.key : undefined;
  }
}

export interface RequestSeen {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Throws `auth.other_site` where a page of another site may have sent it. */
export function refuseOtherSites(headers: IncomingHttpHeaders): void {
  if (headers[PAGE_HEADER] === undefined || !isFromHere(headers)) {
    throw new SluiceError('auth.other_site');
  }
}

/** As the browser says; a program says nothing. */
function isFromHere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  // A proxy may ask under another name than it was asked; no page can set this header unasked.
  return [host, headers['x-forwarded-host']].includes(new URL(origin).host);
}

function sessionCookie(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === COOKIE) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

function cookie(value: string, maxAgeS: number, secure: boolean): string {
  const words = [`${COOKIE}=${value}`, 'Path=/', `Max-Age=${maxAgeS}`, 'HttpOnly'];
  return [...words, 'SameSite=Strict', ...(secure ? ['Secure'] : [])].join('; ');
}
