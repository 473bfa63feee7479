/**
 * What is said in words: whether it moves, when it is done, what it waits for. Pure, so that it is
 * tested without a browser.
 */
import type {
  AccountWait,
  Counters,
  Failure,
  Job,
  Lane,
  Overview,
  Progress,
  Wait,
} from './wire.ts';

const GROUPING = new Intl.NumberFormat('en-US');

/** `18,204`: never rounded. */
export function count(value: number): string {
  return GROUPING.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function rate(perSecond: number): string {
  if (perSecond >= 10) return `${count(Math.round(perSecond))}/s`;
  if (perSecond >= 0.1) return `${perSecond.toFixed(1)}/s`;
  return perSecond === 0 ? '0/s' : `${(perSecond * 60).toFixed(1)}/min`;
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1_024 && unit < units.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `40 s`, `9 min`, `1 h 20 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** `12 s ago`, `in 4 min`, `now`. */
export function relative(ms: number, nowMs: number): string {
  const away = ms - nowMs;
  if (Math.abs(away) < 1_500) return 'now';
  return away > 0 ? `in ${duration(away)}` : `${duration(-away)} ago`;
}

/** `14:05`, with the day where it is another one; `seconds` for what is near. */
export function clockTime(ms: number, nowMs: number, seconds = false): string {
  const date = new Date(ms);
  const parts = [date.getHours(), date.getMinutes(), ...(seconds ? [date.getSeconds()] : [])];
  const time = parts.map((part) => String(part).padStart(2, '0')).join(':');
  if (date.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** Absolute, by both clocks: `2026-11-22 14:05:03 UTC (15:05:03 here)`. */
export function absolute(ms: number): string {
  const utc = new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const here = new Date(ms);
  const parts = [here.getHours(), here.getMinutes(), here.getSeconds()];
  return `${utc} UTC (${parts.map((part) => String(part).padStart(2, '0')).join(':')} here)`;
}

const NEARLY_MS = 5_000;

/** `9 to 14 min left, done between 14:05 and 14:10`; undefined = not defensible. */
export function etaWords(progress: Progress, nowMs: number): string | undefined {
  const { etaMs, state } = progress;
  if (etaMs === undefined || state !== 'running') return undefined;
  // The end is not known to the millisecond.
  const low = Math.max(1_000, etaMs.low);
  const high = Math.max(1_000, etaMs.high);
  if (high <= NEARLY_MS) return 'a few seconds left';
  const from = clockTime(nowMs + low, nowMs);
  const to = clockTime(nowMs + high, nowMs);
  return from === to
    ? `${spanWords(low, high)} left, done at about ${to}`
    : `${spanWords(low, high)} left, done between ${from} and ${to}`;
}

/** `9 to 14 min`; one value where both are told alike. */
export function spanWords(low: number, high: number): string {
  const [from, to] = [duration(low), duration(high)];
  if (from === to) return from;
  const [fromNumber, fromUnit] = from.split(' ');
  const same = to.split(' ').length === 2 && from.split(' ').length === 2;
  return same && to.endsWith(` ${fromUnit}`) ? `${fromNumber} to ${to}` : `${from} to ${to}`;
}

/** `host example.com`; kinds are words already. */
export function laneWords(kind: string, name: string): string {
  if (kind === 'node') return 'this node';
  return `${kind.replaceAll('-', ' ')} ${name}`;
}

/** `host example.com: asked for rest until 14:05:03 (in 40 s), 188 rows waiting`. */
export function waitWords(wait: Wait, nowMs: number): string {
  const { kind, name, reason, waiting, inUse, slots, perSecond, untilMs, accounts } = wait;
  const until =
    untilMs === undefined
      ? 'a slot is free'
      : `${clockTime(untilMs, nowMs, true)} (${relative(untilMs, nowMs)})`;
  if (kind === 'rows-per-day') {
    return `the next day of tenant ${name}, ${until}: its rows of today are used up`;
  }
  if (kind === 'turn') return `its turn: ${count(inUse)} of at most ${count(slots ?? 0)} jobs run`;
  if (accounts !== undefined) {
    const rest = accounts.why === 'resting' ? ` until ${until}` : '';
    return `account ${accounts.service}: ${accountWords(accounts)}${rest}, ${plural(waiting, 'row')} waiting`;
  }
  const why = {
    concurrency: `${count(inUse)} of ${slots === null ? '∞' : count(slots)} slots in use`,
    rate: `limited to ${rate(perSecond ?? 0)}${untilMs === undefined ? '' : `, next ${relative(untilMs, nowMs)}`}`,
    rest: `asked for rest until ${until}`,
    breaker: `does not answer, tried again at ${until}`,
  }[reason];
  return `${laneWords(kind, name)}: ${why}, ${plural(waiting, 'row')} waiting`;
}

function accountWords({ tenant, why, count: of, detail }: AccountWait): string {
  if (why === 'none') {
    return `tenant ${tenant} has none ${detail === undefined ? 'yet' : `to work with: ${detail}`}`;
  }
  if (why === 'busy') return `${count(of)} in use`;
  return of === 1 ? 'the only one rests' : `all ${count(of)} rest`;
}

/** What holds a limit shut, where it is no other side's doing; undefined = its state's own word. */
export function shutWords({ kind, blocked, accounts }: Lane): string | undefined {
  if (kind === 'rows-per-day') return 'used up for today';
  if (blocked !== 'rest' || kind !== 'accounts') return undefined;
  return accounts === undefined ? 'no account is ready' : accountWords(accounts);
}

/** The state of a wait in few words, where nobody asked for that rest; undefined = its own word. */
export function waitStateWords({ kind, reason, accounts }: Wait): string | undefined {
  if (kind === 'rows-per-day') return 'used up for today';
  if (reason !== 'rest' || accounts === undefined) return undefined;
  return accounts.why === 'none' ? 'no account' : undefined;
}

export function ended({ completed, discarded, cancelled }: Counters): number {
  return completed + discarded + cancelled;
}

export function openRows(counters: Counters): number {
  return counters.tasks - ended(counters);
}

/** `12,480 of 18,204 rows`; of a plan that is not final, what is known so far. */
export function doneWords({ counters, planned }: Pick<Job, 'counters' | 'planned'>): string {
  const done = count(ended(counters));
  if (planned) return `${done} of ${plural(counters.tasks, 'row')}`;
  return `${done} rows done, at least ${count(counters.tasks)} so far`;
}

export interface Standing {
  readonly job: Job;
  readonly progress: Progress;
  /** Why nothing of it runs, as the server says it; undefined while something does. */
  readonly still: string | undefined;
  readonly wait: Wait | undefined;
}

/** The first line of a job: moving or not, until when, and what it waits for. */
export function jobHeadline({ job, progress, still, wait }: Standing, nowMs: number): string {
  const { counters, state } = job;
  const left = openRows(counters);
  switch (state) {
    case 'running': {
      if (job.shown === 'waiting') {
        if (wait !== undefined) return `Waiting for ${waitWords(wait, nowMs)}.`;
        return still === undefined ? 'Waiting.' : `${still}.`;
      }
      if (!job.planned && counters.tasks === 0) return 'Starting: the input is being read.';
      const speed = progress.perSecond;
      const pace = speed === undefined ? '' : `, ${rate(speed)}`;
      const eta = etaWords(progress, nowMs) ?? (job.planned ? 'estimating the end' : undefined);
      return `Moving: ${doneWords(job)}${pace}${eta === undefined ? '' : `, ${eta}`}.`;
    }
    case 'paused':
      return `Paused: ${doneWords(job)}. Nothing moves until it is resumed.`;
    case 'completed':
      return `Done in ${duration(job.activeMs)}: ${plural(counters.tasks, 'row')}, ${failedWords(counters)}, ${plural(counters.records, 'record')}.`;
    case 'failed':
      return `Failed: ${sentence(job.failure)} ${left === 0 ? '' : `${plural(left, 'row')} left.`}`.trim();
    default:
      return `Cancelled: ${count(counters.completed)} of ${plural(counters.tasks, 'row')} had been done.`;
  }
}

function failedWords({ discarded }: Counters): string {
  return discarded === 0 ? 'none failed' : `${count(discarded)} failed`;
}

function sentence(failure: Failure | undefined): string {
  const text = failure?.message ?? 'nobody knows why';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/**
 * The first line of all: `6 jobs running, 412 rows/s, 2 waiting on limits, 1 needs you`, or, where
 * nothing moves, that and why.
 */
export function nowHeadline(
  overview: Pick<Overview, 'running' | 'needs'>,
  paused: number,
  nowMs: number,
  /** Accounts that were set aside. */
  aside = 0,
): string {
  const { running, needs } = overview;
  const words: string[] = [];
  const stuck = running.filter(({ job }) => job.shown === 'waiting');
  const waiting = stuck.length === 0 ? undefined : stuckWords(stuck, nowMs);
  if (running.length === 0) words.push('Nothing runs');
  else if (stuck.length === running.length) words.push(`Nothing moves: ${waiting}`);
  else {
    const perSecond = running.reduce((sum, { progress }) => sum + (progress.perSecond ?? 0), 0);
    words.push(`${plural(running.length, 'job')} running`);
    words.push(rate(perSecond).replace('/', ' rows/'));
    if (waiting !== undefined) words.push(waiting);
  }
  if (paused > 0) words.push(`${paused} paused`);
  const need = needs.length + aside;
  const verb = need === 1 ? 'needs' : 'need';
  words.push(need === 0 ? 'nothing needs you' : `${need} ${verb} you`);
  return `${words.join(', ')}.`;
}

/** `1 waiting on host a.example until 14:05`, `3 waiting on limits`. */
function stuckWords(stuck: Overview['running'], nowMs: number): string {
  const [first] = stuck;
  const wait = first?.wait;
  if (stuck.every((each) => each.wait?.kind === 'turn')) {
    return `${stuck.length} waiting for ${stuck.length === 1 ? 'its' : 'their'} turn`;
  }
  if (stuck.length > 1) return `${stuck.length} waiting on limits`;
  if (wait === undefined) return '1 waiting to try rows again';
  const { kind, name, untilMs, accounts } = wait;
  const until = untilMs === undefined ? '' : ` until ${clockTime(untilMs, nowMs)}`;
  if (accounts !== undefined) return `1 waiting for an account of ${accounts.service}${until}`;
  return `1 waiting on ${laneWords(kind, shown(name, 60))}${until}`;
}

/** Text of any origin, bounded and with nothing invisible: what it is, not what it does. */
export function shown(text: string, max: number): string {
  const plain = text.slice(0, max + 1).replace(
    // Controls, and marks that turn the direction of what follows.
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (text.length <= max) return plain;
  return `${plain.slice(0, max)}… (${count(text.length)} characters)`;
}

/** A value of a record or an input as one line of text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) {
    return value.map(String).join(', ');
  }
  if (typeof value !== 'object') return String(value);
  // Most inputs have one field: its name says nothing that the value does not.
  const [first, ...others] = Object.values(value);
  return others.length === 0 && first !== undefined ? valueText(first) : JSON.stringify(value);
}
