/**
 * A list at X, its accounts and a tenant's kept entries, in memory: what the leads collector needs
 * of a context, page by page.
 */
import assert from 'node:assert/strict';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import type { HeldAccount } from '../../src/collectors/account-service.ts';
import type { CollectContext, FetchedPage, FetchInit } from '../../src/collectors/collector.ts';
import { type CollectRules, collectList } from '../../src/collectors/leads/collect-list.ts';
import type { LeadRecord } from '../../src/collectors/leads/lead-record.ts';
import { type ListInput, readList } from '../../src/collectors/leads/list-input.ts';
import { FailureError } from '../../src/model/failure.ts';
import type { Page } from '../../src/model/task.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeCall {
  readonly account: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Who asks, in the order of `accounts`; `state` says what became of them. */
export class FakeX {
  nowMs = 1_800_000_000_000;
  /** Newest first. */
  members: string[] = [];
  readonly calls: FakeCall[] = [];
  readonly states = new Map<string, string>();
  /** `COLLECTION/KEY`. */
  readonly kept = new Map<string, unknown>();
  readonly records: LeadRecord[] = [];
  readonly pauses: number[] = [];
  accounts: string[] = ['a', 'b', 'c'];
  /** Answers instead of the list, where it returns something. */
  answer: (call: FakeCall, no: number) => FakeAnswer | undefined = () => undefined;
  #turn = 0;

  list(cells: Readonly<Record<string, string>> = {}): ListInput {
    const list = readList({ target: '@jack', ...cells }, 'followers', 'acme');
    assert.ok(!('problem' in list), JSON.stringify(list));
    return list;
  }

  /** One attempt; resolves with its end. `pages`: dies after so many are committed. */
  async run(
    list: ListInput,
    job: string,
    rules: Partial<CollectRules> = {},
    pages = Number.POSITIVE_INFINITY,
  ): Promise<'done' | 'died' | FailureError> {
    const all: CollectRules = {
      baseUrl: 'http://x.test',
      pauseMinMs: 500,
      pauseMaxMs: 1_500,
      batch: 1_000,
      pagesMax: 50,
      wholeEveryMs: 0,
      force: false,
      ...rules,
    };
    let committed = 0;
    try {
      for await (const page of collectList(list, this.#context(job), all)) {
        this.#commit(page);
        committed += 1;
        if (page.done) return 'done';
        if (committed === pages) return 'died';
      }
    } catch (error) {
      if (error instanceof FailureError) return error;
      throw error;
    }
    throw new Error('it ended without an end');
  }

  stateOf(list: ListInput) {
    // biome-ignore lint/suspicious/noExplicitAny: states of all kinds are looked into.
    return this.kept.get(`lead-list-state/${list.key}`) as any;
  }

  #commit({ keep = [], records }: Page<LeadRecord>): void {
    const dropped = new Set<number>();
    for (const { collection, key, value, op, record } of keep) {
      const name = `${collection}/${key}`;
      if (op === 'first' && this.kept.has(name)) {
        if (record !== undefined) dropped.add(record);
      } else this.kept.set(name, JSON.parse(JSON.stringify(value)));
    }
    this.records.push(...records.filter((_, index) => !dropped.has(index)));
  }

  #context(jobId: string): CollectContext {
    const context = {
      jobId,
      tenant: 'acme',
      random: seededRandom(1),
      signal: new AbortController().signal,
      nowMs: () => this.nowMs,
      note: () => {},
      kept: {
        get: async (collection: string, keys: readonly string[]) => {
          const found = keys.map((key) => [key, this.kept.get(`${collection}/${key}`)] as const);
          return new Map(found.filter(([, value]) => value !== undefined));
        },
      },
      account: async (endpoint: string) => this.#account(endpoint),
      fetch: async (url: string | URL, init: FetchInit) => this.#fetch(new URL(url), init),
    };
    return context as unknown as CollectContext;
  }

  #account(endpoint: string): HeldAccount {
    const ready = this.accounts.filter((name) => !this.states.has(name));
    if (ready.length === 0) {
      const message = 'All accounts rest.';
      throw new FailureError({ class: 'throttled', code: 'account.all_resting', message });
    }
    const name = ready[this.#turn++ % ready.length] as string;
    const set = (state: string) => this.states.set(name, state);
    return {
      id: name,
      name,
      secret: { token: `token-${name}` },
      held: true,
      learned: () => {},
      rest: (untilMs, why, of) => {
        assert.equal(of, endpoint);
        set(`rests ${untilMs === undefined ? '' : untilMs - this.nowMs}: ${why}`);
      },
      quarantine: (why) => set(why),
      pause: (ms) => this.pauses.push(ms),
      renew: () => true,
      [Symbol.dispose]: () => {},
    };
  }

  #fetch(url: URL, { account, headers, ...init }: FetchInit): FetchedPage {
    assert.equal(headers?.authorization, `Bearer token-${account?.name}`);
    assert.equal(init.robots, false);
    const call = { account: account?.name ?? '', path: url.pathname, query: url.searchParams };
    this.calls.push(call);
    const scripted = this.answer(call, this.calls.length);
    const { status, body, headers: sent = {} } = scripted ?? this.#answer(call);
    const text = () => (body === undefined ? '' : JSON.stringify(body));
    return {
      url: url.href,
      status,
      headers: sent,
      body: Buffer.from(text()),
      redirects: [],
      text,
      json: () => body,
    };
  }

  #answer({ path, query }: FakeCall): FakeAnswer {
    if (path.startsWith('/2/users/by/username/')) {
      return { status: 200, body: { data: { id: '99', username: path.split('/').at(-1) } } };
    }
    const after = query.get('pagination_token')?.replace('token-after-', '');
    const from = after === undefined ? 0 : this.members.indexOf(after) + 1;
    const ids = this.members.slice(from, from + Number(query.get('max_results')));
    const goesOn = from + ids.length < this.members.length;
    const next = goesOn ? { next_token: `token-after-${ids.at(-1)}` } : {};
    const data = ids.map((id) => ({ id, username: `u${id}`, name: `U ${id}` }));
    const page = { meta: { result_count: ids.length, ...next } };
    return { status: 200, body: data.length === 0 ? page : { data, ...page } };
  }
}

/** Ids as X has them: larger than a double can hold. */
export function idsOf(count: number, seed = 1): string[] {
  const random = seededRandom(seed);
  const ids = Array.from({ length: count }, (_, n) => {
    return `17950${String(seed).padStart(4, '0')}${String(n).padStart(9, '0')}${randomInt(random, 0, 9)}`;
  });
  return ids;
}
