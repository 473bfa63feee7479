/** What a task manager has done, as Prometheus reads it. */
import type { KindMetrics, TaskMetrics } from './task-metrics.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [suffix: string, labels: Labels, value: number];

/**
 * A text for `GET /metrics` of a program of yours. `labels` are added to every sample: give each
 * task manager of a process a name of its own there. Counters begin anew with `clear()`.
 */
export function prometheusText(metrics: TaskMetrics, labels: Labels = {}): string {
  const kinds = Object.entries(metrics.kinds);
  const each = (samples: (kind: KindMetrics) => readonly Sample[]): readonly Sample[] =>
    kinds.flatMap(([kind, of]) =>
      samples(of).map(([suffix, own, value]) => [suffix, { kind, ...own }, value] as const),
    );
  const ended = ({ completed, failed, cancelled }: KindMetrics): readonly Sample[] => [
    ['', { outcome: 'completed' }, completed],
    ['', { outcome: 'failed' }, failed],
    ['', { outcome: 'cancelled' }, cancelled],
  ];
  const took = ({ completed, failed, ...times }: KindMetrics): readonly Sample[] => [
    ['', { quantile: '0.5' }, times.p50Ms / 1_000],
    ['', { quantile: '0.95' }, times.p95Ms / 1_000],
    ['', { quantile: '0.99' }, times.p99Ms / 1_000],
    ['_sum', {}, (times.averageMs * (completed + failed)) / 1_000],
    ['_count', {}, completed + failed],
  ];
  const families: readonly (readonly [string, string, string, readonly Sample[]])[] = [
    ['tasks_active', 'gauge', 'Tasks that run.', each(({ active }) => [['', {}, active]])],
    ['tasks_waiting', 'gauge', 'Tasks that wait, of all kinds.', [['', {}, metrics.waiting]]],
    ['tasks_ended_total', 'counter', 'Tasks that have ended.', each(ended)],
    [
      'tasks_retried_total',
      'counter',
      'Attempts that were followed by another.',
      each(({ retried }) => [['', {}, retried]]),
    ],
    [
      'tasks_degraded_total',
      'counter',
      'Calls made inline because no thread or process could start.',
      [['', {}, metrics.degraded]],
    ],
    ['task_seconds', 'summary', 'Last attempts of tasks, from start to end.', each(took)],
  ];
  return families
    .filter(([, , , samples]) => samples.length > 0)
    .flatMap(([name, type, help, samples]) => {
      const lines = samples.map(([suffix, own, value]) => {
        return `sluice_${name}${suffix}${labelled({ ...labels, ...own })} ${value}`;
      });
      return [`# HELP sluice_${name} ${help}`, `# TYPE sluice_${name} ${type}`, ...lines, ''];
    })
    .filter((line) => line !== '')
    .join('\n')
    .concat('\n');
}

function labelled(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
