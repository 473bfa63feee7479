/** Who is let in: passwords, ten failures, addresses; the sentences are those of the service. */
import type { Client, Server, World } from './world.ts';

export type Login =
  | { readonly kind: 'in'; readonly client: Client }
  | { readonly kind: 'out'; readonly bad: boolean; readonly text: string };

interface Failures {
  count: number;
  lastMs: number;
}

const FAILURES_MAX = 10;

export class Logins {
  readonly #world: World;
  readonly #failures = new Map<string, Failures>();
  /** Servers that let no address in. */
  readonly blocked = new Set<string>();
  failed = 0;

  constructor(world: World) {
    this.#world = world;
  }

  check(server: Server, rawUser: string, rawPassword: string, nowMs: number): Login {
    const user = plain(rawUser);
    const password = plain(rawPassword);
    if (this.blocked.has(server.name)) {
      return out(false, `Your IP Address is not allowed: 127.0.0.1: |${user}|IPBLOCK|`);
    }
    const key = `${server.name}/${user}`;
    const failures = this.#failures.get(key) ?? { count: 0, lastMs: 0 };
    const locked = failures.count >= FAILURES_MAX;
    if (locked && nowMs - failures.lastMs < this.#world.config.lockMs) {
      return out(false, `Too many login attempts, try again in 15 minutes: |${user}|LOCK|`);
    }
    const client = this.#world.clientOf(server, user);
    if (client !== undefined && client.password === password) {
      this.#failures.delete(key);
      return { kind: 'in', client };
    }
    this.failed += 1;
    const count = locked ? 1 : failures.count + 1;
    this.#failures.set(key, { count, lastMs: nowMs });
    return out(true, `Login incorrect, please try again: |${user}|${password}|BAD|`);
  }

  /** Forgets failures. */
  clear(): void {
    this.#failures.clear();
    this.failed = 0;
  }
}

function out(bad: boolean, text: string): Login {
  return { kind: 'out', bad, text };
}

/** What the service leaves of a name or a password. */
function plain(text: string): string {
  return text.replace(/[^-_0-9a-zA-Z]/g, '');
}

export function basicOf(header: string | undefined): readonly [user: string, password: string] {
  const match = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '');
  if (!match) return ['', ''];
  const text = Buffer.from(match[1] as string, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
