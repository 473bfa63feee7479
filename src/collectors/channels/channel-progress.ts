/** How far a channel is, as a line: found, how fast, how long still. */
import { formatDuration } from '../../base/duration.ts';
import type { ReadRange, SweepLimits } from './sweep.ts';

export interface ProgressFacts {
  readonly name: string;
  /** Messages and pictures of this attempt. */
  readonly messages: number;
  readonly images: number;
  readonly elapsedMs: number;
  /** Of what this attempt had to read, how much is read; undefined = not to be told. */
  readonly share: number | undefined;
}

/** No estimate is worth its line before. */
const ESTIMATE_AFTER_MS = 3_000;
const SHARE_LEAST = 0.01;

export function progressLine(facts: ProgressFacts): string {
  const { name, messages, images, elapsedMs, share } = facts;
  const perSecond = messages / Math.max(0.001, elapsedMs / 1_000);
  const parts = [
    `${name}: ${counted(messages, 'message')}`,
    images > 0 ? counted(images, 'picture') : '',
    elapsedMs > 0 && messages > 0
      ? `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`
      : '',
    share === undefined ? '' : `${Math.floor(share * 100)} %`,
    share !== undefined && share >= SHARE_LEAST && share < 1 && elapsedMs >= ESTIMATE_AFTER_MS
      ? `about ${formatDuration((elapsedMs * (1 - share)) / share)} left`
      : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** What must be read before the sweep is done, and how much of it is left. */
export class SweepShare {
  readonly #limits: SweepLimits;
  readonly #known: readonly ReadRange[];
  #newest: { readonly id: number; readonly ms: number } | undefined;

  /** `known`: what was read before this attempt. */
  constructor(known: readonly ReadRange[], limits: SweepLimits) {
    this.#known = known;
    this.#limits = limits;
  }

  /** Told the newest message of the first page. */
  begin(id: number, date: string | undefined): void {
    this.#newest ??= { id, ms: Date.parse(date ?? '') };
  }

  /** `next`: below which id to go on; undefined = done. `date`: of the oldest message so far. */
  at(next: number | undefined, count: number, date: string | undefined): number | undefined {
    if (next === undefined) return 1;
    const newest = this.#newest;
    if (!newest) return undefined;
    const { maxMessages, since } = this.#limits;
    const shares = [this.#byIds(next, newest.id)];
    if (maxMessages !== undefined) shares.push(count / maxMessages);
    if (since !== undefined) {
      const spanMs = newest.ms - Date.parse(since);
      const doneMs = newest.ms - Date.parse(date ?? '');
      if (spanMs > 0 && doneMs >= 0) shares.push(doneMs / spanMs);
    }
    return Math.min(0.99, Math.max(...shares));
  }

  /** Ids that were known count neither as work nor as done. */
  #byIds(next: number, newest: number): number {
    const left = unknownIds(this.#known, 1, next - 1);
    const all = unknownIds(this.#known, 1, newest);
    return all === 0 ? 1 : 1 - left / all;
  }
}

function unknownIds(known: readonly ReadRange[], from: number, to: number): number {
  let count = Math.max(0, to - from + 1);
  for (const range of known) {
    count -= Math.max(0, Math.min(range.to, to) - Math.max(range.from, from) + 1);
  }
  return Math.max(0, count);
}
