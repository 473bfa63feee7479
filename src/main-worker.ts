/** Puts together what a worker says of itself by HTTP. */
import type { EngineSession, WorkerHealth } from './cli/workbench.ts';
import type { BenchParts } from './main-parts.ts';
import { version } from './main-version.ts';
import { watchNode } from './server/cluster-metrics.ts';
import { HealthServer } from './server/health-server.ts';
import { Metrics } from './server/metrics.ts';
import { observers } from './server/observers.ts';
import { watchPools } from './server/pool-metrics.ts';
import { tracingObserver } from './server/tracing.ts';

export function openHealth(
  { clock, pools }: Pick<BenchParts, 'clock' | 'pools'>,
  { engine, cluster }: EngineSession,
): WorkerHealth {
  const metrics = new Metrics();
  metrics.watch(engine, cluster?.engine);
  watchPools(metrics, pools);
  if (cluster) watchNode(metrics, cluster.engine, false);
  engine.observe(observers(metrics, tracingObserver(clock, version())));
  let draining = false;
  const server = new HealthServer({
    version: version(),
    ready: () => !draining && (cluster?.engine.holds ?? true),
    metrics: () => metrics.text(),
  });
  return {
    listen: (host, port) => server.listen(host, port),
    drain() {
      draining = true;
    },
    close: () => server.close(),
  };
}
