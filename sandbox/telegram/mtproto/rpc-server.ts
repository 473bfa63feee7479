/** Takes the calls of all accounts: limits, ordered failures, latency, and counts of everything. */
import type { RpcCallMiddleware, tl } from '@mtcute/node';
import { randomOf } from '../../sites/seed.ts';
import type { World } from '../world/world.ts';
import {
  Account,
  type AccountSecret,
  type AccountStats,
  type FloodLimit,
  type RpcFailure,
  sessionKey,
} from './accounts.ts';
import { dcOfCall, Protocol, RpcError } from './protocol.ts';
import { readAnswer, writeAnswer } from './wire.ts';

export interface RpcOptions {
  /** How many accounts there are. */
  readonly accounts: number;
  readonly limit: FloodLimit;
  /** All latencies are multiplied by it; 0 = none. */
  readonly latencyScale: number;
}

/** Calls that shall fail. What is left out fits everything. */
export interface OrderedFailure {
  /** Name of the account. */
  readonly account?: string;
  readonly method?: string;
  /** Name of the channel that the call is about; `+hash` for one without. */
  readonly channel?: string;
  /** `FLOOD_WAIT_7`, `CHANNEL_PRIVATE`, `FILE_REFERENCE_EXPIRED`, … */
  readonly error: string;
  /** How often. */
  readonly times: number;
}

export type RpcAnswer = { readonly bytes: Buffer } | { readonly failure: RpcFailure };

export interface RpcStats {
  readonly accounts: Readonly<Record<string, AccountStats>>;
  /** Most accounts that had calls in work at once. */
  readonly accountsAtOnceMax: number;
  /** Calls with a session that nobody has. */
  readonly strangers: number;
}

const LATENCY_MS_MAX = 5_000;

export class RpcServer {
  readonly accounts: readonly Account[];
  readonly #world: World;
  readonly #options: RpcOptions;
  readonly #protocol: Protocol;
  readonly #byKey: ReadonlyMap<string, Account>;
  #ordered: { order: OrderedFailure; left: number }[] = [];
  #atWork = new Map<Account, number>();
  #accountsAtOnceMax = 0;
  #strangers = 0;
  #calls = 0;

  constructor(world: World, options: RpcOptions) {
    this.#world = world;
    this.#options = options;
    this.#protocol = new Protocol(world);
    this.accounts = Array.from(
      { length: options.accounts },
      (_, index) => new Account(world.seed, index, options.limit),
    );
    this.#byKey = new Map(
      this.accounts.map((account) => [sessionKey(account.secret.session), account]),
    );
  }

  get secrets(): readonly AccountSecret[] {
    return this.accounts.map(({ secret }) => secret);
  }

  named(name: string): Account | undefined {
    return this.accounts.find(({ secret }) => secret.name === name);
  }

  expireReferences(): void {
    this.#protocol.expireReferences();
  }

  limit(limit: FloodLimit): void {
    for (const account of this.accounts) account.limit(limit);
  }

  fail(order: OrderedFailure): void {
    this.#ordered.push({ order, left: order.times });
  }

  /** Ends the session of an account; '' makes it well again. */
  revoke(name: string, error = 'AUTH_KEY_UNREGISTERED'): boolean {
    const account = this.named(name);
    account?.revoke(error === '' ? undefined : failureOf(error));
    return account !== undefined;
  }

  /** For a client in this process: put it last in `network.middlewares`. */
  middleware(session: string): RpcCallMiddleware {
    return async (context) => {
      const { request, params } = context;
      const answer = await this.call(sessionKey(session), request, params?.dcId);
      if ('failure' in answer) {
        const { code, text } = answer.failure;
        return { _: 'mt_rpc_error', errorCode: code, errorMessage: text };
      }
      return readAnswer(request._, answer.bytes);
    };
  }

  async call(key: string, request: tl.RpcMethod, dcId: number | undefined): Promise<RpcAnswer> {
    const account = this.#byKey.get(key);
    if (!account) {
      this.#strangers += 1;
      return { failure: { code: 401, text: 'AUTH_KEY_UNREGISTERED' } };
    }
    const ended = account.started(request._);
    this.#atWork.set(account, (this.#atWork.get(account) ?? 0) + 1);
    this.#accountsAtOnceMax = Math.max(this.#accountsAtOnceMax, this.#atWork.size);
    try {
      // Refusals are as quick as a server can be: they cost it nothing.
      const refused = account.refusal(request._) ?? this.#orderedFailure(account, request);
      if (refused) return { failure: refused };
      await this.#latency(account, request._);
      const call = { account, dcId: dcOfCall(dcId) };
      return { bytes: writeAnswer(this.#protocol.answer(call, request)) };
    } catch (error) {
      if (error instanceof RpcError) return { failure: error.failure };
      throw error;
    } finally {
      ended();
      const left = (this.#atWork.get(account) ?? 1) - 1;
      if (left > 0) this.#atWork.set(account, left);
      else this.#atWork.delete(account);
    }
  }

  clear(): void {
    this.#ordered = [];
    this.#strangers = 0;
    this.#accountsAtOnceMax = this.#atWork.size;
    for (const account of this.accounts) account.clear();
  }

  stats(): RpcStats {
    const accounts = Object.fromEntries(
      this.accounts.map((account) => [account.secret.name, account.stats()]),
    );
    const accountsAtOnceMax = this.#accountsAtOnceMax;
    return { accounts, accountsAtOnceMax, strangers: this.#strangers };
  }

  #orderedFailure(account: Account, request: tl.RpcMethod): RpcFailure | undefined {
    const channel = this.#protocol.channelOf(request);
    const names = [channel?.username, `+${channel?.inviteHash}`].map((name) => name?.toLowerCase());
    const found = this.#ordered.find(
      ({ order }) =>
        (order.account === undefined || order.account === account.secret.name) &&
        (order.method === undefined || order.method === request._) &&
        (order.channel === undefined || names.includes(order.channel.toLowerCase())),
    );
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#ordered = this.#ordered.filter((each) => each !== found);
    const { error } = found.order;
    const seconds = /^FLOOD_(?:PREMIUM_)?WAIT_(\d+)$/.exec(error)?.[1];
    if (seconds !== undefined) account.flood(request._, Number(seconds));
    return failureOf(error);
  }

  #latency(account: Account, method: string): Promise<void> | undefined {
    const { latencyScale } = this.#options;
    if (latencyScale === 0) return undefined;
    this.#calls += 1;
    const random = randomOf(this.#world.seed, 'rpc', account.index, method, this.#calls);
    const ms = Math.min(LATENCY_MS_MAX, 40 * (1 - random.next()) ** (-1 / 1.3)) * latencyScale;
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

const UNAUTHORIZED = /^(?:AUTH_KEY|SESSION|USER_DEACTIVATED)/;

/** An error with the code that the service gives it. */
export function failureOf(text: string): RpcFailure {
  if (UNAUTHORIZED.test(text)) return { code: 401, text };
  if (text.startsWith('FLOOD_')) return { code: 420, text };
  if (/_MIGRATE_\d+$/.test(text)) return { code: 303, text };
  if (text === 'TIMEOUT') return { code: -503, text };
  if (/^(?:INTERDC|RPC_CALL|WORKER|MSG_WAIT)/.test(text)) return { code: 500, text };
  return { code: 400, text };
}
