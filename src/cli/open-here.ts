import { SluiceError } from '../base/errors.ts';
import type { Invocation } from './program.ts';
import { namedServer, owningServer, type Remote } from './remote.ts';
import type { EngineSession, Workbench } from './workbench.ts';

/** An engine of this process; rejects with `store.served` where a server owns the directory. */
export async function openHere(bench: Workbench): Promise<EngineSession> {
  try {
    return await bench.openEngine('run');
  } catch (error) {
    if (!isInUse(error)) throw error;
    const owning = await owningServer(bench, undefined).catch(() => undefined);
    if (owning === undefined) throw error;
    throw new SluiceError('store.served', { path: bench.dataDir, url: owning.url });
  }
}

/** Who does the work: an engine of this process, or a server. */
export type Worker = { readonly session: EngineSession } | { readonly remote: Remote };

/** The server that is named, else an engine here, else the server that owns the data directory. */
export async function openWorker(invocation: Invocation): Promise<Worker> {
  const named = namedServer(invocation);
  if (named !== undefined) return { remote: named };
  const bench = await invocation.workbench();
  try {
    return { session: await bench.openEngine('run') };
  } catch (error) {
    if (!isInUse(error)) throw error;
    const owning = await owningServer(bench, invocation.flags.tenant);
    if (owning === undefined) throw error;
    return { remote: owning };
  }
}

/** Whether another process owns the data directory. */
export function isInUse(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'store.in_use';
}
