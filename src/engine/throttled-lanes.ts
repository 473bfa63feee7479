/**
 * Since when lanes have answered nothing but "wait". A row that waits for its turn there is held
 * back as much as the one that was told, so all of them are given up at the same time and not one
 * after another. Bounded; what is forgotten begins anew.
 */
import { RecentMap } from '../base/recent-map.ts';
import type { LaneKey, LaneVerdict } from '../model/lane.ts';

const LANES_MAX = 20_000;

export class ThrottledLanes {
  readonly #sinceMs = new RecentMap<LaneKey, number>(LANES_MAX);

  /** An exchange has ended; `nowMs` is monotonic. */
  end(lane: LaneKey, verdict: LaneVerdict, nowMs: number): void {
    if (verdict === 'throttled') this.#sinceMs.set(lane, this.#sinceMs.get(lane) ?? nowMs);
    else if (verdict === 'ok' && this.#sinceMs.size > 0) this.#sinceMs.delete(lane);
  }

  /** For how long so far, counted from a monotonic time at the earliest, ms. */
  throttledMs(lane: LaneKey | '', fromMs: number, nowMs: number): number {
    const sinceMs = lane === '' ? undefined : this.#sinceMs.get(lane);
    return sinceMs === undefined ? 0 : Math.max(0, nowMs - Math.max(sinceMs, fromMs));
  }
}
