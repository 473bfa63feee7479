/** Under which names the nodes of a cluster hold accounts: of one stay in the cluster each. */
import type { ClusterStore, Fence } from '../store/cluster-store.ts';

export interface LeaseHolders {
  readonly mine: string;
  /** Those that have their place at present. */
  alive(): Promise<ReadonlySet<string>>;
}

export function leaseHolders(cluster: Pick<ClusterStore, 'nodes'>, fence: Fence): LeaseHolders {
  return {
    mine: holderOf(fence),
    async alive() {
      const nodes = await cluster.nodes();
      return new Set(nodes.map((node) => holderOf(node.fence)));
    },
  };
}

function holderOf(fence: Fence): string {
  return `node ${fence}`;
}
