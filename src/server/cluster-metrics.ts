/**
 * Metrics of one of several nodes. All but one are of this node alone, so that they may be added up
 * over the nodes; the nodes themselves are counted by everybody who serves, and are not.
 */
import type { ClusterEngine } from '../engine/cluster-engine.ts';
import type { Metrics } from './metrics.ts';

export function watchNode(metrics: Metrics, engine: ClusterEngine, serves: boolean): void {
  metrics.gauge('node_lease', 'Whether this node has its place in the cluster.', [], (gauge) => {
    gauge.set(engine.holds ? 1 : 0);
  });
  metrics.gauge(
    'node_holds',
    'What this node holds: shards of jobs, tasks of them in memory, slices of lanes, leads of jobs.',
    ['what'],
    (gauge) => {
      for (const [what, count] of Object.entries(engine.holdings)) gauge.set({ what }, count);
    },
  );
  if (!serves) return;
  metrics.gauge(
    'cluster_nodes',
    'All nodes of the cluster, the same on each server: do not add them up.',
    ['kind', 'state'],
    (gauge) => {
      for (const { node } of engine.nodes) {
        const state = node.leaseMs < 0 ? 'silent' : node.draining ? 'draining' : 'working';
        gauge.inc({ kind: node.kind, state });
      }
    },
  );
}
