/** Reads the text meant for Prometheus: sums over labels, and what moved between two looks. */

/** Sums by name, over all labels. */
export type Metrics = ReadonlyMap<string, number>;

export function parseMetrics(text: string): Metrics {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = /^(\w+)(?:\{.*\})? (\S+)/.exec(line) ?? [];
    const number = Number(value);
    if (name !== '' && Number.isFinite(number)) sums.set(name, (sums.get(name) ?? 0) + number);
  }
  return sums;
}

export function total(metrics: Metrics, name: string): number {
  return metrics.get(name) ?? 0;
}

export function perSecond(before: Metrics, now: Metrics, name: string, ms: number): number {
  return ms <= 0 ? 0 : (Math.max(0, total(now, name) - total(before, name)) * 1_000) / ms;
}

/** Mean of a histogram since `before`, or of all time where nothing came since. */
export function mean(before: Metrics | undefined, now: Metrics, name: string): number | undefined {
  const since = (part: string) => {
    const key = `${name}_${part}`;
    return total(now, key) - (before === undefined ? 0 : total(before, key));
  };
  if (since('count') > 0) return since('sum') / since('count');
  const count = total(now, `${name}_count`);
  return count > 0 ? total(now, `${name}_sum`) / count : undefined;
}
