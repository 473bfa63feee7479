/** Homes of clusters in a Postgres, whose clock goes on where a test says so. */
import type { Clock } from '../../src/base/clock.ts';
import { openPostgresCluster } from '../../src/store/postgres/open-postgres-cluster.ts';
import type { ClusterHome } from '../conformance/cluster-fixtures.ts';
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
  const open = () => openPostgresCluster({ url, poolMax: 6, ...options });
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
