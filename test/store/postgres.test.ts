/** The store in Postgres, through the one suite, on a real server. */
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { exerciseStore } from '../conformance/store.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

// What is checked here survives the process, not the machine: syncing costs minutes for nothing.
const postgres = usePostgres({ settings: { fsync: 'off' } });

exerciseStore('postgres', async () => {
  const url = await postgres.databaseUrl();
  return {
    open: async () => (await openPostgresStore({ url, poolMax: 4 })).store,
    durable: true,
    remove: async () => {},
  };
});
