/**
 * Loudness after EBU R 128 / ITU-R BS.1770: K-weighting, blocks of 400 ms every 100 ms, a gate at
 * -70 LUFS and another one 10 LU below the mean of what passes it.
 */

/** Second-order filter, direct form II transposed. */
interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;
const STEPS_A_BLOCK = 4;
const STEP_S = 0.1;
/** Behind the listener: 1.5 dB more. */
const SURROUND_WEIGHT = 1.41;
const LFE = 3;

/** The head: a shelf that lifts what is above 1.7 kHz by 4 dB; for any sample rate. */
function shelf(rate: number): Biquad {
  const gain = 3.999_843_853_973_347;
  const q = 0.707_175_236_955_419_6;
  const k = Math.tan((Math.PI * 1_681.974_450_955_533) / rate);
  const vh = 10 ** (gain / 20);
  const vb = vh ** 0.499_666_774_154_541_6;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (vh + (vb * k) / q + k * k) / a0,
    b1: (2 * (k * k - vh)) / a0,
    b2: (vh - (vb * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

/** What the ear hears less of: below 38 Hz. */
function highPass(rate: number): Biquad {
  const q = 0.500_327_037_323_877_3;
  const k = Math.tan((Math.PI * 38.135_470_876_024_44) / rate);
  const a0 = 1 + k / q + k * k;
  return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}

interface ChannelState {
  readonly weight: number;
  s1: number;
  s2: number;
  h1: number;
  h2: number;
}

/** Takes samples as they come; memory is one number for every 100 ms. */
export class LoudnessMeter {
  readonly #shelf: Biquad;
  readonly #highPass: Biquad;
  readonly #channels: ChannelState[];
  readonly #stepFrames: number;
  readonly #steps: number[] = [];
  #sum = 0;
  #filled = 0;
  #peak = 0;

  constructor(sampleRate: number, channels: number) {
    this.#shelf = shelf(sampleRate);
    this.#highPass = highPass(sampleRate);
    this.#stepFrames = Math.max(1, Math.round(sampleRate * STEP_S));
    this.#channels = Array.from({ length: channels }, (_, at) => ({
      weight: channelWeight(at, channels),
      s1: 0,
      s2: 0,
      h1: 0,
      h2: 0,
    }));
  }

  add(samples: readonly Float32Array[], frames: number): void {
    for (let from = 0; from < frames; ) {
      const count = Math.min(frames - from, this.#stepFrames - this.#filled);
      for (const [at, channel] of this.#channels.entries()) {
        this.#sum +=
          channel.weight * this.#power(channel, samples[at] as Float32Array, from, count);
      }
      this.#filled += count;
      from += count;
      if (this.#filled < this.#stepFrames) continue;
      this.#steps.push(this.#sum / this.#stepFrames);
      this.#sum = 0;
      this.#filled = 0;
    }
  }

  /** LUFS; undefined where nothing passes the gate: silence, or less than 400 ms. */
  get integrated(): number | undefined {
    const blocks: number[] = [];
    for (let at = STEPS_A_BLOCK; at <= this.#steps.length; at += 1) {
      const steps = this.#steps.slice(at - STEPS_A_BLOCK, at);
      blocks.push(mean(steps));
    }
    const audible = blocks.filter((power) => lufs(power) >= ABSOLUTE_GATE);
    if (audible.length === 0) return undefined;
    const gate = lufs(mean(audible)) + RELATIVE_GATE;
    return lufs(mean(audible.filter((power) => lufs(power) >= gate)));
  }

  /** Of the samples themselves, dB of full scale; undefined for digital silence. */
  get peak(): number | undefined {
    return this.#peak === 0 ? undefined : 20 * Math.log10(this.#peak);
  }

  #power(state: ChannelState, samples: Float32Array, from: number, count: number): number {
    const { b0, b1, b2, a1, a2 } = this.#shelf;
    const high = this.#highPass;
    let { s1, s2, h1, h2 } = state;
    let sum = 0;
    let peak = this.#peak;
    for (let i = from; i < from + count; i += 1) {
      const x = samples[i] as number;
      const size = x < 0 ? -x : x;
      if (size > peak) peak = size;
      const y = b0 * x + s1;
      s1 = b1 * x - a1 * y + s2;
      s2 = b2 * x - a2 * y;
      const z = y + h1;
      h1 = -2 * y - high.a1 * z + h2;
      h2 = y - high.a2 * z;
      sum += z * z;
    }
    Object.assign(state, { s1, s2, h1, h2 });
    this.#peak = peak;
    return sum;
  }
}

function channelWeight(at: number, channels: number): number {
  if (channels < 5) return 1;
  // Left, right, centre, low frequencies, and what is behind.
  if (channels > 5 && at === LFE) return 0;
  return at < LFE ? 1 : SURROUND_WEIGHT;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function lufs(power: number): number {
  return -0.691 + 10 * Math.log10(power);
}
