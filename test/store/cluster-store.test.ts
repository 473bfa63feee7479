/** The stores of a cluster, each through the one suite. */
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import type { ClusterHome } from '../conformance/cluster-fixtures.ts';
import { exerciseCluster } from '../conformance/cluster-store.ts';
import { NOW } from '../conformance/store-fixtures.ts';
import { postgresClusterHome } from '../fakes/postgres-cluster.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });

exerciseCluster('postgres', () => postgresClusterHome(postgres));

exerciseCluster('memory', () => memoryHome(false));

exerciseCluster('memory that finishes shards', () => memoryHome(true));

async function memoryHome(finishes: boolean): Promise<ClusterHome> {
  const clock = { ms: NOW, wallMs: () => clock.ms };
  const cluster = new MemoryCluster(clock, { finishes });
  const { close } = cluster;
  let opened = 0;
  cluster.close = async () => {
    opened -= 1;
    if (opened === 0) await close.call(cluster);
  };
  return {
    open: async () => {
      opened += 1;
      return cluster;
    },
    pass: async (ms: number) => {
      clock.ms += ms;
    },
    empty: async () => new MemoryCluster(clock, { finishes: false }),
    remove: async () => {},
  };
}
