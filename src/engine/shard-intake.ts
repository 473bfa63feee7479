/**
 * Hands out the tasks of those shards of one job that this node holds. A shard comes whole; its
 * tasks that wait for a time stay in the store and are taken from there when they are due. When all
 * of its tasks have ended, the shard is done.
 *
 * Invariant: a task is handed out once at a time: a shard is held by one node, it is given here
 * once, and what is due is no longer waiting once it was taken.
 */
import type { Timer } from '../base/clock.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { ClaimedShard, DueTask } from '../store/cluster-store.ts';
import type { PlannedRow } from '../store/store.ts';
import type { IntakeOptions, TaskIntake } from './task-intake.ts';

const DUE_MAX = 500;

export interface ShardIntakeOptions extends IntakeOptions {
  /** Of the shards that are held; they are no longer waiting once they were taken. */
  readonly takeDue: (nowMs: number, limit: number) => Promise<readonly DueTask[]>;
  readonly nextDue: () => Promise<number | undefined>;
  /** Told of about how many rows that were added to the job. */
  readonly onRows: (count: number) => void;
  /** Told how many tasks more, or fewer, are in memory. */
  readonly onHeld: (change: number) => void;
  readonly onShardDone: (no: number) => void;
}

interface HeldShard {
  /** Tasks without an end, as far as known: discarded ones may be made due again meanwhile. */
  open: number;
  /** Of those, the ones in memory; the others wait for a time. */
  inMemory: number;
}

export class ShardIntake implements TaskIntake {
  readonly #options: ShardIntakeOptions;
  readonly #shards = new Map<number, HeldShard>();
  readonly #shardOf = new Map<number, number>();
  /** Due again before the end of their last attempt was told here. */
  readonly #early = new Map<number, DueTask>();
  #ended = 0;
  #nextDueMs: number | undefined;
  #dueTimer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #taking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(options: ShardIntakeOptions) {
    this.#options = options;
  }

  get nextDueMs(): number | undefined {
    return this.#nextDueMs;
  }

  /** Tasks that have ended here. */
  get ended(): number {
    return this.#ended;
  }

  /** Shards that are held and not done. */
  get shards(): Iterable<number> {
    return this.#shards.keys();
  }

  /** Tasks in memory, by shard: what a shard must keep when it is given back. */
  get tasks(): ReadonlyMap<number, number> {
    return this.#shardOf;
  }

  /** Takes a shard over; false where the job has stopped here. */
  give(shard: ClaimedShard): boolean {
    if (this.#stopped) return false;
    const open = shard.tasks.length + shard.waiting;
    if (open === 0) {
      this.#options.onShardDone(shard.no);
      return true;
    }
    // Closed, opened anew and claimed again before the last ends were told here: the tasks that
    // they are of are counted already.
    const { open: untold, inMemory } = this.#shards.get(shard.no) ?? { open: 0, inMemory: 0 };
    const again = untold === 0 ? [] : shard.tasks.filter(({ seq }) => this.#shardOf.has(seq));
    this.#shards.set(shard.no, { open: untold + open - again.length, inMemory });
    if (shard.nextDueMs !== undefined) this.dueAt(shard.nextDueMs);
    this.#handOut(shard.tasks.map((task) => ({ task, no: shard.no })));
    return true;
  }

  /**
   * Gives back all tasks but those to `keep`, which are under way: what is to be released, by
   * shard. Only what is kept is counted any more.
   */
  letGo(jobId: string, keep: ReadonlySet<number>): { jobId: string; no: number; keep: number[] }[] {
    this.#dueTimer?.timer.cancel();
    const kept = new Map<number, number[]>();
    let gone = 0;
    for (const [seq, no] of this.#shardOf) {
      if (keep.has(seq)) kept.set(no, [...(kept.get(no) ?? []), seq]);
      else {
        this.#shardOf.delete(seq);
        gone += 1;
      }
    }
    this.#options.onHeld(-gone);
    const released = [...this.#shards.keys()].map((no) => ({
      jobId,
      no,
      keep: kept.get(no) ?? [],
    }));
    for (const { no, keep: left } of released) {
      if (left.length === 0) this.#shards.delete(no);
      else this.#shards.set(no, { open: left.length, inMemory: left.length });
    }
    return released;
  }

  /** Who claims shards does. */
  seek(): void {}

  spilled(_lane: LaneKey): number {
    return 0;
  }

  rowsKnown(): void {
    this.#options.onRows(1);
  }

  async planned(_firstSeq: number, rows: readonly PlannedRow[]): Promise<void> {
    this.#options.onRows(rows.length);
  }

  dueAt(atMs: number): void {
    this.#nextDueMs = Math.min(this.#nextDueMs ?? atMs, atMs);
    this.#arm();
  }

  release(task: Task, ended: boolean): void {
    const no = this.#shardOf.get(task.seq);
    if (no === undefined) return;
    this.#shardOf.delete(task.seq);
    this.#options.onHeld(-1);
    const shard = this.#shards.get(no);
    if (shard === undefined) return;
    shard.inMemory -= 1;
    const early = this.#early.get(task.seq);
    if (early !== undefined) {
      this.#early.delete(task.seq);
      this.#handOut([early]);
      return;
    }
    if (ended) {
      shard.open -= 1;
      this.#ended += 1;
    }
    this.#finishIfDone(no);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dueTimer?.timer.cancel();
    await this.#taking;
  }

  /** The run has ended: nothing of it is in memory any more. */
  drop(): void {
    this.#options.onHeld(-this.#shardOf.size);
    this.#shardOf.clear();
    this.#early.clear();
    this.#shards.clear();
  }

  /**
   * While tasks are being taken, one of this shard may be among them. What is done when the job has
   * stopped here is given back with the rest.
   */
  #finishIfDone(no: number): void {
    const shard = this.#shards.get(no);
    if (shard === undefined || shard.open > 0 || this.#taking || this.#stopped) return;
    this.#shards.delete(no);
    this.#options.onShardDone(no);
  }

  #handOut(taken: readonly DueTask[]): void {
    const tasks = taken.filter((due) => {
      const here = this.#shardOf.has(due.task.seq);
      if (here) this.#early.set(due.task.seq, due);
      return !here;
    });
    if (tasks.length === 0) return;
    for (const { task, no } of tasks) {
      this.#shardOf.set(task.seq, no);
      const shard = this.#shards.get(no);
      if (shard === undefined) this.#shards.set(no, { open: 1, inMemory: 1 });
      else {
        shard.inMemory += 1;
        // More than were waiting: discarded ones that somebody made due again.
        shard.open = Math.max(shard.open, shard.inMemory);
      }
    }
    this.#options.onHeld(tasks.length);
    const given = this.#options.onTasks(tasks.map(({ task }) => task));
    if (given instanceof Promise) given.catch((error: unknown) => this.#options.onFailed(error));
  }

  #arm(): void {
    const atMs = this.#nextDueMs;
    if (this.#stopped || atMs === undefined) return;
    if (this.#dueTimer && this.#dueTimer.atMs <= atMs) return;
    this.#dueTimer?.timer.cancel();
    const { clock } = this.#options;
    const timer = clock.after(Math.max(1, atMs - clock.wallMs()), () => {
      this.#dueTimer = undefined;
      this.#take();
    });
    this.#dueTimer = { atMs, timer };
  }

  #take(): void {
    if (this.#stopped) return;
    if (this.#taking) {
      this.#again = true;
      return;
    }
    this.#taking = this.#takeAll()
      .catch((error: unknown) => {
        this.#stopped = true;
        this.#options.onFailed(error);
      })
      .finally(() => {
        this.#taking = undefined;
        // Asked for between the last look and here.
        if (this.#again) this.#take();
        for (const no of [...this.#shards.keys()]) this.#finishIfDone(no);
      });
  }

  async #takeAll(): Promise<void> {
    const { clock, takeDue, nextDue } = this.#options;
    do {
      this.#again = false;
      this.#nextDueMs = undefined;
      const due = await takeDue(clock.wallMs(), DUE_MAX);
      this.#handOut(due);
      const nextMs = await nextDue();
      if (nextMs !== undefined) this.dueAt(nextMs);
    } while (this.#again && !this.#stopped);
  }
}
