/** The store of a cluster, with what is told of its use to whoever observes the node. */
import type { Clock } from '../base/clock.ts';
import type { ClusterStore } from '../store/cluster-store.ts';
import type { EngineObserver } from './observer.ts';

export function withObserver(
  cluster: ClusterStore,
  clock: Clock,
  observer: () => EngineObserver | undefined,
): ClusterStore {
  const methods: Partial<ClusterStore> = {
    async claim(fence, ask) {
      const startedMs = clock.monoMs();
      const claim = await cluster.claim(fence, ask);
      observer()?.claimed?.(claim.shards.length, clock.monoMs() - startedMs);
      return claim;
    },
    async askLoans(fence, asks) {
      const ids = await cluster.askLoans(fence, asks);
      observer()?.loans?.('asked', ids.length);
      return ids;
    },
    async grantLoans(fence, ids) {
      await cluster.grantLoans(fence, ids);
      observer()?.loans?.('granted', ids.length);
    },
  };
  return new Proxy(cluster, {
    get(target, name: keyof ClusterStore) {
      const value = methods[name] ?? target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
