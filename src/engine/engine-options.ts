/** What an engine is made of and how much it may do at once. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Collector, Source } from '../collectors/collector.ts';
import type { JobInput, JobSpec } from '../model/job.ts';
import type { LaneKey, LaneLimits } from '../model/lane.ts';
import type { LimitValues } from '../model/set-limit.ts';
import type { BlobStore } from '../sinks/blob-store.ts';
import type { HeldFile } from '../sources/input-file.ts';
import type { RecordFileFolder } from '../store/record-files/record-file-folder.ts';
import type { Store } from '../store/store.ts';
import type { Fetcher } from '../transport/fetcher.ts';
import type { Compute } from '../workers/compute.ts';
import type { InlinePool } from '../workers/inline-pool.ts';
import type { PoolBook } from '../workers/pool-book.ts';
import type { AccountBook } from './account-book.ts';
import type { AccountLimits } from './account-desk.ts';
import type { FetchDefaults } from './attempt-fetch.ts';
import type { EngineNode } from './engine-node.ts';
import type { Feed } from './feed.ts';
import type { LoadWatchOptions } from './load-watch.ts';

/** Attempts active at once where the settings say nothing. */
export const NODE_SLOTS = 256;

export interface EngineOptions {
  readonly store: Store;
  readonly fetcher: Fetcher;
  readonly compute: Compute;
  /** What is counted by kind of work. Default: nothing is. */
  readonly pools?: PoolBook;
  /** So many files of collectors are stored at once. Default: no bound. */
  readonly storing?: InlinePool;
  /** Where files of collectors are kept; asked for with the first. Default: nowhere. */
  readonly openFiles?: () => Promise<BlobStore>;
  /** Where files of records are written; `store` reads them. Default: nowhere. */
  readonly recordFiles?: RecordFileFolder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The collector of a job: registered, or loaded from its file. */
  readonly collectorOf: (name: string) => Promise<Collector>;
  /**
   * The rows of a job; waiting for them ends with the signal. `held`: its input, where it is in
   * memory.
   */
  readonly openSource: (job: JobSpec, signal: AbortSignal, held?: HeldFile) => Promise<Source>;
  /** Rejects with why an input will never be whole. Default: any may be. */
  readonly checkInput?: (input: JobInput) => Promise<void>;
  readonly limits: EngineLimits;
  /** Larger at every start over the same store; the numbers of events begin with it. */
  readonly epoch: number;
  readonly fetch: FetchDefaults & { readonly robots: boolean; readonly crawlDelayMaxMs: number };
  /** The accounts of the tenants, and how many of them may be used at once. */
  readonly accounts?: { readonly book: AccountBook; readonly limits: AccountLimits };
  /** The cluster's node that the engine works for; undefined = it is alone. */
  readonly node?: EngineNode;
  /** For people, where there are several nodes. */
  readonly nodeName?: string;
  /** Where events go; undefined = a feed of its own. */
  readonly feed?: Feed;
  /** Told once when the engine stops because the store cannot be written. */
  readonly onFatal?: (error: unknown) => void;
  /** undefined = the load of the machine is not watched. */
  readonly load?: LoadWatchOptions;
}

export interface EngineLimits {
  readonly nodeSlots: number;
  readonly jobsMax: number;
  /** Slots of a job that asks for none, 0 = as many as there are. */
  readonly jobSlots: number;
  readonly lookAhead: number;
  readonly attemptTimeoutMs: number;
  /** How long a task may be told to wait, without any other answer; 0 = for ever. */
  readonly throttledMaxMs: number;
  readonly resultTtlMs: number;
  /** Whether tasks are answered from what was kept before this engine. Default: yes. */
  readonly reuseResults?: boolean;
  /** A tenant's share of the slots while others want them too, and its cap. Default: 1, no cap. */
  readonly tenant?: (name: string) => TenantLimits;
  /** Rows that a tenant may plan a day, 0 = no limit. Default: no limit for anybody. */
  readonly rowsPerDay?: (name: string) => number;
  /** Limits of lanes that their collector does not set itself. */
  readonly lane: (lane: LaneKey) => LaneLimits;
  /** What a person has set a lane or a job to. Default: nothing. */
  readonly set?: (lane: LaneKey) => LimitValues | undefined;
}

export interface TenantLimits {
  readonly weight: number;
  /** Slots of all its jobs together, 0 = as many as there are. */
  readonly concurrency: number;
}
