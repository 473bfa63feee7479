/** What goes wrong, by seed and by order. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pick } from '../../../src/base/random.ts';
import { randomOf } from '../../sites/seed.ts';

/**
 * reset: the connection ends before the head. unavailable: 503. cut: the connection ends amid the
 * body. truncated: a complete answer whose HTML stops amid a tag. limited: 429 for this channel.
 */
export const FAULTS = ['reset', 'unavailable', 'cut', 'truncated', 'limited'] as const;
export type Fault = (typeof FAULTS)[number];

const DRAWN: readonly Fault[] = ['reset', 'unavailable', 'cut', 'truncated'];
const ATTEMPTS_MAX = 100_000;

export class Faults {
  readonly #seed: number;
  readonly #share: number;
  readonly #attempts = new Map<string, number>();
  readonly #ordered = new Map<string, { fault: Fault; times: number }>();

  /** `share` of all requests go wrong; asked for again the same thing mostly goes well. */
  constructor(seed: number, share: number) {
    this.#seed = seed;
    this.#share = share;
  }

  /** The next `times` requests for the channel's pages go wrong so; 0 ends it. */
  order(username: string, fault: Fault, times: number): void {
    if (times <= 0) this.#ordered.delete(username);
    else this.#ordered.set(username, { fault, times });
  }

  clear(): void {
    this.#attempts.clear();
    this.#ordered.clear();
  }

  next(key: string, username: string): Fault | undefined {
    const ordered = this.#ordered.get(username);
    if (ordered) {
      ordered.times -= 1;
      if (ordered.times <= 0) this.#ordered.delete(username);
      return ordered.fault;
    }
    if (this.#share === 0) return undefined;
    if (this.#attempts.size > ATTEMPTS_MAX) this.#attempts.clear();
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    const random = randomOf(this.#seed, 'fault', key, attempt);
    return random.next() < this.#share ? pick(random, DRAWN) : undefined;
  }
}

/** Ends the connection with a reset. */
export function reset(response: ServerResponse): void {
  (response.socket as Socket | null)?.resetAndDestroy();
}

/** Promises the whole body, sends a part of it, and ends the connection. */
export function sendCut(
  response: ServerResponse,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(200, { ...headers, 'content-length': body.length });
  const part = body.subarray(0, Math.floor(body.length * 0.6));
  response.write(part, () => response.destroy());
}
