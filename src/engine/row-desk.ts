/**
 * Rows that are added to a job, with it or by its plan. Where the node has nothing else to do, the
 * first of them stay here: they begin without a claim, and nobody is told of them. Of the others
 * all nodes are told.
 */
import type { JobCounters, JobSpec } from '../model/job.ts';
import type { ClaimedShard, NewRows } from '../store/cluster-store.ts';
import type { JobBaggage } from '../store/store.ts';
import type { NodeVoice } from './node-voice.ts';
import type { ShardClaimer } from './shard-claimer.ts';
import type { NewJob, ShardDesk } from './shard-desk.ts';

export interface RowDeskOptions {
  readonly claimer: ShardClaimer;
  readonly desk: ShardDesk;
  readonly voice: NodeVoice;
  /** Hands shards to the run of their job, or gives them back. */
  readonly deliver: (jobId: string, shards: readonly ClaimedShard[]) => Promise<unknown>;
  readonly mayLead: () => boolean;
  readonly onLed: (jobId: string) => void;
  readonly onFailed: (error: unknown) => void;
}

export class RowDesk {
  readonly #options: RowDeskOptions;
  /** Of the rows that were just added to a job, how many stayed here. */
  readonly #kept = new Map<string, number>();

  constructor(options: RowDeskOptions) {
    this.#options = options;
  }

  /**
   * Stores a job, led from the start where this node may lead. What is kept of it is to be handed
   * over by `begin` once its run has begun.
   */
  async create(spec: JobSpec, along?: JobBaggage): Promise<NewJob> {
    const { claimer, desk, mayLead, onLed } = this.#options;
    if (!mayLead()) return desk.createUnled(spec, along);
    const keep = along?.first === undefined ? 0 : claimer.room(spec.id);
    const { led, ...made } = await desk.createJob(spec, { ...along, keep });
    if (led) onLed(made.job.id);
    this.#keep(made.job.id, made.kept);
    return made;
  }

  /** Hands what stays of a new job to its run; where there is none, it is given back. */
  begin(jobId: string, kept: readonly ClaimedShard[]): void {
    if (kept.length === 0) return;
    // A run that has begun has asked for it by now.
    this.#kept.delete(jobId);
    const { deliver, onFailed } = this.#options;
    deliver(jobId, kept).catch(onFailed);
  }

  async add(rows: NewRows): Promise<JobCounters> {
    const { claimer, desk, deliver } = this.#options;
    const { jobId } = rows;
    const { counters, kept } = await desk.addRows(rows, claimer.room(jobId));
    this.#keep(jobId, kept);
    if (kept.length > 0) await deliver(jobId, kept);
    return counters;
  }

  /** A job has more rows: this node and others may take them. */
  added(jobId: string, count: number): void {
    const free = count - (this.#kept.get(jobId) ?? 0);
    this.#kept.delete(jobId);
    if (free <= 0) return;
    this.#options.claimer.hint();
    this.#options.voice.rows(jobId, free);
  }

  #keep(jobId: string, [shard]: readonly ClaimedShard[]): void {
    if (shard !== undefined) this.#kept.set(jobId, shard.tasks.length);
  }
}
