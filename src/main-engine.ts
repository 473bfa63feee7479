/** An engine alone: its jobs are in the data directory, which is its own. */
import type { EngineSession } from './cli/workbench.ts';
import { SetLimits } from './engine/set-limits.ts';
import { Tenants } from './engine/tenants.ts';
import { Uploads } from './engine/uploads.ts';
import { createAccountBook } from './main-accounts.ts';
import { type BenchParts, engineParts } from './main-parts.ts';

export async function openEngineAlone(parts: BenchParts): Promise<EngineSession> {
  const [{ openThreadStore }, { withKeptJobs }] = await Promise.all([
    import('./store/thread/thread-store.ts'),
    import('./store/kept-jobs.ts'),
  ]);
  // Its thread starts while the rest is loaded: most of a short run's wait is for the two.
  const opening = openThreadStore({ path: parts.dataDir, mode: 'owner' }).then(withKeptJobs);
  const uploads = new Uploads(parts.dataDir);
  const [store, { Engine }, options] = await Promise.all([
    opening,
    import('./engine/engine.ts'),
    engineParts(parts, { owned: opening.then(() => true), uploads }),
  ]).catch(async (error: unknown) => {
    await opening.then(
      (opened) => opened.close(),
      () => {},
    );
    throw error;
  });
  const [tenants, limits, epoch] = await Promise.all([
    Tenants.open(store, parts.clock),
    SetLimits.open(store, parts.clock),
    store.nextEpoch(),
  ]);
  const accounts = createAccountBook(parts, store);
  const engine = new Engine({ ...options(tenants, accounts, limits), store, epoch });
  limits.onChange((lane) => engine.limitChanged(lane));
  return {
    engine,
    store,
    tenants,
    limits,
    accounts,
    uploads,
    cluster: undefined,
    async close() {
      await engine.close();
      await store.close();
    },
  };
}
