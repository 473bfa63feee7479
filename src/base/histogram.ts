/**
 * Durations in buckets that each are a tenth wider than the last: any percentile to within 5 %, in
 * constant memory.
 */
const LEAST_MS = 0.01;
const GROWTH = Math.log(1.1);
const BUCKETS = 256;

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumMs = 0;

  add(ms: number): void {
    const at = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / GROWTH);
    const bucket = Math.min(BUCKETS - 1, at);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
  }

  /** Adds what another has counted. */
  merge(other: Histogram): void {
    for (let at = 0; at < BUCKETS; at += 1) {
      this.#counts[at] = (this.#counts[at] ?? 0) + (other.#counts[at] ?? 0);
    }
    this.#count += other.#count;
    this.#sumMs += other.#sumMs;
  }

  get count(): number {
    return this.#count;
  }

  /** 0 where nothing was counted. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMs / this.#count;
  }

  /** The duration that a share of all were no longer than; 0 where nothing was counted. */
  percentileMs(share: number): number {
    let left = Math.max(1, Math.ceil(this.#count * share));
    if (this.#count === 0) return 0;
    for (let at = 0; at < BUCKETS; at += 1) {
      left -= this.#counts[at] ?? 0;
      // The middle of the bucket.
      if (left <= 0) return LEAST_MS * Math.exp(GROWTH * Math.max(0, at - 0.5));
    }
    return LEAST_MS * Math.exp(GROWTH * BUCKETS);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMs = 0;
  }
}
