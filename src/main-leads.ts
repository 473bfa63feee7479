/** Collecting stored lead lists as a call: what `sluice leads collect` does, with its results. */
import type { LeadListStanding } from './model/lead-list.ts';

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
 * environment. Rejects with a `SluiceError`: `lead_list.not_found`, `settings.*`, `store.in_use`
 * where another process has the data directory.
 */
export async function collectLeads(
  options: CollectLeadsOptions = {},
): Promise<readonly CollectedList[]> {
  const { data, tenant, ids, force, maxLists, batch, signal } = options;
  const [{ loadSettings }, { createWorkbench }, { leadListsOf, storeLeadJob }] = await Promise.all([
    import('./cli/load-settings.ts'),
    import('./main.ts'),
    import('./engine/lead-job.ts'),
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
    const taken = await storeLeadJob(parts, settings.tenant, wishes, jobOptions);
    if (taken === undefined) return [];
    const { job, lists } = taken;
    const stop = () => void session.engine.drain();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await session.engine.run(job.id);
      await session.engine.settled(job.id);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    return (await leadListsOf(parts).standings(lists)).map((list) => collected(list, job.id));
  } finally {
    await session.close();
  }
}

/** A list whose turn did not come has had no run in this job. */
function collected(list: LeadListStanding, jobId: string): CollectedList {
  const { id, name, leads, state, error } = list;
  const run = list.run?.jobId === jobId ? list.run : undefined;
  return {
    id,
    name,
    new: run?.new ?? 0,
    known: run?.known ?? 0,
    leads,
    calls: run?.calls ?? 0,
    accounts: run?.accounts ?? [],
    state,
    ...(error && run && { error: { code: error.code, message: error.message } }),
  };
}
