/**
 * What is kept of a list between runs, and how it changes: pure, so that a sweep can be tried
 * against any list that changes meanwhile.
 *
 * X gives followers newest first and knows no "since". So a list is read once to its end (the
 * *whole* sweep); later runs read from the top (the *top* sweep) until a page holds nobody new, and
 * a whole sweep now and then finds what that misses. A search knows `since_id`: its top sweep is
 * read to its end. A sweep that a run does not finish goes on with its token in the next one:
 *
 * | at the start of a run          | what is read, in this order                                 |
 * |--------------------------------|-------------------------------------------------------------|
 * | nothing is known, or `force`   | a new whole sweep                                           |
 * | a whole sweep is due           | a new whole sweep (the top is part of it)                   |
 * | else                           | the unfinished top sweep; the top; the unfinished whole one |
 *
 * An unfinished top sweep comes first: below it begins what is known, so a newer one would stop at
 * it and leave the gap between the two.
 */
import type { Failure } from '../../model/failure.ts';
import type { PageBounds } from './lead-source.ts';

export interface Sweep {
  readonly kind: 'whole' | 'top';
  /** Where it goes on; absent at its beginning. */
  readonly token?: string;
  /** Only posts after this one are read; of a search. */
  readonly sinceId?: string;
  /** Wall ms, as all times here. */
  readonly startedMs: number;
}

/** Why a run ended. */
export const RUN_ENDS = ['complete', 'batch', 'limit', 'pages', 'failed'] as const;
export type RunEnd = (typeof RUN_ENDS)[number];

export interface ListRun {
  readonly jobId: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly end?: RunEnd;
  /** Leads that are new to this list, and those that were known of it. */
  readonly new: number;
  readonly known: number;
  /** Requests that were answered, with those that were refused. */
  readonly calls: number;
  readonly pages: number;
  /** Names of the accounts that were used. */
  readonly accounts: readonly string[];
  /** The top was read in this run, or need not be. */
  readonly topDone: boolean;
  /** A token was no longer taken, and the sweep begun anew. */
  readonly restarted: boolean;
}

export interface ListState {
  /** Leads of the list so far. */
  readonly leads: number;
  /** Id of the user whose list it is, once it was looked up. */
  readonly targetId?: string;
  readonly whole?: Sweep;
  readonly top?: Sweep;
  /** The newest post that was seen; of a search. */
  readonly sinceId?: string;
  /** When the last whole sweep came to its end. */
  readonly wholeMs?: number;
  /** Some were left out because the list was full. */
  readonly cut?: true;
  readonly run: ListRun;
  /** Of the last run, where it failed. */
  readonly error?: Pick<Failure, 'class' | 'code' | 'message'> & { readonly atMs: number };
}

export interface RunRules {
  readonly jobId: string;
  readonly force: boolean;
  readonly bySearch: boolean;
  /** A whole sweep is due so long after the last; 0 = never again. */
  readonly wholeEveryMs: number;
  /** New leads a run. */
  readonly batch: number;
  /** Leads the list may have; undefined = any number. */
  readonly leadsMax: number | undefined;
  /** Pages a run. */
  readonly pagesMax: number;
  readonly page: PageBounds;
}

/** Below this part of a batch a further page is not worth its call. */
const REST_WORTH = 20;

/** What was known before a run. */
type Known = Omit<ListState, 'run'> & { readonly run?: ListRun };

/** The state at the start of a run, or where the run of the same job goes on after a break. */
export function beginRun(before: ListState | undefined, rules: RunRules, nowMs: number): ListState {
  if (before?.run.jobId === rules.jobId && before.run.end === undefined) return before;
  const { error: _, whole, top, cut, ...rest }: Known = before ?? { leads: 0 };
  const full = rules.leadsMax !== undefined && rest.leads >= rules.leadsMax;
  const room = cut === true && !full;
  const never = before === undefined || (before.wholeMs === undefined && whole === undefined);
  const anew =
    never || rules.force || room || (whole === undefined && isWholeDue(rest, rules, nowMs));
  const run: ListRun = {
    jobId: rules.jobId,
    startedMs: nowMs,
    new: 0,
    known: 0,
    calls: 0,
    pages: 0,
    accounts: [],
    topDone: anew,
    restarted: false,
  };
  if (anew) {
    // Somebody else may have the name by now.
    const { targetId: __, ...kept } = rest;
    return { ...kept, whole: { kind: 'whole', startedMs: nowMs }, run };
  }
  return {
    ...rest,
    ...(whole && { whole }),
    ...(top && { top }),
    ...(cut && { cut }),
    run,
  };
}

function isWholeDue(
  { wholeMs }: { readonly wholeMs?: number },
  { wholeEveryMs, bySearch }: RunRules,
  nowMs: number,
): boolean {
  // A search is told where it left off: reading it all again would find nobody new.
  if (wholeEveryMs === 0 || bySearch || wholeMs === undefined) return false;
  return nowMs - wholeMs >= wholeEveryMs;
}

export interface NextPage {
  readonly sweep: Sweep;
  readonly limit: number;
}

/** The page to read next, or why the run is over. */
export function nextPage(state: ListState, rules: RunRules, nowMs: number): NextPage | RunEnd {
  const { run } = state;
  const batchLeft = rules.batch - run.new;
  const roomLeft = (rules.leadsMax ?? Number.POSITIVE_INFINITY) - state.leads;
  if (roomLeft <= 0) return 'limit';
  const sweep = state.top ?? (run.topDone ? state.whole : freshTop(state, nowMs));
  if (sweep === undefined) return 'complete';
  if (batchLeft <= 0 || (run.new > 0 && batchLeft < rules.batch / REST_WORTH)) return 'batch';
  if (run.pages >= rules.pagesMax) return 'pages';
  const { min, max } = rules.page;
  return { sweep, limit: Math.max(min, Math.min(max, batchLeft, roomLeft)) };
}

function freshTop({ sinceId }: ListState, nowMs: number): Sweep {
  return { kind: 'top', startedMs: nowMs, ...(sinceId === undefined ? {} : { sinceId }) };
}

export interface SeenPage {
  /** Users on it that the list did not have, after what was left out for want of room. */
  readonly fresh: number;
  readonly known: number;
  /** Some were left out for want of room. */
  readonly cut: boolean;
  readonly nextToken: string | undefined;
  /** The newest post on it; of a search. */
  readonly newestId: string | undefined;
}

/** The state once a page of a sweep is stored. */
export function afterPage(
  state: ListState,
  sweep: Sweep,
  page: SeenPage,
  bySearch: boolean,
  nowMs: number,
): ListState {
  const { run } = state;
  const first = sweep.token === undefined;
  const sinceId = first && bySearch ? (page.newestId ?? state.sinceId) : state.sinceId;
  const joined = sweep.kind === 'top' && !bySearch && page.known > 0 && page.fresh === 0;
  const over = page.nextToken === undefined || joined;
  const { [sweep.kind]: _, error: __, ...others } = state;
  const rest =
    over || page.nextToken === undefined ? undefined : { ...sweep, token: page.nextToken };
  // A top sweep of an earlier run that is over says nothing of what came since.
  const topDone = run.topDone || (over && sweep.kind === 'top' && sweep.startedMs >= run.startedMs);
  return {
    ...others,
    leads: state.leads + page.fresh,
    ...(sinceId === undefined ? {} : { sinceId }),
    ...(rest && { [sweep.kind]: rest }),
    ...(over && sweep.kind === 'whole' ? { wholeMs: nowMs } : {}),
    ...(page.cut && { cut: true as const }),
    run: {
      ...run,
      new: run.new + page.fresh,
      known: run.known + page.known,
      pages: run.pages + 1,
      topDone,
    },
  };
}

/**
 * The place of a sweep is lost: it begins anew, once a run. undefined = it did so already.
 * `since`: X does not know the post any more after which a search was to begin.
 */
export function afterLoss(
  state: ListState,
  sweep: Sweep,
  what: 'token' | 'since',
  bySearch: boolean,
  nowMs: number,
): ListState | undefined {
  if (state.run.restarted) return undefined;
  const { top: _, whole, sinceId, ...rest } = state;
  const run = { ...state.run, restarted: true };
  // Begun at the top again, a top sweep would stop at what it brought itself. So would a search
  // that knows no beginning.
  const anew = sweep.kind === 'whole' || !bySearch || what === 'since';
  if (anew) {
    const known = what === 'since' || sinceId === undefined ? {} : { sinceId };
    const begun: Sweep = { kind: 'whole', startedMs: nowMs };
    return { ...rest, ...known, whole: begun, run: { ...run, topDone: true } };
  }
  const { token: __, ...begin } = sweep;
  const known = sinceId === undefined ? {} : { sinceId };
  return { ...rest, ...known, ...(whole && { whole }), top: begin, run };
}

/** A call was answered for an account. */
export function afterCall(state: ListState, account: string): ListState {
  const { run } = state;
  const known = run.accounts.includes(account);
  const accounts = known ? run.accounts : [...run.accounts, account];
  return { ...state, run: { ...run, calls: run.calls + 1, accounts } };
}

export function endRun(state: ListState, end: RunEnd, nowMs: number): ListState {
  return { ...state, run: { ...state.run, end, endedMs: nowMs } };
}

/** The run failed; where that may pass, the next attempt goes on with it. */
export function withError(state: ListState, failure: Failure, nowMs: number): ListState {
  const { class: failureClass, code, message } = failure;
  const error = { class: failureClass, code, message, atMs: nowMs };
  if (failureClass === 'transient' || failureClass === 'bug') return { ...state, error };
  return { ...endRun(state, 'failed', nowMs), error };
}
