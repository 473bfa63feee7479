/** An engine alone: its jobs are in the data directory, which is its own. */
import { messageOf } from './base/errors.ts';
import type { EngineSession } from './cli/workbench.ts';
import { SetLimits } from './engine/set-limits.ts';
import { Tenants } from './engine/tenants.ts';
import { Uploads } from './engine/uploads.ts';
import { createAccountBook } from './main-accounts.ts';
import { type BenchParts, engineParts } from './main-parts.ts';
import { RecordFileFolder } from './store/record-files/record-file-folder.ts';

export async function openEngineAlone(parts: BenchParts): Promise<EngineSession> {
  const [{ openThreadStore }, { withKeptJobs }, { withRecordFiles }] = await Promise.all([
    import('./store/thread/thread-store.ts'),
    import('./store/kept-jobs.ts'),
    import('./store/record-files/with-record-files.ts'),
  ]);
  const recordFiles = new RecordFileFolder(parts.dataDir);
  // Its thread starts while the rest is loaded: most of a short run's wait is for the two.
  const opening = openThreadStore({ path: parts.dataDir, mode: 'owner' }).then((opened) =>
    withRecordFiles(withKeptJobs(opened), recordFiles),
  );
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
    recordFiles
      .sweep(async (id) => (await store.job(id)) !== undefined)
      .catch((error: unknown) => parts.log.warn(`Files were left over: ${messageOf(error)}`)),
  ]);
  const accounts = createAccountBook(parts, store);
  const failed = Promise.withResolvers<unknown>();
  const engine = new Engine({
    ...options(tenants, accounts, limits),
    ...{ store, epoch, recordFiles, onFatal: failed.resolve },
  });
  limits.onChange((lane) => engine.limitChanged(lane));
  return {
    engine,
    store,
    tenants,
    limits,
    accounts,
    uploads,
    failed: failed.promise,
    cluster: undefined,
    async close() {
      await engine.close();
      await store.close();
    },
  };
}
