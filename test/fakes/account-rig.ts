/** Accounts over a store in memory, and a service that limits each of them by endpoint. */
import { z } from 'zod';
import type { Clock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import type { AccountService } from '../../src/collectors/account-service.ts';
import { AccountBook } from '../../src/engine/account-book.ts';
import type { AccountLimits } from '../../src/engine/account-desk.ts';
import type { DocumentStore } from '../../src/engine/webhook-book.ts';
import type { FetchRequest } from '../../src/transport/fetcher.ts';
import { type ScriptedAnswer, ScriptedFetcher } from './scripted-fetcher.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const SERVICE: AccountService<{ token: string }> = {
  name: 'fake',
  secret: z.object({ token: z.string().min(1) }),
  async test({ token }) {
    return { ok: token !== 'bad', detail: token === 'bad' ? 'The token is wrong.' : 'It is in.' };
  },
};

export const LIMITS: AccountLimits = { max: 3, timeoutMs: 1_800_000, restMs: 30_000 };

/** Seals nothing: what is stored is to be seen. */
export const SEALER = {
  seal: (text: string) => `sealed ${text}`,
  open: (text: string) => text.slice(7),
};

export async function bookOf(
  store: DocumentStore,
  clock: Clock,
  tenant: string,
  names: readonly string[],
): Promise<AccountBook> {
  const book = new AccountBook({ store, clock, log: silentLogger, sealer: SEALER });
  await book.ready();
  for (const name of names) {
    await book.add({ tenant, service: 'fake', name }, { token: name }, false);
  }
  return book;
}

export interface Call {
  readonly token: string;
  readonly path: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Answers after a while; `limit` calls a token and window, then 429 until the window's end. */
export class LimitedService {
  readonly calls: Call[] = [];
  readonly clock: VirtualClock;
  readonly fetcher: ScriptedFetcher;
  readonly #left = new Map<string, { remaining: number; resetMs: number }>();

  constructor(clock: VirtualClock, limit: number, windowMs: number, delayMs = 200) {
    this.clock = clock;
    this.fetcher = new ScriptedFetcher(clock, (request) =>
      this.#answer(request, limit, windowMs, delayMs),
    );
  }

  #answer(
    { headers, url }: FetchRequest,
    limit: number,
    windowMs: number,
    delayMs: number,
  ): ScriptedAnswer {
    const token = headers.authorization ?? '';
    const startMs = this.clock.monoMs();
    this.calls.push({ token, path: url.pathname, startMs, endMs: startMs + delayMs });
    const nowMs = this.clock.wallMs();
    let quota = this.#left.get(token);
    if (quota === undefined || quota.resetMs <= nowMs)
      quota = { remaining: limit, resetMs: nowMs + windowMs };
    const status = quota.remaining > 0 ? 200 : 429;
    this.#left.set(token, { ...quota, remaining: Math.max(0, quota.remaining - 1) });
    const left = {
      'x-remaining': String(Math.max(0, quota.remaining - 1)),
      'x-reset': String(quota.resetMs),
    };
    return { status, body: 'ok', headers: left, delayMs };
  }

  /** Calls of one token that were under way at the same time. */
  get overlaps(): number {
    let count = 0;
    for (const [at, call] of this.calls.entries()) {
      for (const other of this.calls.slice(at + 1)) {
        if (other.token !== call.token) continue;
        if (other.startMs < call.endMs && call.startMs < other.endMs) count += 1;
      }
    }
    return count;
  }
}
