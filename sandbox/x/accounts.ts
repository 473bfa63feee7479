/** Who calls: accounts with user tokens, and the apps that they belong to. */
import { seedOf } from '../sites/seed.ts';
import type { XConfig } from './x-options.ts';

export type AccountState = 'alive' | 'suspended' | 'locked' | 'revoked';

export const ALL_SCOPES = [
  'tweet.read',
  'users.read',
  'follows.read',
  'list.read',
  'offline.access',
];

export interface App {
  readonly id: string;
  readonly clientId: string;
  /** The app-only token. */
  readonly token: string;
  /** Users and posts that may still be sent before 402. */
  credits: number;
  /** Users and posts that may still be sent before the monthly cap. */
  usageLeft: number;
  enrolled: boolean;
}

/** Somebody with a token: an account of a user, or an app by itself. */
export interface Principal {
  /** Name of the account, or `app-1`. */
  readonly name: string;
  readonly kind: 'user' | 'app';
  readonly token: string;
  readonly app: App;
  /** Index of the account's own user; -1 for an app. */
  readonly user: number;
  scopes: readonly string[];
  state: AccountState;
  /** What it becomes when so many calls of it have been counted. */
  fate: { readonly state: AccountState; readonly atCalls: number } | undefined;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export class Accounts {
  readonly apps: readonly App[];
  /** The accounts, without the apps. */
  readonly accounts: readonly Principal[];
  readonly #byToken = new Map<string, Principal>();
  readonly #byName = new Map<string, Principal>();

  constructor(config: XConfig) {
    const { seed, accounts: count, apps: appCount, users, credits, usageCap } = config;
    const apps: App[] = [];
    for (let index = 0; index < appCount; index += 1) {
      const app: App = {
        id: String(1_500_000_000_000_000_000n + BigInt(seedOf(seed, 'app', index))),
        clientId: String(20_000_000 + (seedOf(seed, 'client', index) % 9_000_000)),
        token: `${'A'.repeat(22)}${drawn(seed, 'app-token', index, 80)}%3D`,
        credits,
        usageLeft: usageCap,
        enrolled: true,
      };
      apps.push(app);
      const name = `app-${index + 1}`;
      this.#add({ name, kind: 'app', token: app.token, app, user: -1, ...fresh() });
    }
    this.apps = apps;
    const accounts: Principal[] = [];
    for (let index = 0; index < count; index += 1) {
      const account: Principal = {
        name: `account-${index + 1}`,
        kind: 'user',
        token: drawn(seed, 'token', index, 91),
        app: apps[index % appCount] as App,
        user: users - 1 - (index % users),
        ...fresh(),
      };
      accounts.push(account);
      this.#add(account);
    }
    this.accounts = accounts;
  }

  /** Who this Authorization header is of; undefined = nobody. */
  of(authorization: string | undefined): Principal | undefined {
    if (authorization === undefined) return undefined;
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (bearer !== undefined) return this.#byToken.get(bearer);
    // A signature is not checked: nobody holds the secret of one.
    const token = /^OAuth .*\boauth_token="([^"]+)"/i.exec(authorization)?.[1];
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  named(name: string): Principal | undefined {
    return this.#byName.get(name) ?? this.#byToken.get(name);
  }

  #add(principal: Principal): void {
    this.#byToken.set(principal.token, principal);
    this.#byName.set(principal.name, principal);
  }
}

function fresh(): Pick<Principal, 'scopes' | 'state' | 'fate'> {
  return { scopes: ALL_SCOPES, state: 'alive', fate: undefined };
}

function drawn(seed: number, what: string, index: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) {
    text += LETTERS[seedOf(seed, what, index, i) % LETTERS.length];
  }
  return text;
}
