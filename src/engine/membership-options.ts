/** What a stay in the cluster, and the engine that goes from one to the next, are made of. */
import type { Notice, Signals } from '../cluster/signals.ts';
import type { ClusterStore, NodeIntro } from '../store/cluster-store.ts';
import type { EngineOptions } from './engine-options.ts';

export interface MembershipOptions {
  readonly engine: Omit<EngineOptions, 'node' | 'onFatal' | 'store'>;
  readonly cluster: ClusterStore;
  readonly signals: Signals;
  readonly intro: NodeIntro;
  readonly leaseMs: number;
  /** Whether it may plan and end jobs of others. */
  readonly leads: boolean;
  /** The jobs that it was told to run, where it works on no others. */
  readonly own: (() => Iterable<string>) | undefined;
  readonly onDrain: () => void;
  /** Attempts of a job that are active on the other nodes, as last published. */
  readonly elsewhere: (jobId: string) => number;
  /** The lease is lost, or the store refuses: told once, when nothing is under way any more. */
  readonly onOver: (error: unknown) => void;
}

export interface ClusterEngineOptions
  extends Omit<MembershipOptions, 'onOver' | 'onDrain' | 'elsewhere' | 'own'> {
  /** It works on the jobs that it was told to run, and on no others. */
  readonly ownOnly: boolean;
  /** Whether people watch all jobs here. */
  readonly watchAll: boolean;
  /** Somebody asked the node to drain; told once. */
  readonly onDrain: () => void;
  /** A notice of another node that is not about work. */
  readonly onNotice: (notice: Notice | undefined) => void;
}
