/** Metrics of the pools of workers of this process. Clearing what a person looks at leaves them. */
import type { PoolBook } from '../workers/pool-book.ts';
import type { Metrics } from './metrics.ts';

export function watchPools(metrics: Metrics, book: PoolBook): void {
  metrics.gauge(
    'pool_workers',
    'Workers of a pool that are there.',
    ['kind', 'runner'],
    (gauge) => {
      for (const { kind, runner, size } of book.read().pools) gauge.set({ kind, runner }, size);
    },
  );
  metrics.gauge('pool_tasks', 'Work of a pool that runs or waits.', ['kind', 'state'], (gauge) => {
    for (const { kind, active, waiting } of book.meters) {
      gauge.set({ kind, state: 'running' }, active);
      gauge.set({ kind, state: 'waiting' }, waiting);
    }
  });
  const each = ['kind', 'outcome'];
  metrics.total('pool_ended_total', 'Work of a pool that has ended.', each, (total) => {
    for (const { kind, totals } of book.meters) {
      total.inc({ kind, outcome: 'completed' }, totals.completed);
      total.inc({ kind, outcome: 'failed' }, totals.failed);
    }
  });
  metrics.total('pool_seconds_total', 'Time that work of a pool took.', ['kind'], (total) => {
    for (const { kind, totals } of book.meters) total.inc({ kind }, totals.tookMs / 1_000);
  });
  metrics.total(
    'pool_degraded_total',
    'Work done without a worker, since none could start.',
    ['kind'],
    (total) => {
      for (const { kind, degraded } of book.meters) total.inc({ kind }, degraded);
    },
  );
}
