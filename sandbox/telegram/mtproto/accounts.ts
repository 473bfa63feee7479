/** Invented accounts, with session strings that the client takes, and what each of them did. */
import { createHash } from 'node:crypto';
import { defaultProductionDc, writeStringSession } from '@mtcute/node/utils.js';
import { RetryGate } from '../../servers/retry-gate.ts';
import { seedOf } from '../../sites/seed.ts';

export interface AccountStats {
  readonly calls: number;
  /** Calls by method. */
  readonly methods: Readonly<Record<string, number>>;
  /** Most calls of this account in work at once. */
  readonly concurrencyMax: number;
  /** Answers of FLOOD_WAIT. */
  readonly flooded: number;
  /** Calls of a method before its FLOOD_WAIT had passed. */
  readonly early: number;
  /** Calls after the account was told that its session is over. */
  readonly afterRevoke: number;
}

/** What an account needs to log in, as a user would keep it. */
export interface AccountSecret {
  readonly name: string;
  readonly apiId: number;
  readonly apiHash: string;
  /** As `exportSession` of the client writes it. */
  readonly session: string;
  readonly userId: number;
}

export interface FloodLimit {
  /** Calls a second of one method by one account; 0 = no limit. */
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The code and text of an error of the protocol. */
export interface RpcFailure {
  readonly code: number;
  readonly text: string;
}

/** Sessions are known by this part of the digest, so that nothing secret need be sent. */
export function sessionKey(session: string): string {
  return createHash('sha256').update(session).digest('hex').slice(0, 32);
}

export class Account {
  readonly index: number;
  readonly secret: AccountSecret;
  /** Channels without a name that it has joined, by channel id. */
  readonly joined = new Set<string>();
  readonly #gates = new Map<string, RetryGate>();
  readonly #notBeforeMs = new Map<string, number>();
  readonly #methods = new Map<string, number>();
  #limit: FloodLimit;
  #revoked: RpcFailure | undefined;
  #toldRevoked = false;
  #sums = { calls: 0, flooded: 0, early: 0, afterRevoke: 0 };
  #concurrent = 0;
  #concurrencyMax = 0;

  constructor(seed: number, index: number, limit: FloodLimit) {
    const userId = 500_000_000 + (seedOf(seed, 'user', index) % 400_000_000);
    const key = createHash('sha512').update(`auth key ${seed} ${index}`).digest();
    this.index = index;
    this.#limit = limit;
    this.secret = {
      name: `account-${index + 1}`,
      apiId: 10_000 + index,
      apiHash: createHash('md5').update(`api ${seed} ${index}`).digest('hex'),
      session: writeStringSession({
        version: 3,
        primaryDcs: defaultProductionDc,
        self: { userId, isBot: false, isPremium: false, usernames: [] },
        authKey: Buffer.concat([key, key, key, key]),
      }),
      userId,
    };
  }

  limit(limit: FloodLimit): void {
    this.#limit = limit;
    this.#gates.clear();
  }

  /** Every call from now on fails so; undefined = it is well again. */
  revoke(failure: RpcFailure | undefined): void {
    this.#revoked = failure;
    this.#toldRevoked = false;
  }

  /** A call begins; the result ends it. */
  started(method: string): () => void {
    this.#sums.calls += 1;
    this.#methods.set(method, (this.#methods.get(method) ?? 0) + 1);
    this.#concurrent += 1;
    this.#concurrencyMax = Math.max(this.#concurrencyMax, this.#concurrent);
    return () => {
      this.#concurrent -= 1;
    };
  }

  /** Why this call may not pass, if so. */
  refusal(method: string): RpcFailure | undefined {
    if (this.#revoked) {
      if (this.#toldRevoked) this.#sums.afterRevoke += 1;
      this.#toldRevoked = true;
      return this.#revoked;
    }
    const waitMs = (this.#notBeforeMs.get(method) ?? 0) - nowMs();
    // Timers may fire a little before their time.
    if (waitMs > 5) {
      this.#sums.early += 1;
      return this.flood(method, Math.ceil(waitMs / 1_000));
    }
    const verdict = this.#gate(method)?.take() ?? { ok: true };
    return verdict.ok ? undefined : this.flood(method, verdict.retryAfterSeconds);
  }

  /** Tells the account to leave this method alone for so long. */
  flood(method: string, seconds: number): RpcFailure {
    this.#sums.flooded += 1;
    const until = nowMs() + seconds * 1_000;
    const known = this.#notBeforeMs.get(method) ?? 0;
    if (known < nowMs()) this.#notBeforeMs.set(method, until);
    return { code: 420, text: `FLOOD_WAIT_${seconds}` };
  }

  clear(): void {
    this.#methods.clear();
    this.#gates.clear();
    this.#notBeforeMs.clear();
    this.#sums = { calls: 0, flooded: 0, early: 0, afterRevoke: 0 };
    this.#concurrencyMax = this.#concurrent;
  }

  stats(): AccountStats {
    const methods = Object.fromEntries(this.#methods);
    return { ...this.#sums, methods, concurrencyMax: this.#concurrencyMax };
  }

  #gate(method: string): RetryGate | undefined {
    const { ratePerSecond, burst } = this.#limit;
    if (ratePerSecond <= 0) return undefined;
    let gate = this.#gates.get(method);
    if (!gate) {
      gate = new RetryGate({ ratePerSecond, burst, retryAfterMs: 0, inFlightMs: 0, nowMs });
      this.#gates.set(method, gate);
    }
    return gate;
  }
}

function nowMs(): number {
  return performance.now();
}
