/**
 * What setting a limit will do, in sentences that can be defended: by how much it changes, what may
 * start at once, what holds it up besides, and when the jobs that wait for it end. Pure.
 */
import { formatDuration } from '../base/duration.ts';
import { type Blockage, type LaneLimits, laneKind, laneName } from '../model/lane.ts';
import { count, rate } from './job-words.ts';

/** A job of which less waits for the lane is held up by something else as well. */
const MOST = 0.8;

export interface LimitNow {
  readonly lane: Blockage['lane'];
  readonly slots: number | undefined;
  readonly perSecond: number | undefined;
  readonly inUse: number;
  readonly waiting: number;
  readonly blocked: Blockage['reason'] | undefined;
  /** Wall time, ms, until which it is closed. */
  readonly untilMs: number | undefined;
  readonly limits: LaneLimits;
}

/** A running job whose rows wait for the lane. */
export interface WaitingJob {
  readonly id: string;
  readonly name: string;
  /** Rows of it that wait for the lane. */
  readonly waiting: number;
  /** Rows of it without an end. */
  readonly open: number;
  /** Time left, ms, as it is told now. */
  readonly etaMs: readonly [number, number] | undefined;
}

export interface JobEnd {
  readonly jobId: string;
  readonly name: string;
  readonly beforeMs?: readonly [low: number, high: number];
  readonly afterMs?: readonly [low: number, high: number];
  /** Where no end can be told, or under which condition it holds. */
  readonly words: string;
}

export interface LimitPreview {
  readonly words: readonly string[];
  readonly ends: readonly JobEnd[];
}

export function previewLimit(
  now: LimitNow,
  then: LaneLimits,
  jobs: readonly WaitingJob[],
): LimitPreview {
  const slots = slotsOf(then, now);
  const perSecond = rateOf(then);
  const words = [changeWords(now, then), ...effectWords(now, slots, perSecond)];
  // A job uses fewer than it may where other limits hold it up.
  const from = isJob(now) ? Math.max(1, now.inUse) : (now.slots ?? slots);
  const change = { from, to: slots, perSecond };
  return { words, ends: jobs.map((job) => endOf(job, now, change)) };
}

function changeWords(now: LimitNow, then: LaneLimits): string {
  const name = `${laneKind(now.lane).replaceAll('-', ' ')} ${laneName(now.lane)}`;
  const parts: string[] = [];
  const before = now.slots === undefined ? atOnce(now.limits) : count(now.slots);
  const after = atOnce(then);
  if (before !== after) parts.push(`${before} → ${after} at once`);
  const from = now.perSecond === undefined ? rateWords(now.limits) : rate(now.perSecond);
  const to = rateWords(then);
  if (from !== to) parts.push(`${from} → ${to}`);
  return parts.length === 0 ? `${name}: nothing changes.` : `${name}: ${parts.join(', ')}.`;
}

function atOnce({ concurrency }: LaneLimits): string {
  if (typeof concurrency === 'number') return count(concurrency);
  return `learned, ${count(concurrency.min)} to ${count(concurrency.max)}`;
}

function rateWords({ rate: pace }: LaneLimits): string {
  if (pace === 'none') return 'no rate';
  return pace === 'learned' ? 'a rate that is learned' : rate(pace.perSecond);
}

function slotsOf({ concurrency }: LaneLimits, now: LimitNow): number {
  if (typeof concurrency === 'number') return concurrency;
  const { min, max, start } = concurrency;
  const learned = typeof now.limits.concurrency === 'number' ? start : (now.slots ?? start);
  return Math.min(max, Math.max(min, learned));
}

function rateOf({ rate: pace }: LaneLimits): number | undefined {
  return typeof pace === 'object' ? pace.perSecond : undefined;
}

function effectWords(
  now: LimitNow,
  slots: number,
  perSecond: number | undefined,
): readonly string[] {
  const { inUse, waiting, blocked, untilMs } = now;
  const words: string[] = [];
  if (inUse > slots) {
    words.push(
      `${count(inUse - slots)} of the ${count(inUse)} that run end first; nothing is interrupted.`,
    );
  }
  if (waiting === 0) {
    if (!isJob(now)) words.push('No row waits for it now.');
  } else if (blocked === 'rest' || blocked === 'breaker') {
    const why = blocked === 'rest' ? 'It was asked to rest' : 'It does not answer';
    const until =
      untilMs === undefined ? '' : ` until ${new Date(untilMs).toISOString().slice(11, 19)} UTC`;
    words.push(`${why}${until}: before that nothing starts, whatever is set.`);
  } else if (perSecond !== undefined) {
    const leastMs = ((waiting - 1) * 1_000) / perSecond;
    const least = formatDuration(Math.max(1, Math.round(leastMs / 1_000)) * 1_000);
    words.push(`${rows(waiting)} wait: at ${rate(perSecond)} they take ${least} at least.`);
  } else if (slots > inUse) {
    const sooner = Math.min(waiting, slots - inUse);
    words.push(`${count(sooner)} of ${rows(waiting)} that wait may start at once.`);
  } else if (now.slots !== undefined && slots < now.slots) {
    words.push(`${rows(waiting)} wait, and will wait longer.`);
  }
  return words;
}

function endOf(
  { id, name, waiting, open, etaMs }: WaitingJob,
  now: LimitNow,
  change: { readonly from: number; readonly to: number; readonly perSecond: number | undefined },
): JobEnd {
  const job = { jobId: id, name, ...(etaMs && { beforeMs: etaMs }) };
  const leastMs =
    change.perSecond === undefined ? 0 : ((waiting - 1) * 1_000) / Math.max(1e-6, change.perSecond);
  if (!isJob(now) && waiting < MOST * open) {
    return { ...job, words: 'Most of it does not wait here: when it ends cannot be said.' };
  }
  const { blocked } = now;
  if (etaMs === undefined) return { ...job, words: 'Its end is not known so far.' };
  if (blocked === 'rest' || blocked === 'breaker') {
    return { ...job, words: 'Its end depends on when the other side answers again.' };
  }
  // More of what does not bind makes nothing quicker.
  const binds = change.to < change.from || blocked === 'concurrency';
  const factor = binds ? change.from / change.to : 1;
  const [low, high] = etaMs.map((ms) => Math.max(leastMs, ms * factor)) as [number, number];
  if (factor === 1 && leastMs <= etaMs[0]) {
    return { ...job, afterMs: etaMs, words: 'Its end stays as it is.' };
  }
  // More at once may also make the other side slower: then it stays as it is.
  const afterMs: [number, number] = factor < 1 ? [low, Math.max(etaMs[1], leastMs)] : [low, high];
  return { ...job, afterMs, words: 'If the other side answers as quickly as now.' };
}

function isJob({ lane }: LimitNow): boolean {
  return laneKind(lane) === 'job';
}

function rows(value: number): string {
  return `${count(value)} ${value === 1 ? 'row' : 'rows'}`;
}
