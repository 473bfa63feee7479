/** What a job waits for, in words: the same in every display and in the API. */
import { openTasks } from '../model/job.ts';
import { type Blockage, laneKind, laneName, ROWS_PER_DAY, TURN_LANE } from '../model/lane.ts';
import type { Progress } from './progress.ts';

/** Made at its first use: it takes several milliseconds. */
let grouping: Intl.NumberFormat | undefined;

/** A point in time by both clocks, ms: what is monotonic is shown as wall time. */
export interface Moment {
  readonly nowMs: number;
  readonly wallMs: number;
}

export interface Standing extends Moment {
  readonly progress: Pick<Progress, 'running' | 'counters'>;
  readonly blockages: readonly Blockage[];
  /** Wall time, ms, at which the next waiting task is due. */
  readonly nextDueMs: number | undefined;
  /** Why it is paused, where nobody asked for that. */
  readonly pausedFor?: string;
}

/** How a wall time is written. */
export type TimeWords = (wallMs: number) => string;

export function count(value: number): string {
  grouping ??= new Intl.NumberFormat('en-US');
  return grouping.format(value);
}

/** `1 row`, `12,480 rows` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function rate(perSecond: number): string {
  if (perSecond >= 10) return `${count(Math.round(perSecond))}/s`;
  if (perSecond >= 0.1) return `${perSecond.toFixed(1)}/s`;
  return perSecond === 0 ? '0/s' : `${(perSecond * 60).toFixed(1)}/min`;
}

/** Between two readings of clocks, one of them in whole milliseconds. */
const CLOCKS_MS = 5;

/** What waits for a moment is not told a second that is over before it. */
function wholeSecond(wallMs: number): number {
  return Math.ceil((wallMs - CLOCKS_MS) / 1_000) * 1_000;
}

/** `14:05:03`, where this process runs. */
export function clockTime(wallMs: number): string {
  const date = new Date(wholeSecond(wallMs));
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/** `14:05:03 UTC`, for readers who may be anywhere. */
export function utcTime(wallMs: number): string {
  return `${new Date(wholeSecond(wallMs)).toISOString().slice(11, 19)} UTC`;
}

/** Wall time, ms, at which it will be tried again; undefined = when a slot is freed. */
export function blockedUntilMs({ wakeAtMs }: Blockage, moment: Moment): number | undefined {
  if (wakeAtMs === undefined) return undefined;
  return moment.wallMs + Math.max(0, wakeAtMs - moment.nowMs);
}

/** `host example.com: asked for rest until 14:05:03, 188 waiting`. */
export function blockage(blocked: Blockage, moment: Moment, time: TimeWords = clockTime): string {
  const untilMs = blockedUntilMs(blocked, moment);
  const until = untilMs === undefined ? '' : time(untilMs);
  if (laneKind(blocked.lane) === ROWS_PER_DAY) {
    return `the next day of tenant ${laneName(blocked.lane)} (${until}): its rows of today are used up`;
  }
  if (blocked.lane === TURN_LANE) {
    return `its turn: ${count(blocked.inUse)} of at most ${count(blocked.slots)} jobs run`;
  }
  if (blocked.accounts) return accountWait(blocked, blocked.accounts, until);
  const where = `${laneKind(blocked.lane)} ${laneName(blocked.lane)}`;
  const why = {
    concurrency: `${blocked.inUse} of ${blocked.slots} slots in use`,
    rate: `limited to ${rate(blocked.perSecond ?? 0)}, next at ${until}`,
    rest: `asked for rest until ${until}`,
    breaker: `does not answer, tried again at ${until}`,
  }[blocked.reason];
  return `${where}: ${why}, ${count(blocked.waiting)} waiting`;
}

/** `account x: all 3 rest until 14:05:03, 188 waiting` */
function accountWait(
  { waiting }: Blockage,
  { service, tenant, why, count: of, detail }: NonNullable<Blockage['accounts']>,
  until: string,
): string {
  const words = {
    none: `tenant ${tenant} has none ${detail === undefined ? 'yet' : `to work with: ${detail}`}`,
    resting: `${of === 1 ? 'the only one rests' : `all ${of} rest`} until ${until}`,
    busy: `${of} in use`,
  }[why];
  return `account ${service}: ${words}, ${count(waiting)} waiting`;
}

/** What the job waits for where nothing runs; undefined while it moves. */
export function standstill(standing: Standing, time: TimeWords = clockTime): string | undefined {
  const { progress, nextDueMs, pausedFor } = standing;
  if (progress.running > 0) return undefined;
  if (pausedFor !== undefined) return `Paused: ${pausedFor}`;
  // Also where all tasks have ended: the plan itself may wait.
  const first = standing.blockages[0];
  if (first) return `Waiting for ${blockage(first, standing, time)}`;
  if (openTasks(progress.counters) === 0) return undefined;
  if (progress.counters.waiting > 0 && nextDueMs !== undefined) {
    const { waiting } = progress.counters;
    const rows = waiting === 1 ? '1 row is' : `${count(waiting)} rows are`;
    return `Waiting: ${rows} tried again, the next at ${time(nextDueMs)}`;
  }
  return undefined;
}
