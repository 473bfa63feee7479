/**
 * Which hosts are dead. A host that could not be reached several times in a row is not asked again
 * until a probe is due; work for it fails at once, with the reason that was seen, instead of
 * waiting for a time-out a row. Bounded: the hosts that were used longest ago are forgotten.
 */
import { Breaker, type BreakerOptions } from '../admission/breaker.ts';
import type { Random } from '../base/random.ts';
import { RecentMap } from '../base/recent-map.ts';
import { type Failure, FailureError } from '../model/failure.ts';
import type { LaneVerdict } from '../model/lane.ts';

const HOSTS_MAX = 20_000;

const OPTIONS: BreakerOptions = {
  consecutiveMax: 3,
  ratioMax: 1,
  ratioSamplesMin: 1_000_000,
  halfLifeMs: 60_000,
  openMs: 15_000,
  openMsMax: 300_000,
};

interface Health {
  readonly breaker: Breaker;
  failure: Failure | undefined;
}

export class HostHealth {
  readonly #random: Random;
  /** Healthy hosts are not kept. */
  readonly #hosts = new RecentMap<string, Health>(HOSTS_MAX);

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Throws a `FailureError` where the host is known to be dead; `offsetMs` is wall minus monotonic
   * time, for telling when it will be tried again.
   */
  begin(host: string, nowMs: number, offsetMs: number): void {
    const health = this.#hosts.get(host);
    if (!health) return;
    const earliestMs = health.breaker.earliestMs(nowMs);
    if (earliestMs <= nowMs) {
      health.breaker.onStart(nowMs);
      return;
    }
    const seen = health.failure;
    // While a probe is under way its end is unknown: look again soon.
    const untilMs = (Number.isFinite(earliestMs) ? earliestMs : nowMs + 5_000) + offsetMs;
    throw new FailureError({
      class: seen?.class ?? 'transient',
      code: seen?.code ?? 'fetch.refused',
      message: `${host} did not answer before and is not asked again for now: ${seen?.message ?? 'no connection'}`,
      hint: 'It is tried again by itself, one probe at a time.',
      untilMs,
    });
  }

  end(
    host: string,
    startedMs: number,
    nowMs: number,
    verdict: LaneVerdict,
    failure: Failure | undefined,
  ): void {
    let health = this.#hosts.get(host);
    const failed = verdict === 'unreachable' || verdict === 'timeout';
    if (!health) {
      if (!failed) return;
      health = { breaker: new Breaker(this.#random, OPTIONS), failure: undefined };
    }
    health.breaker.onEnd(nowMs, startedMs, verdict);
    if (failed) health.failure = failure;
    const healthy = !failed && verdict !== 'ignored' && health.breaker.state === 'closed';
    if (healthy) this.#hosts.delete(host);
    else this.#hosts.set(host, health);
  }
}
