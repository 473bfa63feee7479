/** The store in Postgres, through the one suite, on a real server. */
import { afterEach, beforeEach, describe } from 'node:test';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { exerciseStore } from '../conformance/store.ts';
import { exerciseCommit } from '../conformance/store-commit.ts';
import { exerciseControl } from '../conformance/store-control.ts';
import { exerciseLog } from '../conformance/store-log.ts';
import { exerciseStoreAtRandom } from '../conformance/store-random.ts';
import { exerciseReading, exerciseRecall } from '../conformance/store-reading.ts';
import { exerciseTasks } from '../conformance/store-tasks.ts';
import { postgresOfNode } from '../fakes/postgres-cluster.ts';
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

describe('store: postgres, of a node', () => {
  const home = { durable: true, open: postgresOfNode, remove: async () => {} };
  let url: string;
  let store: Store;
  beforeEach(async () => {
    url = await postgres.databaseUrl();
    store = await postgresOfNode(url);
  });
  afterEach(() => store.close());
  const current = () => store;
  exerciseCommit(current);
  exerciseControl(current);
  exerciseReading(current);
  exerciseLog(current);
  exerciseRecall(current);
  exerciseTasks(current);
  exerciseStoreAtRandom(
    () => ({ ...home, open: () => home.open(url) }),
    current,
    (reopened) => {
      store = reopened;
    },
  );
});
