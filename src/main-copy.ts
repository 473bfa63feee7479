/** Moves a data directory into a Postgres that nodes share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError, systemCode } from './base/errors.ts';
import type { MovedStore } from './cli/workbench.ts';
import { InputShelf } from './engine/input-shelf.ts';
import type { BenchParts } from './main-parts.ts';
import { copyStore } from './store/copy-store.ts';
import { PostgresIntake } from './store/postgres/copy-intake.ts';
import { openPostgresStore } from './store/postgres/open-postgres-store.ts';
import { PostgresCluster } from './store/postgres/postgres-cluster.ts';
import { RECORD_FILES } from './store/record-files/record-file-folder.ts';
import { openSqliteStore } from './store/sqlite/open-sqlite-store.ts';
import { SqliteDump } from './store/sqlite/sqlite-dump.ts';

/** Rejects with `store.*`, `store.in_use` while the directory is worked on included. */
export async function moveStore(
  { dataDir, clock, random }: BenchParts,
  url: string,
  onRows: (rows: number, of: number) => void,
): Promise<MovedStore> {
  if (!existsSync(join(dataDir, 'sluice.db'))) {
    throw new SluiceError('store.missing', { path: dataDir });
  }
  // Owned until the end, and of the newest schema.
  const owner = await openSqliteStore({ path: dataDir, mode: 'owner', clock });
  try {
    const dump = new SqliteDump(dataDir);
    try {
      const jobs = dump.jobs();
      const inFiles = jobs.filter(({ id }) => existsSync(join(dataDir, RECORD_FILES, id)));
      if (inFiles.length > 0) {
        const first = inFiles[0]?.id as string;
        throw new SluiceError('store.files_stay', { jobs: inFiles.length, first });
      }
      const stores = await openPostgresStore({ url, clock, random });
      const cluster = new PostgresCluster(stores);
      try {
        const intake = new PostgresIntake(stores.database);
        await intake.assertEmpty();
        const rows = jobs.reduce(
          (sum, { counters }) => sum + counters.tasks + counters.duplicates,
          0,
        );
        const paths = new Set(jobs.map(({ input }) => input.path).filter((path) => path !== ''));
        const shelf = new InputShelf(cluster, dataDir);
        const inputs = await shareAll(shelf, [...paths]);
        try {
          return { ...(await copyStore(dump, intake, (count) => onRows(count, rows))), inputs };
        } catch (error) {
          for (const path of paths) await shelf.remove(path).catch(() => {});
          throw error;
        }
      } finally {
        await cluster.close();
      }
    } finally {
      dump.close();
    }
  } finally {
    await owner.close();
  }
}

/** How many there are. One that is not there any more was not needed by its job. */
async function shareAll(shelf: InputShelf, paths: readonly string[]): Promise<number> {
  let count = 0;
  for (const path of paths) {
    try {
      await shelf.share(path);
      count += 1;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return count;
}
