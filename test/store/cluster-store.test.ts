/** The stores of a cluster, each through the one suite. */
import { MemoryCluster } from '../../src/store/memory-cluster.ts';
import { exerciseCluster } from '../conformance/cluster-store.ts';
import { NOW } from '../conformance/store-fixtures.ts';
import { postgresClusterHome } from '../fakes/postgres-cluster.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const postgres = usePostgres({ settings: { fsync: 'off' } });

exerciseCluster('postgres', () => postgresClusterHome(postgres));

exerciseCluster('memory', async () => {
  const clock = { ms: NOW, wallMs: () => clock.ms };
  const cluster = new MemoryCluster(clock);
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
    empty: async () => new MemoryCluster(clock),
    remove: async () => {},
  };
});
