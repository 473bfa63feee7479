/** What can be asked of the stand-in of X: options, their defaults and the table of limits. */
import { ENDPOINTS, type EndpointName } from './endpoints.ts';
import type { ListPlan } from './lead-lists.ts';

/** Shares of answers, 0 to 1, that go wrong; drawn by seed, account, endpoint and call number. */
export interface XFaults {
  /** Status 500. */
  readonly error500?: number;
  /** Status 503. */
  readonly error503?: number;
  /** The connection is reset before the head. */
  readonly reset?: number;
  /** The connection ends in the middle of the body. */
  readonly cutBody?: number;
}

export type Either<A extends string> = A | 'both';

export interface XOptions {
  /** 0 = any free port. */
  readonly port?: number;
  readonly seed?: number;
  /** Number of users in the world, 100 to 10,000,000. Default: what the lists need, 20,000 at least. */
  readonly users?: number;
  /** Accounts with a user token. Default 6. */
  readonly accounts?: number;
  /** Apps that the accounts belong to, in turn; credits and monthly caps are per app. Default 1. */
  readonly apps?: number;
  /** Lead lists in lead-lists.csv: followers, list, following, search in turn. Default 12. */
  readonly lists?: number;
  /** Members of a list. Default 1,000. */
  readonly listSize?: number;
  /** Members of the first list. Default: as the others. */
  readonly bigListSize?: number;
  /** Adds lists whose target is unknown, suspended, protected or empty. Default false. */
  readonly oddLists?: boolean;
  /** How targets are written: names alone, or also `@name`, ids and addresses. Default plain. */
  readonly targetForms?: 'plain' | 'mixed';
  /** Length of a window of the limits, ms. Windows end at whole seconds. Default 900,000. */
  readonly windowMs?: number;
  /** Every limit of the table is multiplied by it (1 call at least). Default 1. */
  readonly limitScale?: number;
  /** Calls in a window, over the table: one number for app-only and user tokens. */
  readonly limits?: Readonly<Partial<Record<EndpointName, number>>>;
  /** Calls in 24 hours, per user token and endpoint; undefined = no cap and no headers of it. */
  readonly userDayCap?: number;
  /** The same for all accounts of an app together. */
  readonly appDayCap?: number;
  /** How long "24 hours" are, ms. Default 86,400,000. */
  readonly dayMs?: number;
  /** Users and posts an app may be sent before 402; undefined = any number. */
  readonly credits?: number;
  /** Users and posts an app may be sent before the monthly cap; undefined = any number. */
  readonly usageCap?: number;
  /** Share of pages that hold fewer than were asked for and go on. Default 0.1. */
  readonly shortPages?: number;
  /** Share of pages that are empty and go on. Default 0.02. */
  readonly emptyPages?: number;
  /** Share of suspended users, who are in no answer. Default 0.01. */
  readonly suspendedShare?: number;
  /** Share of protected users. Default 0.06. */
  readonly protectedShare?: number;
  /** After every so many pages of a list, `arrivals` new members come to it. Default 0 = never. */
  readonly arrivalsEvery?: number;
  /** Default 1. */
  readonly arrivals?: number;
  /** Latency of each answer, ms: the median, with a heavy tail to eight times of it. Default 0. */
  readonly latencyMs?: number;
  readonly faults?: XFaults;
  /** What a 429 says: a problem with a title, or error code 88. Default: by seed, either. */
  readonly throttleBody?: Either<'title' | 'code88'>;
  /** The host in the types of problems. Default: by seed, either. */
  readonly problemHost?: Either<'twitter' | 'x'>;
  /** `tweet_count` or `post_count`, and so on. Default tweet. */
  readonly naming?: 'tweet' | 'post';
  /** Send the headers of the limits with 401, 402 and 403 too. Default false. */
  readonly limitsOnRefusals?: boolean;
  /** When the newest post of a search was written; a day's start unless given, ms since 1970. */
  readonly epochMs?: number;
  /** Where accounts.csv, lead-lists.csv and truth.jsonl are written; undefined = nowhere. */
  readonly directory?: string;
  /** The clock of windows, ms since 1970; for tests. */
  readonly nowMs?: () => number;
}

/** All options, with nothing left open but what may be absent. */
export interface XConfig {
  readonly seed: number;
  readonly users: number;
  readonly accounts: number;
  readonly apps: number;
  readonly plan: ListPlan;
  readonly windowMs: number;
  readonly userDayCap: number | undefined;
  readonly appDayCap: number | undefined;
  readonly dayMs: number;
  readonly credits: number;
  readonly usageCap: number;
  readonly shortPages: number;
  readonly emptyPages: number;
  readonly suspendedShare: number;
  readonly protectedShare: number;
  readonly arrivalsEvery: number;
  readonly arrivals: number;
  readonly latencyMs: number;
  readonly faults: Required<XFaults>;
  readonly throttleBody: Either<'title' | 'code88'>;
  readonly problemHost: Either<'twitter' | 'x'>;
  readonly naming: 'tweet' | 'post';
  readonly limitsOnRefusals: boolean;
  readonly epochMs: number;
  readonly nowMs: () => number;
  /** Calls in a window; undefined = this kind of token may not call it. */
  limitOf(endpoint: EndpointName, kind: 'app' | 'user'): number | undefined;
}

const USERS_MAX = 10_000_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Completes the options. Throws RangeError for a number out of bounds. */
export function resolveXOptions(options: XOptions): XConfig {
  const { seed = 1, accounts = 6, apps = 1, lists = 12, listSize = 1_000 } = options;
  const { bigListSize = listSize, nowMs = () => Date.now(), limitScale = 1 } = options;
  const needed = 4 * Math.max(listSize, bigListSize, 5_000);
  const users = options.users ?? Math.min(needed, USERS_MAX);
  const plan: ListPlan = {
    lists,
    listSize,
    bigListSize,
    oddLists: options.oddLists ?? false,
    targetForms: options.targetForms ?? 'plain',
  };
  checkRange('users', users, 100, USERS_MAX);
  checkRange('accounts', accounts, 1, 10_000);
  checkRange('apps', apps, 1, 1_000);
  checkRange('lists', lists, 0, Math.floor(users / 4));
  checkRange('list size', Math.max(listSize, bigListSize), 0, users - 2);
  checkRange('window', options.windowMs ?? 1, 1, DAY_MS);
  return {
    seed,
    users,
    accounts,
    apps,
    plan,
    nowMs,
    windowMs: options.windowMs ?? 900_000,
    userDayCap: options.userDayCap,
    appDayCap: options.appDayCap,
    dayMs: options.dayMs ?? DAY_MS,
    credits: options.credits ?? Number.POSITIVE_INFINITY,
    usageCap: options.usageCap ?? Number.POSITIVE_INFINITY,
    shortPages: options.shortPages ?? 0.1,
    emptyPages: options.emptyPages ?? 0.02,
    suspendedShare: options.suspendedShare ?? 0.01,
    protectedShare: options.protectedShare ?? 0.06,
    arrivalsEvery: options.arrivalsEvery ?? 0,
    arrivals: options.arrivals ?? 1,
    latencyMs: options.latencyMs ?? 0,
    faults: { error500: 0, error503: 0, reset: 0, cutBody: 0, ...options.faults },
    throttleBody: options.throttleBody ?? 'both',
    problemHost: options.problemHost ?? 'both',
    naming: options.naming ?? 'tweet',
    limitsOnRefusals: options.limitsOnRefusals ?? false,
    // The same all day long, so that ids of posts outlive a restart.
    epochMs: options.epochMs ?? Math.floor((nowMs() - HOUR_MS) / DAY_MS) * DAY_MS,
    limitOf(endpoint, kind) {
      const limit = ENDPOINTS[endpoint].limits[kind];
      if (limit === undefined) return undefined;
      return options.limits?.[endpoint] ?? Math.max(1, Math.round(limit * limitScale));
    },
  };
}

function checkRange(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${what} must be a whole number from ${min} to ${max}, not ${value}`);
}
