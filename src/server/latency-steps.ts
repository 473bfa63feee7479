/**
 * How long attempts took, step by step: each step counts them by classes of time, four to an
 * octave, so that percentiles of any of them, or of several nodes' sums, cost the same few bytes.
 */

/** Of a millisecond: the least that is told apart. */
const PER_MS = 16;
const CLASSES = 128;

export interface StepLatency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
}

export class LatencySteps {
  readonly #steps: number;
  /** A ring: classes of each step that has any. */
  readonly #counts: (Uint32Array | undefined)[];
  #last = 0;

  constructor(steps: number) {
    this.#steps = steps;
    this.#counts = new Array<undefined>(steps).fill(undefined);
  }

  /** Steps only grow. */
  add(step: number, ms: number): void {
    if (step > this.#last) this.#moveTo(step);
    const at = step % this.#steps;
    const counts = this.#counts[at] ?? (this.#counts[at] = new Uint32Array(CLASSES));
    const index = classOf(ms);
    counts[index] = (counts[index] as number) + 1;
  }

  /** Oldest first, `now` being the last; undefined where nothing ended. */
  steps(now: number): readonly (StepLatency | undefined)[] {
    this.#moveTo(now);
    return Array.from({ length: this.#steps }, (_, i) => {
      const counts = this.#counts[(now + 1 + i) % this.#steps];
      return counts === undefined ? undefined : latencyOf(counts);
    });
  }

  /** Of all steps together. */
  all(now: number): StepLatency | undefined {
    this.#moveTo(now);
    const sum = new Uint32Array(CLASSES);
    let any = false;
    for (const counts of this.#counts) {
      if (counts === undefined) continue;
      any = true;
      for (let i = 0; i < CLASSES; i += 1) sum[i] = (sum[i] as number) + (counts[i] as number);
    }
    return any ? latencyOf(sum) : undefined;
  }

  /** Of each step in which any ended: its number, then classes and how many. */
  saved(now: number): readonly (readonly number[])[] {
    this.#moveTo(now);
    const found: number[][] = [];
    for (let step = Math.max(0, now - this.#steps + 1); step <= now; step += 1) {
      const counts = this.#counts[step % this.#steps];
      if (counts === undefined) continue;
      const pairs = [...counts].flatMap((count, i) => (count === 0 ? [] : [i, count]));
      found.push([step, ...pairs]);
    }
    return found;
  }

  /** Adds them to what is there. */
  restore(now: number, saved: readonly (readonly number[])[]): void {
    this.#moveTo(now);
    for (const [step = 0, ...pairs] of saved) {
      if (step <= now - this.#steps || step > now) continue;
      const at = step % this.#steps;
      const counts = this.#counts[at] ?? (this.#counts[at] = new Uint32Array(CLASSES));
      for (let i = 0; i + 1 < pairs.length; i += 2) {
        const index = Math.min(CLASSES - 1, Math.max(0, pairs[i] as number));
        counts[index] = (counts[index] as number) + (pairs[i + 1] as number);
      }
    }
  }

  #moveTo(step: number): void {
    if (step <= this.#last) return;
    const from = Math.max(this.#last + 1, step - this.#steps + 1);
    for (let each = from; each <= step; each += 1) this.#counts[each % this.#steps] = undefined;
    this.#last = step;
  }
}

/** By the highest bit and the two that follow it: no logarithm. */
function classOf(ms: number): number {
  const units = Math.min(2 ** 31 - 1, Math.max(0, ms * PER_MS)) | 0;
  if (units < 4) return units;
  const octave = 31 - Math.clz32(units);
  return octave * 4 + ((units >> (octave - 2)) & 3) - 4;
}

/** Where a class begins, ms. */
function beginsAt(index: number): number {
  if (index < 4) return index / PER_MS;
  const octave = Math.floor((index + 4) / 4);
  return (2 ** octave * (1 + ((index + 4) % 4) / 4)) / PER_MS;
}

function latencyOf(counts: Uint32Array): StepLatency {
  let count = 0;
  for (let i = 0; i < CLASSES; i += 1) count += counts[i] as number;
  return { count, p50: at(counts, count * 0.5), p95: at(counts, count * 0.95) };
}

/** The time that `rank` of them do not exceed; even within its class. */
function at(counts: Uint32Array, rank: number): number {
  let below = 0;
  for (let i = 0; i < CLASSES; i += 1) {
    const here = counts[i] as number;
    if (here > 0 && below + here >= rank) {
      const from = beginsAt(i);
      return from + ((rank - below) / here) * (beginsAt(i + 1) - from);
    }
    below += here;
  }
  return 0;
}
