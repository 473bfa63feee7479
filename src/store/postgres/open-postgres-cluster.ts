/** Opens a Postgres as what the nodes of a cluster share. */
import { openPostgresStore, type PostgresStoreOptions } from './open-postgres-store.ts';
import { PostgresCluster } from './postgres-cluster.ts';

/** Makes the tables where they are missing; rejects as `openPostgresStore` does. */
export async function openPostgresCluster(options: PostgresStoreOptions): Promise<PostgresCluster> {
  return new PostgresCluster(await openPostgresStore(options));
}
