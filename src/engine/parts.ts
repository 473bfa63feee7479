import type { Admission } from '../admission/admission.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { LaneKey, LaneLimits } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { Store } from '../store/store.ts';
import type { Compute } from '../workers/compute.ts';
import type { PoolBook } from '../workers/pool-book.ts';
import type { AccountDesk } from './account-desk.ts';
import type { FetchParts } from './attempt-fetch.ts';
import type { LaneHome } from './engine-node.ts';
import type { Feed } from './feed.ts';
import type { FileDesk } from './file-desk.ts';
import type { Journal } from './journal.ts';
import type { Observed } from './observer.ts';
import type { Startable } from './seat.ts';

/** What every part of the engine shares. Made once, by the engine. */
export interface EngineParts {
  readonly store: Store;
  readonly journal: Journal;
  readonly admission: Admission<Startable>;
  readonly fetch: FetchParts;
  readonly compute: Compute;
  /** What is counted by kind of work; undefined = nothing is. */
  readonly pools: PoolBook | undefined;
  readonly files: FileDesk;
  /** undefined = there are none. */
  readonly accounts: AccountDesk | undefined;
  readonly feed: Feed;
  readonly observed: Observed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** A job is about to pass a lane that its tasks are not admitted by. */
  readonly useLane: (jobId: string, lane: LaneKey) => void;
  /** Tasks of a job that may pass a lane at once, now. */
  readonly slotsOf: (jobId: string, lane: LaneKey) => number;
  /** Where there are several nodes: how people call this one. */
  readonly nodeName: string | undefined;
  /** Which lanes are owned here; undefined = all. */
  readonly lanes: LaneHome | undefined;
  /** To be waited for before a task starts; undefined = nothing is. */
  readonly begin: (task: Task) => Promise<void> | undefined;
  readonly limitsOf: (lane: LaneKey) => LaneLimits;
  /** Attempts of a job that are active on this node and on others. */
  readonly running: (jobId: string) => number;
  /** Asks the dispatcher to look for work. */
  readonly kick: () => void;
}
