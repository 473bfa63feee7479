/**
 * One task: one run over one list. Every page brings its new leads, who is on the list, and where
 * the sweep stands, in one commit: after a crash the run goes on at the page behind the last one,
 * and no lead is there twice.
 */
import { FailureError } from '../../model/failure.ts';
import type { Keep } from '../../model/kept.ts';
import type { Page } from '../../model/task.ts';
import { classify } from '../../retry/classify.ts';
import type { CollectContext } from '../collector.ts';
import { type AskRules, askX, type Reply } from './ask-x.ts';
import { type LeadRecord, leadOf } from './lead-record.ts';
import { pageBounds, pageEndpoint, targetWords } from './lead-source.ts';
import type { ListInput } from './list-input.ts';
import {
  afterCall,
  afterLoss,
  afterPage,
  beginRun,
  endRun,
  type ListState,
  type NextPage,
  nextPage,
  type RunRules,
  withError,
} from './list-state.ts';
import { pageIn, userIn, type XPage } from './x-body.ts';
import { pageUrl, userUrl } from './x-requests.ts';

/** What a tenant keeps: everybody once, who is on which list, and where each list stands. */
export const LEADS = 'leads';
export const LIST_MEMBERS = 'lead-list-members';
export const LIST_STATES = 'lead-list-state';

export interface CollectRules extends AskRules {
  readonly baseUrl: string;
  readonly batch: number;
  readonly pagesMax: number;
  readonly wholeEveryMs: number;
  readonly force: boolean;
}

/** What is kept of someone on a list: `LIST_MEMBERS` has it under `LIST/ID`. */
export interface ListMember {
  readonly list: string;
  readonly id: string;
  readonly username: string;
  readonly seenMs: number;
}

export async function* collectList(
  list: ListInput,
  ctx: CollectContext,
  rules: CollectRules,
): AsyncGenerator<Page<LeadRecord>> {
  if (!list.active) {
    yield { records: [], done: true };
    return;
  }
  const sweeping = new ListSweep(list, ctx, rules);
  await sweeping.begin();
  try {
    for (;;) {
      const page = await sweeping.next();
      yield page;
      if (page.done) return;
    }
  } catch (error) {
    const failure = classify(error);
    // To wait is no failure, and an interrupted run goes on.
    if (ctx.signal.aborted || failure.class === 'throttled') throw error;
    yield sweeping.failed(error);
    throw error;
  }
}

class ListSweep {
  readonly #list: ListInput;
  readonly #ctx: CollectContext;
  readonly #rules: CollectRules;
  readonly #run: RunRules;
  #state!: ListState;

  constructor(list: ListInput, ctx: CollectContext, rules: CollectRules) {
    this.#list = list;
    this.#ctx = ctx;
    this.#rules = rules;
    this.#run = {
      jobId: ctx.jobId,
      force: rules.force,
      bySearch: list.source === 'search',
      wholeEveryMs: rules.wholeEveryMs,
      batch: rules.batch,
      leadsMax: list.leadsMax,
      pagesMax: rules.pagesMax,
      page: pageBounds(list.source),
    };
  }

  async begin(): Promise<void> {
    const { key } = this.#list;
    const kept = await this.#ctx.kept.get(LIST_STATES, [key]);
    const before = kept.get(key) as ListState | undefined;
    this.#state = beginRun(before, this.#run, this.#ctx.nowMs());
  }

  /** The next page with users on it, or the end of the run. */
  async next(): Promise<Page<LeadRecord>> {
    for (;;) {
      const next = nextPage(this.#state, this.#run, this.#ctx.nowMs());
      if (typeof next === 'string') {
        this.#state = endRun(this.#state, next, this.#ctx.nowMs());
        return { records: [], keep: [this.#keepState()], done: true };
      }
      const userId = await this.#targetId();
      const reply = await this.#askPage(next, userId);
      if (reply.kind === 'ok') return this.#take(next, this.#pageOf(reply.body));
      this.#lose(next, reply.what);
    }
  }

  /** Where the run stands, with why it does not go on. */
  failed(error: unknown): Page<LeadRecord> {
    this.#state = withError(this.#state, classify(error), this.#ctx.nowMs());
    return { records: [], keep: [this.#keepState()] };
  }

  /** The id of the target, where it is a user that was named. */
  async #targetId(): Promise<string | undefined> {
    const { target } = this.#list;
    if (target.kind === 'user-id') return target.id;
    if (target.kind !== 'user' || this.#state.targetId !== undefined) return this.#state.targetId;
    const url = userUrl(this.#rules.baseUrl, target.username);
    const reply = await this.#ask('users-by-username', url);
    const id = reply.kind === 'ok' ? userIn(reply.body)?.id : undefined;
    if (id === undefined) throw noPage(`about ${targetWords(target)}`);
    this.#state = { ...this.#state, targetId: id };
    return id;
  }

  #askPage({ sweep, limit }: NextPage, userId: string | undefined): Promise<Reply> {
    const { source, target } = this.#list;
    const wish = { limit, token: sweep.token, sinceId: sweep.sinceId };
    const url = pageUrl(this.#rules.baseUrl, source, target, userId, wish);
    return this.#ask(pageEndpoint(source), url);
  }

  #ask(endpoint: Parameters<typeof askX>[2]['endpoint'], url: URL): Promise<Reply> {
    return askX(this.#ctx, this.#rules, {
      endpoint,
      url,
      what: targetWords(this.#list.target),
      onCall: (account) => {
        this.#state = afterCall(this.#state, account);
      },
    });
  }

  #pageOf(body: unknown): XPage {
    const page = pageIn(body, this.#run.bySearch);
    if (page === undefined) throw noPage(`for ${this.#list.name}`);
    return page;
  }

  #lose({ sweep }: NextPage, what: 'token' | 'since'): void {
    const state = afterLoss(this.#state, sweep, what, this.#run.bySearch, this.#ctx.nowMs());
    if (state === undefined) {
      throw new FailureError({
        class: 'invalid',
        code: 'x.place_lost',
        message: `X lost the place in ${this.#list.name} twice in one run.`,
        hint: 'The next run begins at the top again.',
      });
    }
    this.#state = state;
  }

  async #take({ sweep }: NextPage, page: XPage): Promise<Page<LeadRecord>> {
    const { key, leadsMax } = this.#list;
    const memberKey = (id: string) => `${key}/${id}`;
    const keys = page.users.map(({ id }) => memberKey(id));
    const members = keys.length === 0 ? new Map() : await this.#ctx.kept.get(LIST_MEMBERS, keys);
    const unseen = page.users.filter(({ id }) => !members.has(memberKey(id)));
    const fresh = unseen.slice(0, (leadsMax ?? Number.POSITIVE_INFINITY) - this.#state.leads);
    const seenMs = this.#ctx.nowMs();
    const records = fresh.map((user) => leadOf(user, this.#list));
    this.#state = afterPage(
      this.#state,
      sweep,
      {
        fresh: fresh.length,
        known: page.users.length - unseen.length,
        cut: fresh.length < unseen.length,
        nextToken: page.nextToken,
        newestId: page.newestId,
      },
      this.#run.bySearch,
      seenMs,
    );
    const keep = records.flatMap((record, index): Keep[] => {
      const { id, username } = record;
      const member: ListMember = { list: key, id, username, seenMs };
      return [
        { collection: LEADS, key: id, value: record, op: 'first', record: index },
        { collection: LIST_MEMBERS, key: memberKey(id), value: member, op: 'first' },
      ];
    });
    const { run } = this.#state;
    this.#ctx.note(`${this.#list.name}: ${run.new} new, ${run.known} known`);
    return { records, keep: [...keep, this.#keepState()], cursor: run.pages };
  }

  #keepState(): Keep {
    return { collection: LIST_STATES, key: this.#list.key, value: this.#state, op: 'put' };
  }
}

function noPage(about: string): FailureError {
  const message = `X answered 200 ${about} with a body of another kind.`;
  return new FailureError({ class: 'transient', code: 'x.no_page', message });
}
