/** What an engine is made of and how much it may do at once. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Collector, Source } from '../collectors/collector.ts';
import type { Job } from '../model/job.ts';
import type { LaneKey, LaneLimits } from '../model/lane.ts';
import type { Store } from '../store/store.ts';
import type { Fetcher } from '../transport/fetcher.ts';
import type { Compute } from '../workers/compute.ts';
import type { FetchDefaults } from './attempt-fetch.ts';
import type { LoadWatchOptions } from './load-watch.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly fetcher: Fetcher;
  readonly compute: Compute;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The collector of a job: registered, or loaded from its file. */
  readonly collectorOf: (name: string) => Promise<Collector>;
  /** The rows of a job; waiting for them ends with the signal. */
  readonly openSource: (job: Job, signal: AbortSignal) => Promise<Source>;
  readonly limits: EngineLimits;
  /** Larger at every start over the same store; the numbers of events begin with it. */
  readonly epoch: number;
  readonly fetch: FetchDefaults & { readonly robots: boolean; readonly crawlDelayMaxMs: number };
  /** undefined = the load of the machine is not watched. */
  readonly load?: LoadWatchOptions;
}

export interface EngineLimits {
  readonly nodeSlots: number;
  readonly jobsMax: number;
  /** Slots of a job that asks for none. */
  readonly jobSlots: number;
  readonly lookAhead: number;
  readonly attemptTimeoutMs: number;
  /** How long a task may be told to wait, without any other answer; 0 = for ever. */
  readonly throttledMaxMs: number;
  readonly resultTtlMs: number;
  /** A tenant's share of the slots while others want them too, and its cap. Default: 1, no cap. */
  readonly tenant?: (name: string) => TenantLimits;
  /** Rows that a tenant may plan a day, 0 = no limit. Default: no limit for anybody. */
  readonly rowsPerDay?: (name: string) => number;
  /** Limits of lanes that their collector does not set itself. */
  readonly lane: (lane: LaneKey) => LaneLimits;
}

export interface TenantLimits {
  readonly weight: number;
  readonly concurrency: number;
}
