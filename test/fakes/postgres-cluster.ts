/** Homes of clusters in a Postgres, whose clock goes on where a test says so. */
import type { Clock } from '../../src/base/clock.ts';
import { openPostgresCluster } from '../../src/store/postgres/open-postgres-cluster.ts';
import {
  openPostgresStore,
  type PostgresStores,
} from '../../src/store/postgres/open-postgres-store.ts';
import { PostgresCluster } from '../../src/store/postgres/postgres-cluster.ts';
import type { Store } from '../../src/store/store.ts';
import { ALL, type ClusterHome, join } from '../conformance/cluster-fixtures.ts';
import type { PostgresRig } from './postgres-rig.ts';

/**
 * Nobody can turn the clock of the database: all times that it has noted move back instead.
 */
const PASS = `
  WITH nodes AS (
    UPDATE sluice.nodes SET lease_until = lease_until - $1 * interval '1 ms',
      joined_at = joined_at - $1 * interval '1 ms'
  ), loans AS (
    UPDATE sluice.loans SET ended_at = ended_at - $1 * interval '1 ms'
  ), files AS (
    UPDATE sluice.files SET written_at = written_at - $1 * interval '1 ms'
  )
  UPDATE sluice.told SET at = at - $1 * interval '1 ms'`;

const EMPTY = `
  DO $$
  DECLARE one text;
  BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'sluice'
      AND tablename NOT IN ('migrations', 'slices', 'epochs', 'writers')
    LOOP
      EXECUTE format('TRUNCATE sluice.%I CASCADE', one);
    END LOOP;
    UPDATE sluice.slices SET holder = NULL, carry = NULL, lost = false;
  END $$`;

export async function postgresClusterHome(
  postgres: PostgresRig,
  options: { readonly clock?: Clock } = {},
): Promise<ClusterHome> {
  const url = await postgres.databaseUrl();
  const open = () => openPostgresCluster({ url, poolMax: 6, packMin: 1, ...options });
  const first = await open();
  return {
    open,
    pass: async (ms) => {
      await postgres.query(url, PASS, [ms]);
    },
    empty: async () => {
      await postgres.query(url, EMPTY);
      return first;
    },
    remove: () => first.close(),
  };
}

/** As a node has it that holds all shards: it stores what it can as packs. */
export async function postgresOfNode(url: string): Promise<Store> {
  const stores = await openPostgresStore({ url, poolMax: 4, packMin: 1 });
  return storeOfNode(stores);
}

export async function storeOfNode(stores: PostgresStores): Promise<Store> {
  const cluster = new PostgresCluster(stores);
  const fence = await join(cluster, 'packing');
  const store = cluster.storeOf(fence);
  const addRows: Store['addRows'] = async (...rows) => {
    const counters = await store.addRows(...rows);
    await cluster.claim(fence, { ...ALL, jobId: rows[0] });
    return counters;
  };
  const close = async () => {
    await store.close();
    await cluster.close();
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'addRows') return addRows;
      if (name === 'close') return close;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
