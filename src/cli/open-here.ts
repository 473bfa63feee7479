import { SluiceError } from '../base/errors.ts';
import { owningServer } from './remote.ts';
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

/** Whether another process owns the data directory. */
export function isInUse(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'store.in_use';
}
