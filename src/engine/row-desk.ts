/**
 * Rows that a plan adds to a job. Where the node has nothing else to do, the first of them stay
 * here: they begin without a claim, and nobody is told of them. Of the others all nodes are told.
 */
import type { JobCounters } from '../model/job.ts';
import type { ClaimedShard, NewRows } from '../store/cluster-store.ts';
import type { NodeVoice } from './node-voice.ts';
import type { ShardClaimer } from './shard-claimer.ts';
import type { ShardDesk } from './shard-desk.ts';

type Deliver = (jobId: string, shards: readonly ClaimedShard[]) => Promise<unknown>;

export class RowDesk {
  readonly #claimer: ShardClaimer;
  readonly #desk: ShardDesk;
  readonly #voice: NodeVoice;
  readonly #deliver: Deliver;
  /** Of the rows that were just added to a job, how many stayed here. */
  readonly #kept = new Map<string, number>();

  constructor(claimer: ShardClaimer, desk: ShardDesk, voice: NodeVoice, deliver: Deliver) {
    this.#claimer = claimer;
    this.#desk = desk;
    this.#voice = voice;
    this.#deliver = deliver;
  }

  async add(rows: NewRows): Promise<JobCounters> {
    const { jobId } = rows;
    const { counters, kept } = await this.#desk.addRows(rows, this.#claimer.room(jobId));
    const [shard] = kept;
    if (shard !== undefined) {
      this.#kept.set(jobId, shard.tasks.length);
      await this.#deliver(jobId, kept);
    }
    return counters;
  }

  /** The plan of a job has added rows: this node and others may take them. */
  added(jobId: string, count: number): void {
    const free = count - (this.#kept.get(jobId) ?? 0);
    this.#kept.delete(jobId);
    if (free <= 0) return;
    this.#claimer.hint();
    this.#voice.rows(jobId, free);
  }
}
