/**
 * What is known about lanes: what their collector or the settings allow, what a site's robots.txt
 * asks for, and what was learned of them before. Memory is read before a lane's first use and
 * written when jobs end, so that a second run starts where the first left off.
 */
import type {
  AdmissionOptions,
  LaneCarry,
  LaneMemory,
  LaneStatus,
} from '../admission/admission.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Collector } from '../collectors/collector.ts';
import { ACCOUNT_KIND, ACCOUNTS_KIND } from '../model/account.ts';
import { hostLane, type LaneKey, type LaneLimits, laneKind } from '../model/lane.ts';
import type { LimitValues } from '../model/set-limit.ts';
import type { Store } from '../store/store.ts';
import { limitsOf } from './collector-answers.ts';
import { LaneClaims } from './lane-claims.ts';

/** Idle lanes kept in memory with what was learned of them. */
const IDLE_LANES_MAX = 20_000;
const RECALLED_MAX = 50_000;
/** More than the sites whose robots.txt is kept: a delay is known as long as its file is. */
const CRAWL_DELAYS_MAX = 40_000;
/** What was learned of lanes that are forgotten is written in pieces of this many. */
const FORGOTTEN_MAX = 5_000;

/**
 * For a lane whose collector cannot say what it allows. Rows are refused for that when they are
 * planned; this is for a lane that turns up later, and allows little rather than anything.
 */
const UNKNOWN: LaneLimits = {
  concurrency: 1,
  rate: { perSecond: 1, burst: 1 },
  breaker: false,
};

/** Of a tenant at a service at once, where nobody says. */
const ACCOUNTS_MAX = 3;

/** Says what lanes allow in the name of other nodes, as a job does. */
const LENT = 'other nodes';

export class LaneBook {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #fallback: (lane: LaneKey) => LaneLimits;
  readonly #set: (lane: LaneKey) => LimitValues | undefined;
  readonly #claims = new LaneClaims();
  readonly #crawlDelayMs = new RecentMap<LaneKey, number>(CRAWL_DELAYS_MAX);
  readonly #lent = new RecentMap<LaneKey, LaneLimits>(CRAWL_DELAYS_MAX);
  readonly #recalled = new Map<LaneKey, LaneMemory | undefined>();
  readonly #forgotten: [LaneKey, LaneMemory][] = [];
  #onChange: (lane: LaneKey) => void = () => {};

  /** `set`: what a person has set a lane to, over what is learned or declared. */
  constructor(
    store: Store,
    clock: Clock,
    fallback: (lane: LaneKey) => LaneLimits,
    set: (lane: LaneKey) => LimitValues | undefined = () => undefined,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#fallback = fallback;
    this.#set = set;
  }

  /** `carried`: what the last owner of a lane gave along, where lanes have several owners. */
  admissionOptions(
    random: Random,
    carried?: (lane: LaneKey) => LaneCarry | undefined,
  ): AdmissionOptions {
    return {
      ...(carried && { carried, nowMs: () => this.#clock.monoMs() }),
      limitsOf: (lane) => this.limitsOf(lane),
      remembered: (lane) => this.#recalled.get(lane),
      onForget: (lane, memory) => {
        this.#recalled.delete(lane);
        this.#forgotten.push([lane, memory]);
        if (this.#forgotten.length >= FORGOTTEN_MAX) this.#saveForgotten();
      },
      idleLanesMax: IDLE_LANES_MAX,
      toMonoMs: (wallMs) => wallMs - this.#clock.wallMs() + this.#clock.monoMs(),
      random,
    };
  }

  /** Told of lanes whose limits have changed after their first use. */
  onChange(listener: (lane: LaneKey) => void): void {
    this.#onChange = listener;
  }

  /** `set`: as if a person had set it to that. A site's robots.txt is obeyed in any case. */
  limitsOf(lane: LaneKey, set = this.#set(lane)): LaneLimits {
    const limits = withSet(this.#claims.limitsOf(lane) ?? this.#fallback(lane), set);
    const delayMs = this.#crawlDelayMs.get(lane);
    if (delayMs === undefined) return limits;
    return { ...limits, concurrency: 1, rate: { perSecond: 1_000 / delayMs, burst: 1 } };
  }

  /** A collector may set the limits of lanes of its own kinds, by the options of each job. */
  join(jobId: string, collector: Collector, options: unknown): void {
    if (!collector.limits) return;
    this.#claims.join(jobId, (lane) => {
      try {
        return limitsOf(collector, lane, options);
      } catch {
        return UNKNOWN;
      }
    });
  }

  leave(jobId: string): void {
    this.#claims.leave(jobId);
  }

  /** A job is about to use lanes: from now on they keep within what it says of them. */
  use(jobId: string, lanes: readonly LaneKey[]): void {
    for (const lane of lanes) if (this.#claims.use(jobId, lane)) this.#onChange(lane);
  }

  /** Another node is about to use a lane that is owned here: what it knows of its limits. */
  lend(lane: LaneKey, limits: LaneLimits): void {
    this.#lent.set(lane, limits);
    this.#claims.join(LENT, (each) => this.#lent.get(each));
    if (this.#claims.use(LENT, lane)) this.#onChange(lane);
  }

  crawlDelay(host: string, delayMs: number): void {
    const lane = hostLane(host);
    const before = this.#crawlDelayMs.get(lane);
    this.#crawlDelayMs.set(lane, delayMs);
    if (before !== delayMs) this.#onChange(lane);
  }

  /** A job uses these lanes: reads what the store remembers of those that are new here. */
  async recall(jobId: string, lanes: readonly LaneKey[]): Promise<void> {
    this.use(jobId, lanes);
    const unknown = [...new Set(lanes.filter((lane) => !this.#recalled.has(lane)))];
    if (unknown.length === 0) return;
    if (this.#recalled.size > RECALLED_MAX) this.#recalled.clear();
    const memory = await this.#store.laneMemory(unknown);
    for (const lane of unknown)
      this.#recalled.set(lane, memory.get(lane) as LaneMemory | undefined);
  }

  /** Another process goes on with these lanes: what is known of them here grows old. */
  forget(lanes: Iterable<LaneKey>): void {
    for (const lane of lanes) this.#recalled.delete(lane);
  }

  /** Writes what was learned since: of lanes in use and of those forgotten meanwhile. */
  async save(lanes: readonly LaneStatus[]): Promise<void> {
    const entries: (readonly [LaneKey, unknown])[] = this.#forgotten.splice(0);
    for (const status of lanes) if (status.memory) entries.push([status.lane, status.memory]);
    if (entries.length > 0) await this.#store.rememberLanes(entries, this.#clock.wallMs());
  }

  /** A job with a million hosts ends late: what it learned does not wait in memory until then. */
  #saveForgotten(): void {
    this.save([]).catch(() => {
      // A store that fails is met by the next commit, which says so.
    });
  }
}

function withSet(limits: LaneLimits, set: LimitValues | undefined): LaneLimits {
  if (set === undefined) return limits;
  const { concurrency = limits.concurrency, perSecond } = set;
  if (perSecond === undefined) return { ...limits, concurrency };
  const rate = { perSecond, burst: Math.max(1, Math.round(perSecond)) };
  return { ...limits, concurrency, rate };
}

/** Limits of lanes by kind, where no collector says otherwise. */
export function defaultLaneLimits(host: {
  readonly concurrency: number;
  readonly rate: number | 'learned' | 'none';
  /** Accounts of a tenant at a service that are used at once. */
  readonly accounts?: number;
}): (lane: LaneKey) => LaneLimits {
  const forHosts: LaneLimits = {
    concurrency: host.concurrency || { min: 1, max: 8, start: 2 },
    rate:
      typeof host.rate === 'number'
        ? { perSecond: host.rate, burst: Math.max(1, Math.round(host.rate)) }
        : host.rate,
    // Dead hosts are the engine's host health: there their work fails at once instead of waiting.
    breaker: false,
  };
  const forOthers: LaneLimits = {
    concurrency: { min: 1, max: 1_000, start: 10 },
    rate: 'learned',
    breaker: true,
  };
  const { accounts = ACCOUNTS_MAX } = host;
  // Somebody waits already when an account is given back.
  const forAccounts: LaneLimits = { concurrency: 2 * accounts, rate: 'none', breaker: false };
  // Who has it paces it, and says what its answers mean.
  const forOneAccount: LaneLimits = { concurrency: 8, rate: 'none', breaker: false };
  const byKind = new Map([
    ['host', forHosts],
    [ACCOUNTS_KIND, forAccounts],
    [ACCOUNT_KIND, forOneAccount],
  ]);
  return (lane) => byKind.get(laneKind(lane)) ?? forOthers;
}
