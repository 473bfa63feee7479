/** The stored lead lists: which are due, what a job is to do with them, and where each stands. */
import type { Clock } from '../base/clock.ts';
import { LIST_STATES } from '../collectors/leads/collect-list.ts';
import type { ListState } from '../collectors/leads/list-state.ts';
import type { JobOrder } from '../model/job-order.ts';
import type { LeadList, LeadListStanding, LeadListWishes } from '../model/lead-list.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { Store } from '../store/store.ts';
import type { FilledOrder, OrderFiller } from './job-desk.ts';
import { keyOf, LeadListBook } from './lead-list-book.ts';

export interface LeadListsParts {
  readonly store: Pick<Store, 'job' | 'document' | 'documents' | 'writeDocuments' | 'entries'>;
  readonly clock: Clock;
  /** A list is due so long after it was taken up last, ms. */
  readonly everyMs: number;
}

/** The collector's name. */
export const LEADS_COLLECTOR = 'leads';
const STATES_AT_ONCE = 500;

export class LeadLists implements OrderFiller {
  readonly book: LeadListBook;
  readonly #parts: LeadListsParts;

  constructor(parts: LeadListsParts) {
    this.#parts = parts;
    this.book = new LeadListBook(parts.store, parts.clock);
  }

  /**
   * The lists that a job is to take up. Those that are named, in that order; else the active ones
   * that are due and that no open job has, longest not taken up first. Rejects with
   * `lead_list.not_found`.
   */
  async due(tenant: string, wishes: LeadListWishes): Promise<readonly LeadList[]> {
    const { ids, force = false, maxLists = Number.POSITIVE_INFINITY } = wishes;
    if (ids !== undefined) {
      const named = [...new Set(ids)].map((id) => this.book.get(tenant, id));
      return (await Promise.all(named)).slice(0, maxLists);
    }
    const dueMs = this.#parts.clock.wallMs() - this.#parts.everyMs;
    const found: LeadList[] = [];
    const open = new Map<string, boolean>();
    const all = (await this.book.list(tenant)).filter(({ active }) => active);
    for (const list of all.toSorted((a, b) => (a.takenMs ?? 0) - (b.takenMs ?? 0))) {
      if (found.length >= maxLists) break;
      if (!force && list.takenMs !== undefined && list.takenMs > dueMs) continue;
      if (!force && list.jobId !== undefined && (await this.#isOpen(list.jobId, open))) continue;
      found.push(list);
    }
    return found;
  }

  /** How many active lists an open job still has, by that job. */
  async held(tenant: string): Promise<ReadonlyMap<string, number>> {
    const held = new Map<string, number>();
    const open = new Map<string, boolean>();
    for (const { active, jobId } of await this.book.list(tenant)) {
      if (!active || jobId === undefined || !(await this.#isOpen(jobId, open))) continue;
      held.set(jobId, (held.get(jobId) ?? 0) + 1);
    }
    return held;
  }

  async #isOpen(jobId: string, known: Map<string, boolean>): Promise<boolean> {
    const before = known.get(jobId);
    if (before !== undefined) return before;
    const job = await this.#parts.store.job(jobId);
    const open = job !== undefined && !isFinalJobState(job.state);
    known.set(jobId, open);
    return open;
  }

  /** An order for named lists; without any, nothing is to be done. */
  async order(tenant: string, wishes: LeadListWishes, order: Omit<JobOrder, 'input'>) {
    const lists = await this.due(tenant, wishes);
    return { lists, ...this.#filled(tenant, order, lists) };
  }

  /** Part of every order of leads that names no input: from the API, from a schedule. */
  async fill(order: JobOrder, tenant: string): Promise<FilledOrder> {
    const { force, maxLists } = order.options;
    const wishes = {
      force: force === true || force === 'true',
      ...(maxLists === undefined ? {} : { maxLists: Number(maxLists) }),
    };
    return this.#filled(tenant, order, await this.due(tenant, wishes));
  }

  #filled(tenant: string, order: JobOrder, lists: readonly LeadList[]): FilledOrder {
    if (lists.length === 0) return { order, taken: async () => {} };
    const ids = lists.map(({ id }) => id);
    return {
      order: { ...order, input: { rows: lists.map(rowOf) } },
      taken: (jobId) => this.book.taken(tenant, ids, jobId),
    };
  }

  /** A page of a tenant's lists with where they stand, by number. */
  async list(
    tenant: string,
    page: { readonly after?: string | undefined; readonly limit: number },
  ) {
    return this.standings(await this.book.list(tenant, page.after, page.limit));
  }

  async get(tenant: string, id: string): Promise<LeadListStanding> {
    const [standing] = await this.standings([await this.book.get(tenant, id)]);
    return standing as LeadListStanding;
  }

  async standings(lists: readonly LeadList[]): Promise<readonly LeadListStanding[]> {
    const found: LeadListStanding[] = [];
    for (let at = 0; at < lists.length; at += STATES_AT_ONCE) {
      const some = lists.slice(at, at + STATES_AT_ONCE);
      const keys = some.map((list) => keyOf(list, list.tenant));
      const entries = await this.#parts.store.entries({
        tenant: some[0]?.tenant ?? '',
        collection: LIST_STATES,
        keys: [...new Set(keys)],
        limit: STATES_AT_ONCE,
      });
      const states = new Map(entries.map(({ key, json }) => [key, json]));
      for (const [index, list] of some.entries()) {
        const key = keys[index] as string;
        const json = states.get(key);
        found.push(standingOf(list, key, json === undefined ? undefined : JSON.parse(json)));
      }
    }
    return found;
  }
}

/** A list as a row of a job's input. */
function rowOf({ id, name, source, target, maxLeads }: LeadList) {
  return { id, name, source, target, ...(maxLeads === undefined ? {} : { max_leads: maxLeads }) };
}

function standingOf(list: LeadList, key: string, state: ListState | undefined): LeadListStanding {
  if (state === undefined) return { ...list, key, state: 'new', leads: 0 };
  const { leads, wholeMs, error, run } = state;
  const { jobId, startedMs, endedMs, end, new: fresh, known, calls, pages, accounts } = run;
  return {
    ...list,
    key,
    state: wordFor(list, state),
    leads,
    ...(wholeMs === undefined ? {} : { wholeMs }),
    run: {
      jobId,
      startedMs,
      ...(endedMs === undefined ? {} : { endedMs }),
      ...(end === undefined ? {} : { end }),
      new: fresh,
      known,
      calls,
      pages,
      accounts,
    },
    ...(error && { error: { code: error.code, message: error.message, atMs: error.atMs } }),
  };
}

function wordFor({ maxLeads }: LeadList, state: ListState): LeadListStanding['state'] {
  if (state.error) return 'failed';
  if (maxLeads !== undefined && state.leads >= maxLeads) return 'full';
  return state.whole || state.top ? 'sweeping' : 'complete';
}
