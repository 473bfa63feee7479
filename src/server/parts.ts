import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Signals } from '../cluster/signals.ts';
import type { Registry } from '../collectors/registry.ts';
import type { Accounts } from '../engine/accounts.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import type { JobDesk } from '../engine/job-desk.ts';
import type { LeadLists } from '../engine/lead-lists.ts';
import type { EntryDeliveries } from '../engine/outbox/entry-deliveries.ts';
import type { Outbox } from '../engine/outbox/outbox.ts';
import type { ProgressBook } from '../engine/progress-book.ts';
import type { Schedules } from '../engine/schedules.ts';
import type { SetLimits } from '../engine/set-limits.ts';
import type { BenchmarkDesk } from '../engine/tasks/benchmark-desk.ts';
import type { Tenants } from '../engine/tenants.ts';
import type { UploadDesk } from '../engine/upload-desk.ts';
import type { Webhooks } from '../engine/webhooks.ts';
import type { ShownSetting } from '../model/resolve-settings.ts';
import type { Settings } from '../model/settings.ts';
import type { ClusterStore, NodeIntro } from '../store/cluster-store.ts';
import type { Store } from '../store/store.ts';
import type { PoolBook } from '../workers/pool-book.ts';
import type { NamedRun } from './bench-runs.ts';
import type { Dashboard } from './dashboard.ts';
import type { EventStreams } from './events.ts';
import type { FailureMutes } from './failure-mutes.ts';
import type { FailureTimes } from './failure-times.ts';
import type { History } from './history.ts';
import type { JobLog } from './job-log.ts';
import type { JobMarks } from './job-marks.ts';
import type { JobWindow } from './job-window.ts';
import type { KeyRing } from './keys.ts';
import type { Metrics } from './metrics.ts';
import type { Sessions } from './session.ts';

/** What the server knows of the nodes that it is one of. */
export interface ServerCluster {
  readonly store: Pick<ClusterStore, 'nodes' | 'askDrain'>;
  readonly signals: Pick<Signals, 'post'>;
  readonly intro: Pick<NodeIntro, 'id'>;
}

/** What the routes work with; the composition root makes it. */
export interface ServerParts {
  readonly engine: EngineApi;
  readonly store: Store;
  readonly registry: Registry;
  readonly desk: JobDesk;
  readonly uploads: UploadDesk;
  readonly tenants: Tenants;
  readonly limits: SetLimits;
  readonly keys: KeyRing;
  readonly leads: LeadLists;
  readonly schedules: Schedules;
  readonly progress: ProgressBook;
  readonly events: EventStreams;
  readonly webhooks: Webhooks;
  readonly outbox: Outbox;
  readonly entryDeliveries: EntryDeliveries;
  readonly accounts: Accounts;
  readonly benchmarks: BenchmarkDesk;
  /** The workers of this process by kind of work. */
  readonly pools: PoolBook;
  /** Recorded runs of benchmarks, oldest first. */
  readonly benchRuns: () => Promise<readonly NamedRun[]>;
  readonly history: History;
  readonly jobWindow: JobWindow;
  readonly jobLog: JobLog;
  readonly jobMarks: JobMarks;
  readonly failureTimes: FailureTimes;
  readonly failureMutes: FailureMutes;
  readonly sessions: Sessions;
  /** Asked when somebody first wants to see it. */
  readonly dashboard: () => Promise<Dashboard>;
  readonly settings: Settings;
  /** The settings as they were given, for the owner to look at. */
  readonly shownSettings: readonly ShownSetting[];
  /** undefined: the engine is alone. */
  readonly cluster: ServerCluster | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** Brings an input of a job to this machine, where another node has it. */
  readonly inputHere: (path: string) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly version: string;
  /** Opens everything to this very process, as an operator's key does: for its own commands. */
  readonly localKey: string;
  /** False once the server drains: `/readyz` says so, and nothing new is taken. */
  readonly ready: () => boolean;
}
