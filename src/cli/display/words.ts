/** Numbers and states in words, the same in every display. */
import { formatDuration } from '../../base/duration.ts';
import { count, counted, rate } from '../../engine/job-words.ts';
import type { EtaLimit, Progress } from '../../engine/progress.ts';
import { openTasks } from '../../model/job.ts';
import { type Blockage, laneKind, laneName } from '../../model/lane.ts';
import type { FailureGroup } from '../../store/store.ts';
import { addAccountCommand, testAccountCommand } from '../next-command.ts';
import type { Summary } from './display.ts';

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

/** What helps a job that waits for accounts: `Add one: sluice accounts add x NAME`. */
export function accountAdvice(
  blockages: readonly Blockage[],
  flags: Readonly<Record<string, unknown>>,
): string | undefined {
  const waits = blockages.flatMap(({ accounts }) => accounts ?? []);
  const none = waits.find(({ why }) => why === 'none');
  const wait = none ?? waits.find(({ why }) => why === 'resting');
  if (wait === undefined) return undefined;
  const add = addAccountCommand(wait.service, flags);
  if (none === undefined) return `Another one helps at once: ${add}`;
  if (none.detail === undefined) return `Add one: ${add}`;
  return `Once that is mended: ${testAccountCommand(flags)}; or add another: ${add}`;
}

/** One line at the end. What the rows have become adds up to their number. */
export function summaryLine(summary: Summary): string {
  const parts = [
    `${counted(summary.rows, 'row')}: ${count(summary.completed)} done`,
    `${count(summary.failed)} failed`,
    ...(summary.cancelled > 0 ? [`${count(summary.cancelled)} cancelled`] : []),
    ...(summary.open > 0 ? [`${count(summary.open)} left`] : []),
    ...(summary.duplicates > 0 ? [`${count(summary.duplicates)} like an earlier row`] : []),
    counted(summary.records, 'record'),
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
