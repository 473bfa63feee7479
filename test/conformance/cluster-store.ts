/**
 * What every store of a cluster does. Each implementation runs this suite; `MemoryCluster` is the
 * model that random sequences of operations are compared with.
 */
import { afterEach, beforeEach, describe } from 'node:test';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import type { ClusterHome } from './cluster-fixtures.ts';
import { exerciseGivingBack } from './cluster-giving-back.ts';
import { exerciseLanes } from './cluster-lanes.ts';
import { exerciseLosses } from './cluster-losses.ts';
import { exerciseNodes } from './cluster-nodes.ts';
import { exerciseClusterAtRandom } from './cluster-random.ts';
import { exerciseWork } from './cluster-work.ts';

export function exerciseCluster(name: string, make: () => Promise<ClusterHome>): void {
  describe(`cluster store: ${name}`, () => {
    let home: ClusterHome;
    let cluster: ClusterStore;
    beforeEach(async () => {
      home = await make();
      cluster = await home.open();
    });
    afterEach(async () => {
      await cluster.close();
      await home.remove();
    });
    const parts = [() => home, () => cluster] as const;
    exerciseNodes(...parts);
    exerciseWork(...parts);
    exerciseGivingBack(() => cluster);
    exerciseLanes(...parts);
    exerciseLosses(...parts);
    exerciseClusterAtRandom(() => home);
  });
}
