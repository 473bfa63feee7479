/**
 * Where somebody may be speaking, by energy and zero crossings alone: loud against the background,
 * not as steady as a tone, not as rough as hiss. It takes music and animals for voices, and misses
 * whispers; a model that knows speech it is not.
 */

export interface Stretch {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
}

const FRAME_S = 0.02;
/** What is quieter than this is background whatever surrounds it, dB of full scale. */
const FLOOR_DB = -50;
const ABOVE_BACKGROUND_DB = 10;
/** Crossings of zero a second. */
const CROSSINGS_MIN = 100;
const CROSSINGS_MAX = 7_000;
/** Shorter pauses belong to what is said, and shorter bursts to the noise; seconds. */
const PAUSE_S = 0.25;
const BURST_S = 0.1;
/** A voice rises and falls; a tone keeps within this, dB. */
const STEADY_DB = 1.5;
const STRETCHES_MAX = 10_000;

export class VoiceMeter {
  readonly #rate: number;
  readonly #frameSize: number;
  readonly #levels: number[] = [];
  readonly #crossings: number[] = [];
  #energy = 0;
  #crossed = 0;
  #filled = 0;
  #before = 0;

  constructor(sampleRate: number) {
    this.#rate = sampleRate;
    this.#frameSize = Math.max(1, Math.round(sampleRate * FRAME_S));
  }

  add(samples: Float32Array, frames: number): void {
    for (let i = 0; i < frames; i += 1) {
      const x = samples[i] as number;
      this.#energy += x * x;
      if (x >= 0 !== this.#before >= 0) this.#crossed += 1;
      this.#before = x;
      this.#filled += 1;
      if (this.#filled < this.#frameSize) continue;
      this.#levels.push(10 * Math.log10(this.#energy / this.#filled + 1e-12));
      this.#crossings.push((this.#crossed * this.#rate) / this.#filled);
      this.#energy = 0;
      this.#crossed = 0;
      this.#filled = 0;
    }
  }

  /** In order, apart from each other. */
  get stretches(): readonly Stretch[] {
    const threshold = Math.max(FLOOR_DB, this.#background() + ABOVE_BACKGROUND_DB);
    const isActive = this.#levels.map((level, at) => {
      const crossings = this.#crossings[at] as number;
      return level >= threshold && crossings >= CROSSINGS_MIN && crossings <= CROSSINGS_MAX;
    });
    const frameS = this.#frameSize / this.#rate;
    return joined(isActive, Math.round(PAUSE_S / frameS))
      .filter(({ from, to }) => (to - from) * frameS >= BURST_S && !this.#isSteady(from, to))
      .slice(0, STRETCHES_MAX)
      .map(({ from, to }) => ({ start: round(from * frameS), end: round(to * frameS) }));
  }

  /** The level below which a tenth of the recording is. */
  #background(): number {
    const sorted = Float64Array.from(this.#levels).sort();
    return sorted[Math.floor(sorted.length / 10)] ?? FLOOR_DB;
  }

  /** A tone, a hum: neither level nor pitch moves. The ends, where it fades, do not count. */
  #isSteady(from: number, to: number): boolean {
    const levels = this.#levels.slice(from + 2, to - 2);
    if (levels.length < 5) return false;
    return spread(levels) < STEADY_DB;
  }
}

/** Between the tenth and the ninetieth percentile. */
function spread(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] as number;
  return at(0.9) - at(0.1);
}

/** Runs of active frames, those nearer than `gap` as one. */
function joined(isActive: readonly boolean[], gap: number): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const [at, active] of isActive.entries()) {
    if (!active) continue;
    const last = runs.at(-1);
    if (last && at - last.to <= gap) last.to = at + 1;
    else runs.push({ from: at, to: at + 1 });
  }
  return runs;
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
