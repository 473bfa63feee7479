/** Collecting stored lead lists as a call: what `sluice leads collect` does, with its results. */
import { SluiceError } from './base/errors.ts';
import type { Job } from './model/job.ts';
import type { LeadListStanding } from './model/lead-list.ts';

/** The service of their accounts. */
const X = 'x';

export interface CollectLeadsOptions {
  /** Numbers of lists, due or not; default: all active ones that are due. */
  readonly ids?: readonly (string | number)[];
  /** Lists that are not due as well, each read to its end anew. */
  readonly force?: boolean;
  readonly maxLists?: number;
  /** New leads a list at most; default: batchSize of the settings. */
  readonly batch?: number;
  /** Default: as the settings say. */
  readonly tenant?: string;
  /** The data directory; default: as the settings say. */
  readonly data?: string;
  /** Stops the work: what is committed stays, and the next call goes on there. */
  readonly signal?: AbortSignal;
}

/** What a run over one list has brought. */
export interface CollectedList {
  readonly id: string;
  readonly name: string;
  /** Leads that are new to the list, and others that it had. */
  readonly new: number;
  readonly known: number;
  /** Leads of the list so far. */
  readonly leads: number;
  readonly calls: number;
  /** Names of the accounts that were used. */
  readonly accounts: readonly string[];
  readonly state: LeadListStanding['state'];
  /** Why the run failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Works in this process until every list has had its run; settings come from `sluice.json` and the
 * environment. Rejects with a `SluiceError`: `usage.invalid`, `lead_list.not_found`, `settings.*`,
 * `store.in_use` where another process has the data directory, `account.none` where no account may
 * be used, or none any more: nobody is there to add one. What is committed stays then, too.
 */
export async function collectLeads(
  options: CollectLeadsOptions = {},
): Promise<readonly CollectedList[]> {
  const { data, tenant, ids, force, maxLists, batch, signal } = options;
  for (const [name, value] of Object.entries({ maxLists, batch })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    const detail = `${name} takes a whole number of 1 or more, not ${String(value)}`;
    throw new SluiceError('usage.invalid', { detail });
  }
  const [{ loadSettings }, { createWorkbench }, { leadListsOf, storeLeadJob }, { noUsable }] =
    await Promise.all([
      import('./cli/load-settings.ts'),
      import('./main.ts'),
      import('./engine/lead-job.ts'),
      import('./engine/account-words.ts'),
    ]);
  const { stdin, stdout, stderr, env } = process;
  const io = { stdin, stdout, stderr, env, cwd: process.cwd() };
  const flags = {
    ...(data === undefined ? {} : { data }),
    ...(tenant === undefined ? {} : { tenant }),
  };
  const bench = createWorkbench(loadSettings(io, flags), io);
  const { settings } = bench.resolved;
  const session = await bench.openEngine('run');
  try {
    const parts = { ...bench, ...session, settings };
    const wishes = { ids: ids?.map(String), force, maxLists };
    const jobOptions = { ...(force && { force: true }), ...(batch && { batch }) };
    signal?.throwIfAborted();
    const { accounts, engine } = session;
    await accounts.ready();
    const none = () => noUsable(accounts, X, settings.tenant);
    const before = none();
    if (before !== undefined) throw before;
    const taken = await storeLeadJob(parts, settings.tenant, wishes, jobOptions);
    if (taken === undefined) return [];
    const { job, lists } = taken;
    const stop = () => void engine.drain();
    signal?.addEventListener('abort', stop, { once: true });
    let missing: ReturnType<typeof none>;
    const forget = accounts.onChange(() => {
      if (missing !== undefined) return;
      missing = none();
      // Left open it would keep its lists from the next call.
      if (missing !== undefined) void engine.cancel(job.id).catch(() => {});
    });
    let ended: Job;
    try {
      await engine.run(job.id);
      ended = await engine.settled(job.id);
    } finally {
      forget();
      signal?.removeEventListener('abort', stop);
    }
    if (missing !== undefined && ended.state === 'cancelled') throw missing;
    return (await leadListsOf(parts).standings(lists)).map((list) => collected(list, ended));
  } finally {
    await session.close();
  }
}

/** A list whose turn did not come has had no run in this job; what stopped the job is why. */
function collected(list: LeadListStanding, job: Job): CollectedList {
  const { id, name, leads, state } = list;
  const run = list.run?.jobId === job.id ? list.run : undefined;
  const error = (run && list.error) ?? job.failure;
  return {
    id,
    name,
    new: run?.new ?? 0,
    known: run?.known ?? 0,
    leads,
    calls: run?.calls ?? 0,
    accounts: run?.accounts ?? [],
    state,
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}
