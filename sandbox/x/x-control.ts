/**
 * What tests and people do to the stand-in while it runs: one JSON command a request, or a call of
 * the method that the function gives. Nothing here moves the clock.
 */
import type { Accounts, App, Principal } from './accounts.ts';
import { ENDPOINT_NAMES, type EndpointName } from './endpoints.ts';
import type { LeadList } from './lead-lists.ts';
import type { RateWindows } from './rate-windows.ts';
import type { World } from './world.ts';
import type { XApi } from './x-api.ts';
import type { XConfig } from './x-options.ts';
import type { XCounters } from './x-stats.ts';

/** `account` is a name of accounts.csv, `app-1` or a token; without `app` all apps are meant. */
export type XCommand =
  /** The account's token is refused: 403 with code 64 or 326, or 401. `afterCalls`: not before. */
  | { do: 'suspend' | 'lock' | 'revoke'; account: string; afterCalls?: number }
  | { do: 'revive'; account: string }
  | { do: 'scopes'; account: string; scopes: readonly string[] }
  /** 402 as soon as so many users and posts have been sent; 0 = at once. */
  | { do: 'credits'; left: number; app?: number }
  /** The monthly cap, in the same way. */
  | { do: 'usage-cap'; left: number; app?: number }
  /** 403 client-not-enrolled, or no more. */
  | { do: 'enroll'; enrolled: boolean; app?: number }
  /** The 24 hours of an account on an endpoint are used up for `ms` (default: 24 hours). */
  | { do: 'day-cap'; account: string; endpoint?: EndpointName; ms?: number }
  /** Members come to a list of lead-lists.csv, or leave it; posts to a search. */
  | { do: 'arrive' | 'leave'; list: string; count: number }
  /** All tokens of pages that were given out, but those of searches, are refused from now on. */
  | { do: 'expire-tokens' };

export interface XCommandResult {
  readonly ok: true;
  /** Ids of the members that came (oldest first) or left. */
  readonly ids?: readonly string[];
}

export interface ControlParts {
  readonly config: XConfig;
  readonly world: World;
  readonly accounts: Accounts;
  readonly windows: RateWindows;
  readonly counters: XCounters;
  readonly api: XApi;
}

const OK: XCommandResult = { ok: true };
const COUNT_MAX = 1_000_000;

/** Does it. Throws RangeError for what is not there or not known. */
export function control(parts: ControlParts, command: XCommand): XCommandResult {
  const { accounts, counters, windows, config } = parts;
  switch (command.do) {
    case 'suspend':
    case 'lock':
    case 'revoke': {
      const account = accountNamed(accounts, command.account);
      const state = ({ suspend: 'suspended', lock: 'locked', revoke: 'revoked' } as const)[
        command.do
      ];
      if (command.afterCalls === undefined) account.state = state;
      else account.fate = { state, atCalls: numberOf('afterCalls', command.afterCalls) };
      return OK;
    }
    case 'revive': {
      const account = accountNamed(accounts, command.account);
      account.state = 'alive';
      account.fate = undefined;
      counters.revived(account);
      return OK;
    }
    case 'scopes': {
      if (!Array.isArray(command.scopes)) throw new RangeError('scopes must be a list');
      accountNamed(accounts, command.account).scopes = command.scopes.map(String);
      return OK;
    }
    case 'credits':
    case 'usage-cap': {
      const left = numberOf('left', command.left);
      for (const app of appsOf(accounts, command.app)) {
        if (command.do === 'credits') app.credits = left;
        else app.usageLeft = left;
      }
      if (left > 0) counters.revived(undefined);
      return OK;
    }
    case 'enroll':
      for (const app of appsOf(accounts, command.app)) app.enrolled = command.enrolled !== false;
      return OK;
    case 'day-cap': {
      const account = accountNamed(accounts, command.account);
      const lengthMs = command.ms === undefined ? config.dayMs : numberOf('ms', command.ms);
      const endpoints = command.endpoint === undefined ? ENDPOINT_NAMES : [command.endpoint];
      for (const endpoint of endpoints) {
        if (!ENDPOINT_NAMES.includes(endpoint)) {
          throw new RangeError(`endpoint is one of ${ENDPOINT_NAMES.join(', ')}`);
        }
        windows.capDay(account, endpoint, lengthMs, config.nowMs());
      }
      return OK;
    }
    case 'arrive':
    case 'leave': {
      const count = Math.min(COUNT_MAX, numberOf('count', command.count));
      const list = listNamed(parts.world, command.list);
      return { ok: true, ids: parts.world.change(list, command.do, count) };
    }
    case 'expire-tokens':
      parts.api.expireTokens();
      return OK;
    default:
      throw new RangeError(`there is no command "${(command as { do: unknown }).do}"`);
  }
}

function accountNamed(accounts: Accounts, name: string): Principal {
  const account = accounts.named(name);
  if (!account) throw new RangeError(`there is no account "${name}"`);
  return account;
}

function listNamed(world: World, id: string): LeadList {
  const list = world.lists.find((each) => each.id === String(id));
  if (!list) throw new RangeError(`there is no list "${id}"`);
  return list;
}

/** Apps are numbered from 1. */
function appsOf(accounts: Accounts, number: number | undefined): readonly App[] {
  if (number === undefined) return accounts.apps;
  const app = accounts.apps[number - 1];
  if (!app) throw new RangeError(`there is no app ${number}`);
  return [app];
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`${name} must be a number of 0 or more`);
}
