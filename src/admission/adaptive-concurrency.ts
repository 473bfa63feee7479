import type { LaneVerdict } from '../model/lane.ts';
import { blend, elasticity, LoadWindow, type Measure } from './load-window.ts';

/**
 * How many at once, when nobody said: learned by trying. The controller compares the goodput of
 * neighbouring levels and moves to where more at once stops paying, be it up or down.
 *
 * | phase | does                                                                          |
 * |-------|-------------------------------------------------------------------------------|
 * | ramp  | doubles while that pays                                                       |
 * | base  | stays and measures; longer and longer while nothing changes                    |
 * | up    | tries a higher level; kept when goodput grew a third as much as the level     |
 * | down  | tries a lower level; kept when goodput hardly fell                             |
 *
 * Invariants: only neighbours measured one after the other are compared, so neither a slow start
 * nor an old minimum is ever the yardstick; only requests that started after a level was reached
 * are measured at it; a level that demand does not fill is no measurement, and nothing moves;
 * rejections and a jump of the latency call for a lower level at once.
 */
export interface AdaptiveOptions {
  readonly min: number;
  readonly max: number;
  /** First level; above 5 it is approached by doublings, never jumped to. */
  readonly start: number;
}

const RAMP_FROM_MAX = 5;
/** Growth of goodput for growth of the level (both as logarithms) above which "more" pays. */
const PAYS = 0.35;
/** In the ramp, where more is likely to pay, less has to be shown. */
const RAMP_PAYS = 0.15;
/** And below which "less" costs next to nothing. */
const COSTS = 0.2;
const STEP_MIN = 0.12;
/** A step must stand out of the noise: this many standard errors at least. */
const STEP_ERRORS = 3;
const STEP_MAX = 1;
const STEP_GROWTH = 1.6;
/** Samples of a window, in rounds of the level: as quick as can be in the ramp, calm later. */
const RAMP_ROUNDS = 0.75;
const CALM_ROUNDS = 1.5;
const ROUNDS_MAX = 6;
const RAMP_SAMPLES_MIN = 8;
const CALM_SAMPLES_MIN = 12;
/** Standard error of the mean latency that windows aim at. */
const ERROR_AIM = 0.05;
const RAMP_ERROR_AIM = 0.15;
const RAMP_ROUNDS_MAX = 4;
/** Windows are doubled up to this often until the difference is this many standard errors. */
const PROLONGED_MAX = 2;
const DECIDED_ERRORS = 1.3;
/** Goodput that falls about in step with the level: the knee is not below. */
const IN_STEP = 0.8;
/** Latencies count up to this many times that of the base. */
const LATENCY_CAP = 5;
/** Windows to stay when neither up nor down pays; doubles each time. */
const DWELL_MAX = 8;
/** A jump of the latency beyond these calls for a look at once. */
const LATENCY_JUMP = 1.3;
const NOISE_ERRORS = 3;
const LATENCY_DROP = 0.75;
/** Samples, at least, by which a level is given up early. */
const HOPELESS_SAMPLES = 6;
/** Beyond this spread of latencies, silence says less. */
const WIDE_SPREAD = 0.8;
/** Rejections that call for a lower level at once: this many, and this share beyond the usual. */
const REJECTED_MIN = 3;
const REJECTED_SHARE = 0.1;

type Phase = 'ramp' | 'base' | 'up' | 'down';

export class AdaptiveConcurrency {
  readonly #min: number;
  readonly #max: number;
  #level: number;
  #phase: Phase = 'ramp';
  #base: Measure | undefined;
  #stepUp = 0.3;
  #stepDown = STEP_MIN;
  #dwell = 1;
  #dwellLeft = 1;
  /** Which way to try next from the base. */
  #nextTry: 'up' | 'down' = 'up';
  /** The lowest level that lately did not pay. */
  #failedAt = Infinity;
  /** Whether the base is known to be better than some lower level. */
  #baseProven = false;
  /** The first approach uses short windows; they last until the knee is found. */
  #haste = true;
  /** How often the present window was prolonged because it did not decide. */
  #prolonged = 0;
  #usualRejectedShare = 0;
  /** Relative spread of latencies, for the size of windows. */
  #spread: number | undefined;
  #window: LoadWindow;

  constructor(options: AdaptiveOptions) {
    this.#min = Math.max(1, Math.floor(options.min));
    this.#max = Math.max(this.#min, Math.floor(options.max));
    this.#level = this.#clamp(Math.min(options.start, RAMP_FROM_MAX));
    this.#window = new LoadWindow(-Infinity);
  }

  /** Slots at present: a whole number from `min` to `max`. */
  get limit(): number {
    return this.#level;
  }

  /** Something starts; `inFlight` counts it. */
  onStart(nowMs: number, inFlight: number): void {
    this.#window.onStart(nowMs);
    this.#window.onLoad(nowMs, inFlight, this.#level);
  }

  /** What started at `startedMs` has ended; `inFlight` still counts it. */
  onEnd(nowMs: number, startedMs: number, verdict: LaneVerdict, inFlight: number): void {
    const window = this.#window;
    window.onLoad(nowMs, inFlight, this.#level);
    if (verdict !== 'ignored' && verdict !== 'throttled') {
      // One answer in a thousand that takes a minute must not hide the other 999.
      const capMs = LATENCY_CAP * (this.#base?.latencyMs ?? Infinity);
      window.onEnd(startedMs, Math.min(capMs, nowMs - startedMs), verdict);
    } else window.onVoid(startedMs);
    window.onLoad(nowMs, inFlight - 1, this.#level);
    if (this.#rejectedTooOften()) this.#onRejections(nowMs);
    else if (
      window.samples >= this.#samplesNeeded() * 2 ** this.#prolonged ||
      this.#hopeless(nowMs)
    )
      this.#judge(nowMs);
  }

  #samplesNeeded(): number {
    const spread = this.#spread ?? (this.#window.samples < 5 ? 0.3 : this.#window.spread);
    if (this.#haste) {
      const forError = Math.min(this.#level * RAMP_ROUNDS_MAX, (spread / RAMP_ERROR_AIM) ** 2);
      return Math.max(RAMP_SAMPLES_MIN, this.#level * RAMP_ROUNDS, forError);
    }
    const forError = Math.min(this.#level * ROUNDS_MAX, (spread / ERROR_AIM) ** 2);
    return Math.max(CALM_SAMPLES_MIN, this.#level * CALM_ROUNDS, forError);
  }

  /** A level that is clearly worse than the base, or stands still, is not measured to the end. */
  #hopeless(nowMs: number): boolean {
    const base = this.#base;
    if (!base || this.#phase === 'down') return false;
    const { settledMs, samples, latencyMs } = this.#window;
    if (settledMs === undefined) return false;
    // The latency at which goodput would be the same as at the base.
    const evenMs = (this.#level / base.level) * base.latencyMs;
    if (samples >= Math.max(HOPELESS_SAMPLES, this.#level / 3)) {
      return latencyMs > (1.5 + this.#noise(samples)) * evenMs;
    }
    const rounds = Math.max(1, HOPELESS_SAMPLES / this.#level);
    // Where some take many times as long as others, they hold slots for a while now and then.
    const odds = Math.max(1, (this.#spread ?? 0) / WIDE_SPREAD) ** 2;
    return nowMs - settledMs > 50 + 2.5 * rounds * odds * evenMs;
  }

  #rejectedTooOften(): boolean {
    const { rejected, started } = this.#window;
    const usual = Math.max(this.#usualRejectedShare, this.#base?.rejectedShare ?? 0.3);
    return (
      this.#level > this.#min &&
      this.#phase !== 'down' &&
      rejected > REJECTED_MIN + (usual * 2 + REJECTED_SHARE) * started
    );
  }

  #onRejections(nowMs: number): void {
    const base = this.#base;
    if ((this.#phase === 'up' || this.#phase === 'ramp') && base && base.level < this.#level) {
      this.#afterUp(nowMs, false);
      return;
    }
    this.#base = this.#window.measure(nowMs, this.#level);
    // A level that is not filled is not what was too high: go down from what was under way.
    this.#level = this.#clamp(Math.min(this.#level, this.#window.peak));
    const accepted = 0.95 * (1 - this.#base.rejectedShare);
    this.#stepDown = Math.min(STEP_MAX, 1 / Math.max(0.1, accepted) - 1);
    this.#dwell = 1;
    this.#try(nowMs, 'down');
  }

  /** The server has changed: what is known of the base is of the past. */
  #fall(nowMs: number, step: number): void {
    this.#base = undefined;
    this.#baseProven = false;
    this.#failedAt = Infinity;
    this.#stepDown = STEP_MAX;
    this.#nextTry = 'down';
    this.#dwell = 1;
    this.#dwellLeft = 1;
    this.#goTo(nowMs, 'base', this.#level / (1 + Math.min(STEP_MAX, step)));
  }

  #judge(nowMs: number): void {
    const window = this.#window;
    if (window.settledMs === undefined || !window.filled(nowMs, this.#level)) {
      this.#window = new LoadWindow(nowMs);
      return;
    }
    const measure = window.measure(nowMs, this.#level);
    if (window.samples >= RAMP_SAMPLES_MIN) {
      this.#spread = 0.7 * (this.#spread ?? window.spread) + 0.3 * window.spread;
    }
    if (this.#phase === 'ramp') this.#onRamp(nowMs, measure);
    else if (this.#phase === 'base') this.#onBase(nowMs, measure);
    else if (this.#phase === 'up') this.#onUp(nowMs, measure);
    else this.#onDown(nowMs, measure);
  }

  #onRamp(nowMs: number, measure: Measure): void {
    const base = this.#base;
    if (base && this.#undecided(base, measure, RAMP_PAYS)) return;
    if (base && elasticity(base, measure) < RAMP_PAYS) {
      this.#afterUp(nowMs, false);
      return;
    }
    this.#baseProven = base !== undefined;
    this.#base = measure;
    if (this.#level >= this.#max) this.#goTo(nowMs, 'base', this.#level);
    else this.#goTo(nowMs, 'ramp', this.#level * 2);
  }

  #onBase(nowMs: number, measure: Measure): void {
    const before = this.#base;
    this.#usualRejectedShare = 0.8 * this.#usualRejectedShare + 0.2 * measure.rejectedShare;
    this.#base = before && before.level === measure.level ? blend(before, measure) : measure;
    if (before && before.level === measure.level) {
      const change = measure.latencyMs / before.latencyMs;
      const noise = this.#noise(this.#window.samples);
      if (change > LATENCY_JUMP + noise) {
        this.#fall(nowMs, Math.max(0.5, change - 1));
        return;
      }
      if (change < LATENCY_DROP - noise / 2) {
        this.#base = measure;
        this.#stepUp = Math.max(this.#stepUp, 0.3);
        this.#dwell = 1;
        this.#try(nowMs, 'up');
        return;
      }
    }
    this.#dwellLeft -= 1;
    if (this.#dwellLeft > 0) this.#goTo(nowMs, 'base', this.#level);
    else this.#try(nowMs, this.#nextTry);
  }

  #try(nowMs: number, way: 'up' | 'down'): void {
    const level = this.#clamp(way === 'up' ? this.#higher() : this.#lower());
    if (level === this.#level) {
      this.#rest(nowMs, way === 'up' ? 'down' : 'up');
    } else {
      this.#goTo(nowMs, way, level);
    }
  }

  /** The next level to try above, or this one where a try has failed close by. */
  #higher(): number {
    const level = this.#level;
    const next = Math.max(level + 1, level * (1 + this.#stepUp));
    if (this.#failedAt <= level || this.#failedAt === Infinity) return next;
    const between = Math.round(Math.sqrt(level * this.#failedAt));
    const narrow =
      between <= level || between >= this.#failedAt || between < level * (1 + this.#stepMin() / 2);
    return narrow ? level : Math.min(next, between);
  }

  /** What a mean of so many latencies may be off by, as a share of it. */
  #noise(samples: number): number {
    return (NOISE_ERRORS * (this.#spread ?? 0.3)) / Math.sqrt(Math.max(1, samples));
  }

  #stepMin(): number {
    const error = (this.#spread ?? 0.3) / Math.sqrt(this.#samplesNeeded());
    return Math.min(0.5, Math.max(STEP_MIN, STEP_ERRORS * error));
  }

  #lower(): number {
    return Math.min(this.#level - 1, this.#level / (1 + this.#stepDown));
  }

  /** Stays at the base for a while, then tries `next`. */
  #rest(nowMs: number, next: 'up' | 'down'): void {
    this.#failedAt = Infinity;
    this.#nextTry = next;
    this.#dwellLeft = this.#dwell;
    this.#dwell = Math.min(DWELL_MAX, this.#dwell * 2);
    const level = this.#base?.level ?? this.#level;
    if (this.#haste) {
      // What was measured in haste is no yardstick for what follows, and may have ended too early.
      this.#haste = false;
      this.#base = undefined;
      this.#nextTry = 'up';
    }
    this.#goTo(nowMs, 'base', level);
  }

  #onUp(nowMs: number, measure: Measure): void {
    if (this.#undecided(this.#base as Measure, measure, PAYS)) return;
    const pays = elasticity(this.#base as Measure, measure) > PAYS;
    if (pays) this.#base = measure;
    this.#afterUp(nowMs, pays);
  }

  #afterUp(nowMs: number, pays: boolean): void {
    if (pays) {
      this.#baseProven = true;
      this.#stepUp = Math.min(STEP_MAX, this.#stepUp * STEP_GROWTH);
      this.#dwell = 1;
      this.#try(nowMs, 'up');
      return;
    }
    const base = this.#base as Measure;
    const failed = this.#level;
    this.#stepUp = Math.max(this.#stepMin(), (failed / base.level - 1) / 2);
    this.#level = base.level;
    if (!this.#baseProven) {
      this.#stepDown = STEP_MAX;
      this.#try(nowMs, 'down');
      return;
    }
    this.#failedAt = failed;
    if (this.#clamp(this.#higher()) > base.level) this.#try(nowMs, 'up');
    else this.#rest(nowMs, 'down');
  }

  /** Whether the noise is too large to tell; then the window goes on, a few times. */
  #undecided(low: Measure, high: Measure, limit: number): boolean {
    if (this.#prolonged >= PROLONGED_MAX) return false;
    const distance = Math.abs(elasticity(low, high) - limit) * Math.log(high.level / low.level);
    if (distance > DECIDED_ERRORS * Math.hypot(low.error, high.error)) return false;
    this.#prolonged += 1;
    return true;
  }

  #onDown(nowMs: number, measure: Measure): void {
    const base = this.#base as Measure;
    if (this.#undecided(measure, base, COSTS)) return;
    const falls = elasticity(measure, base);
    if (falls < COSTS) {
      this.#base = measure;
      this.#stepDown = Math.min(STEP_MAX, this.#stepDown * STEP_GROWTH);
      this.#dwell = 1;
      this.#try(nowMs, 'down');
      return;
    }
    this.#baseProven = true;
    const large = this.#stepDown > 0.3;
    this.#stepDown = Math.max(this.#stepMin(), this.#stepDown / 2);
    this.#usualRejectedShare = Math.max(this.#usualRejectedShare, base.rejectedShare);
    if (large && falls < IN_STEP) {
      // The knee lies between: come up to it from below, where it is cheap.
      this.#failedAt = base.level;
      this.#base = measure;
      this.#stepUp = this.#stepMin() * 2;
      this.#try(nowMs, 'up');
    } else {
      this.#rest(nowMs, 'up');
    }
  }

  #goTo(nowMs: number, phase: Phase, level: number): void {
    this.#phase = phase;
    this.#level = this.#clamp(level);
    this.#prolonged = 0;
    this.#window = new LoadWindow(nowMs);
  }

  #clamp(level: number): number {
    return Math.min(this.#max, Math.max(this.#min, Math.round(level)));
  }
}
