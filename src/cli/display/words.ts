/** Numbers and states in words, the same in every display. */
import { formatDuration } from '../../base/duration.ts';
import type { EtaLimit, Progress } from '../../engine/progress.ts';
import { openTasks } from '../../model/job.ts';
import { type Blockage, laneKind, laneName } from '../../model/lane.ts';
import type { FailureGroup } from '../../store/store.ts';
import type { JobView, Summary } from './display.ts';

const GROUPING = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return GROUPING.format(value);
}

export function rate(perSecond: number): string {
  if (perSecond >= 10) return `${count(Math.round(perSecond))}/s`;
  if (perSecond >= 0.1) return `${perSecond.toFixed(1)}/s`;
  return perSecond === 0 ? '0/s' : `${(perSecond * 60).toFixed(1)}/min`;
}

/** `12,480 / 18,204`, or `12,480 of at least 18,204` while rows are still being planned. */
export function done(progress: Progress): string {
  const { counters } = progress;
  const ended = counters.tasks - openTasks(counters);
  return `${count(ended)} ${progress.planned ? '/' : 'of at least'} ${count(counters.tasks)}`;
}

export function share(progress: Progress): number | undefined {
  const { counters, planned } = progress;
  if (!planned || counters.tasks === 0) return undefined;
  return (counters.tasks - openTasks(counters)) / counters.tasks;
}

/**
 * `ETA 9 to 14 min`, `ETA 8 min (host slow.test, 1.0/s)` where that limit is what the end waits
 * for, `ETA estimating`, or nothing once nothing is left.
 */
export function eta({ counters, planned, etaMs, etaLimit }: Progress): string {
  if (openTasks(counters) === 0 && planned) return '';
  const because = etaLimit === undefined ? '' : ` (${limitName(etaLimit)})`;
  if (!etaMs)
    return etaLimit ? `ETA at least ${seconds(etaLimit.leastMs)}${because}` : 'ETA estimating';
  const [low, high] = etaMs.map(seconds);
  return low === high ? `ETA ${low}${because}` : `ETA ${low} to ${high}${because}`;
}

function seconds(ms: number): string {
  return formatDuration(Math.max(1, Math.round(ms / 1_000)) * 1_000);
}

function limitName({ lane, perSecond }: EtaLimit): string {
  const name = `${laneKind(lane)} ${laneName(lane)}`;
  return perSecond === undefined ? name : `${name}, ${rate(perSecond)}`;
}

export function clockTime(wallMs: number): string {
  const date = new Date(wallMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `host example.com: asked for rest until 14:05:03, 188 waiting`. */
export function blockage(blocked: Blockage, view: JobView): string {
  const wakeInMs = blocked.wakeAtMs === undefined ? undefined : blocked.wakeAtMs - view.nowMs;
  const until = wakeInMs === undefined ? '' : clockTime(view.wallMs + Math.max(0, wakeInMs));
  const where = `${laneKind(blocked.lane)} ${laneName(blocked.lane)}`;
  const why = {
    concurrency: `${blocked.inUse} of ${blocked.slots} slots in use`,
    rate: `limited to ${rate(blocked.perSecond ?? 0)}, next at ${until}`,
    rest: `asked for rest until ${until}`,
    breaker: `does not answer, tried again at ${until}`,
  }[blocked.reason];
  return `${where}: ${why}, ${count(blocked.waiting)} waiting`;
}

/** What the job waits for where nothing runs; undefined while it moves. */
export function standstill(view: JobView): string | undefined {
  const { progress } = view;
  if (progress.running > 0 || openTasks(progress.counters) === 0) return undefined;
  const first = view.blockages[0];
  if (first) return `Waiting for ${blockage(first, view)}`;
  if (progress.counters.waiting > 0 && view.nextDueMs !== undefined) {
    const at = clockTime(view.nextDueMs);
    return `Waiting: ${count(progress.counters.waiting)} rows are tried again, the next at ${at}`;
  }
  return undefined;
}

/** One line at the end. What the rows have become adds up to their number. */
export function summaryLine(summary: Summary): string {
  const parts = [
    `${count(summary.rows)} rows: ${count(summary.completed)} done`,
    `${count(summary.failed)} failed`,
    ...(summary.cancelled > 0 ? [`${count(summary.cancelled)} cancelled`] : []),
    ...(summary.open > 0 ? [`${count(summary.open)} left`] : []),
    ...(summary.duplicates > 0 ? [`${count(summary.duplicates)} like an earlier row`] : []),
    `${count(summary.records)} records`,
  ];
  const word = summary.state[0]?.toUpperCase() + summary.state.slice(1);
  return `${word} in ${formatDuration(summary.durationMs)}. ${parts.join(', ')}.`;
}

/** `  7  http.404  The page is not there (gone)`, most frequent first. */
export function failureLines(
  groups: readonly FailureGroup[],
  most: number,
  more: (group: FailureGroup) => string = () => '',
): string[] {
  const width = count(groups[0]?.count ?? 0).length;
  const lines = groups.slice(0, most).map((group) => {
    const { code, message } = group.sample;
    return `  ${count(group.count).padStart(width)}  ${code}  ${message}${more(group)}`;
  });
  if (groups.length > most) lines.push(`  and ${groups.length - most} more kinds of failure`);
  return lines;
}
