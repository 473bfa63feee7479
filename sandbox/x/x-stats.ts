/**
 * What the stand-in saw of those who call: how hard each token was used, and every manner that the
 * service would take amiss: one token twice at once, calls before the reset that was announced, calls
 * of the dead.
 *
 * A call can be blamed for what its caller knew: only answers that had been sent whole when the call
 * came count as known.
 */
import type { Principal } from './accounts.ts';
import { ENDPOINTS, type EndpointName } from './endpoints.ts';
import { windowEndMs } from './rate-windows.ts';
import type { XConfig } from './x-options.ts';

export interface EndpointStats {
  readonly calls: number;
  /** Answers of 200. */
  readonly served: number;
  /** Answers of 429, of whatever cause. */
  readonly throttled: number;
  /** Windows of the limit that were called in. */
  readonly windows: number;
  /** The most answers of 429 between two windows' beginnings. */
  readonly throttledPerWindowMax: number;
  /** Calls after a 429 and before the reset that it announced. */
  readonly early: number;
  /** First calls beyond a limit although an answer had said that nothing was left. */
  readonly foreseen: number;
}

export interface AccountStats {
  readonly calls: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly users: number;
  readonly concurrencyMax: number;
  /** Calls that came while another of the token was still open. */
  readonly overlaps: number;
  /** Calls after an answer that said that the account is dead. */
  readonly afterDeath: number;
  readonly early: number;
  readonly foreseen: number;
  readonly throttled: number;
  /** Who used it: values of `x-client-pid`, or `port 51234` where there was none; 20 at most. */
  readonly clients: readonly string[];
  readonly endpoints: Readonly<Partial<Record<EndpointName, EndpointStats>>>;
}

export interface Overlap {
  readonly account: string;
  readonly endpoint: EndpointName;
  readonly client: string;
  /** Those whose calls were open. */
  readonly others: readonly string[];
  readonly atMs: number;
}

export interface MaximumStats {
  /** Windows that fit into the time, by each caller. */
  readonly windows: number;
  /** Calls that all accounts alive at the start could have made. */
  readonly calls: number;
  /** Users or posts in so many full pages; 0 where there are none. */
  readonly users: number;
  /** Answers of 200 as a share of `calls`. */
  readonly usedShare: number;
}

export interface XStats {
  /** Since the first call, ms; 0 before it. */
  readonly elapsedMs: number;
  readonly calls: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Users sent, in data and includes. */
  readonly users: number;
  /** Connections that were ended before the head or in the body. */
  readonly brokenOff: number;
  readonly concurrencyMax: number;
  readonly unauthorized: number;
  readonly overlaps: number;
  readonly overlapSamples: readonly Overlap[];
  readonly afterDeath: number;
  readonly early: number;
  readonly foreseen: number;
  readonly throttled: number;
  /** Calls of an app after 402 or a monthly cap had been answered to it. */
  readonly afterStop: number;
  readonly accounts: Readonly<Record<string, AccountStats>>;
  /** What no caller can exceed, for endpoints that were called by users' tokens. */
  readonly maximum: Readonly<Partial<Record<EndpointName, MaximumStats>>>;
}

interface EndpointCount {
  calls: number;
  served: number;
  throttled: number;
  windows: number;
  throttledInWindow: number;
  throttledPerWindowMax: number;
  early: number;
  foreseen: number;
  /** The reset that a 429 announced, once it was sent. */
  toldUntilMs: number;
  /** The same of an answer that left nothing. */
  emptyUntilMs: number;
}

interface PrincipalCount {
  readonly principal: Principal;
  calls: number;
  readonly statuses: Record<string, number>;
  users: number;
  concurrencyMax: number;
  overlaps: number;
  afterDeath: number;
  toldDead: boolean;
  readonly clients: Set<string>;
  readonly openCalls: Set<OpenCall>;
  readonly endpoints: Map<EndpointName, EndpointCount>;
}

/** A call from its coming until its answer is sent. */
export interface OpenCall {
  readonly principal: Principal;
  readonly endpoint: EndpointName;
  readonly client: string;
  /** The number of the call, by this caller on this endpoint, from 1. */
  readonly number: number;
  /** The number of the call by this caller on any endpoint. */
  readonly total: number;
}

/** What an answer tells its caller. */
export interface Told {
  readonly status: number;
  readonly users: number;
  readonly dead: boolean;
  /** 402 or a monthly cap. */
  readonly stop: boolean;
  readonly windowOpened: boolean;
  /** The reset that a 429 announces. */
  readonly untilMs: number | undefined;
  /** The reset of a limit that this answer says is used up. */
  readonly emptyUntilMs: number | undefined;
}

const SAMPLES_MAX = 100;
const CLIENTS_MAX = 20;

export class XCounters {
  readonly #config: XConfig;
  #firstMs: number | undefined;
  #callers = new Map<string, PrincipalCount>();
  #statuses: Record<string, number> = {};
  #samples: Overlap[] = [];
  #stopped = new Set<string>();
  #sums = { calls: 0, users: 0, brokenOff: 0, unauthorized: 0, afterStop: 0 };
  #open = 0;
  #openMax = 0;

  constructor(config: XConfig) {
    this.#config = config;
  }

  /** A call of nobody that is known. */
  stranger(): void {
    this.#started();
    this.#sums.calls += 1;
    this.#sums.unauthorized += 1;
    this.#count(this.#statuses, 401);
  }

  /** A connection is ended instead of an answer. */
  brokenOff(): void {
    this.#sums.brokenOff += 1;
  }

  /** A call has come. */
  open(principal: Principal, endpoint: EndpointName, client: string): OpenCall {
    const nowMs = this.#started();
    const caller = this.#caller(principal);
    const count = endpointOf(caller, endpoint);
    if (caller.openCalls.size > 0) {
      caller.overlaps += 1;
      if (this.#samples.length < SAMPLES_MAX) {
        const others = [...caller.openCalls].map((call) => call.client);
        const sample = { account: principal.name, endpoint, client, others, atMs: nowMs };
        this.#samples.push(sample);
      }
    }
    if (caller.toldDead) caller.afterDeath += 1;
    if (this.#stopped.has(principal.app.id)) this.#sums.afterStop += 1;
    if (nowMs < count.toldUntilMs) count.early += 1;
    else if (nowMs < count.emptyUntilMs) count.foreseen += 1;
    if (caller.clients.size < CLIENTS_MAX) caller.clients.add(client);
    caller.calls += 1;
    count.calls += 1;
    this.#sums.calls += 1;
    const call = { principal, endpoint, client, number: count.calls, total: caller.calls };
    caller.openCalls.add(call);
    caller.concurrencyMax = Math.max(caller.concurrencyMax, caller.openCalls.size);
    this.#open += 1;
    this.#openMax = Math.max(this.#openMax, this.#open);
    return call;
  }

  /** What the call is answered with has been decided. */
  decided(call: OpenCall, told: Told): void {
    const caller = this.#caller(call.principal);
    const count = endpointOf(caller, call.endpoint);
    this.#count(caller.statuses, told.status);
    this.#count(this.#statuses, told.status);
    caller.users += told.users;
    this.#sums.users += told.users;
    if (told.windowOpened) {
      count.windows += 1;
      count.throttledInWindow = 0;
    }
    if (told.status === 200) count.served += 1;
    if (told.status !== 429) return;
    count.throttled += 1;
    count.throttledInWindow += 1;
    count.throttledPerWindowMax = Math.max(count.throttledPerWindowMax, count.throttledInWindow);
  }

  /** The call is over; `told` is what its caller has got, undefined when that is nothing. */
  closed(call: OpenCall, told: Told | undefined): void {
    const caller = this.#caller(call.principal);
    caller.openCalls.delete(call);
    this.#open -= 1;
    if (!told) return;
    const count = endpointOf(caller, call.endpoint);
    if (told.dead) caller.toldDead = true;
    if (told.stop) this.#stopped.add(call.principal.app.id);
    count.toldUntilMs = Math.max(count.toldUntilMs, told.untilMs ?? 0);
    count.emptyUntilMs = Math.max(count.emptyUntilMs, told.emptyUntilMs ?? 0);
  }

  /** Forgets that callers were told of a death or a stop: it is over. */
  revived(principal: Principal | undefined): void {
    if (principal) this.#caller(principal).toldDead = false;
    else this.#stopped.clear();
  }

  read(accounts: readonly Principal[]): XStats {
    const all = [...this.#callers.values()];
    const perAccount = Object.fromEntries(all.map((each) => [each.principal.name, readOne(each)]));
    const sum = (field: 'early' | 'foreseen' | 'throttled' | 'afterDeath' | 'overlaps') =>
      Object.values(perAccount).reduce((total, each) => total + each[field], 0);
    const elapsedMs = this.#firstMs === undefined ? 0 : this.#config.nowMs() - this.#firstMs;
    return {
      ...this.#sums,
      elapsedMs,
      statuses: { ...this.#statuses },
      concurrencyMax: this.#openMax,
      overlaps: sum('overlaps'),
      overlapSamples: [...this.#samples],
      afterDeath: sum('afterDeath'),
      early: sum('early'),
      foreseen: sum('foreseen'),
      throttled: sum('throttled'),
      accounts: perAccount,
      maximum: this.#maximum(all, accounts.length),
    };
  }

  /** Forgets everything but the calls that are open. */
  clear(): void {
    this.#firstMs = undefined;
    this.#callers = new Map();
    this.#statuses = {};
    this.#samples = [];
    this.#stopped = new Set();
    this.#sums = { calls: 0, users: 0, brokenOff: 0, unauthorized: 0, afterStop: 0 };
    this.#openMax = this.#open;
  }

  #started(): number {
    const nowMs = this.#config.nowMs();
    this.#firstMs ??= nowMs;
    return nowMs;
  }

  #count(counts: Record<string, number>, status: number): void {
    counts[status] = (counts[status] ?? 0) + 1;
  }

  #caller(principal: Principal): PrincipalCount {
    let caller = this.#callers.get(principal.name);
    if (!caller) {
      caller = {
        principal,
        calls: 0,
        statuses: {},
        users: 0,
        concurrencyMax: 0,
        overlaps: 0,
        afterDeath: 0,
        toldDead: false,
        clients: new Set(),
        openCalls: new Set(),
        endpoints: new Map(),
      };
      this.#callers.set(principal.name, caller);
    }
    return caller;
  }

  #maximum(
    callers: readonly PrincipalCount[],
    accounts: number,
  ): Partial<Record<EndpointName, MaximumStats>> {
    const { windowMs, nowMs } = this.#config;
    const maximum: Partial<Record<EndpointName, MaximumStats>> = {};
    if (this.#firstMs === undefined) return maximum;
    let windows = 1;
    const now = nowMs();
    for (let end = windowEndMs(this.#firstMs, windowMs); end <= now; windows += 1) {
      end = windowEndMs(end, windowMs);
    }
    const users = callers.filter(({ principal }) => principal.kind === 'user');
    const called = new Set(users.flatMap((caller) => [...caller.endpoints.keys()]));
    for (const endpoint of called) {
      const calls = windows * accounts * (this.#config.limitOf(endpoint, 'user') ?? 0);
      const served = users.reduce(
        (sum, caller) => sum + (caller.endpoints.get(endpoint)?.served ?? 0),
        0,
      );
      maximum[endpoint] = {
        windows,
        calls,
        users: calls * (ENDPOINTS[endpoint].paging?.max ?? 0),
        usedShare: calls === 0 ? 0 : served / calls,
      };
    }
    return maximum;
  }
}

function endpointOf(caller: PrincipalCount, endpoint: EndpointName): EndpointCount {
  let count = caller.endpoints.get(endpoint);
  if (!count) {
    count = {
      calls: 0,
      served: 0,
      throttled: 0,
      windows: 0,
      throttledInWindow: 0,
      throttledPerWindowMax: 0,
      early: 0,
      foreseen: 0,
      toldUntilMs: 0,
      emptyUntilMs: 0,
    };
    caller.endpoints.set(endpoint, count);
  }
  return count;
}

function readOne(caller: PrincipalCount): AccountStats {
  const endpoints: Partial<Record<EndpointName, EndpointStats>> = {};
  const sums = { early: 0, foreseen: 0, throttled: 0 };
  for (const [name, count] of caller.endpoints) {
    const { calls, served, throttled, windows, throttledPerWindowMax, early, foreseen } = count;
    endpoints[name] = { calls, served, throttled, windows, throttledPerWindowMax, early, foreseen };
    sums.early += early;
    sums.foreseen += foreseen;
    sums.throttled += throttled;
  }
  const { calls, users, concurrencyMax, overlaps, afterDeath } = caller;
  const clients = [...caller.clients];
  const statuses = { ...caller.statuses };
  return {
    calls,
    statuses,
    users,
    concurrencyMax,
    overlaps,
    afterDeath,
    ...sums,
    clients,
    endpoints,
  };
}
