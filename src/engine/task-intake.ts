/** Step 3, as a job's run sees it: what hands it the tasks that it may start. */
import type { Clock } from '../base/clock.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { PlannedRow, Store } from '../store/store.ts';

export interface IntakeOptions {
  readonly jobId: string;
  /** Tasks that wait for a time as the job begins to run here. */
  readonly waiting: number;
  readonly store: Store;
  readonly clock: Clock;
  /** Tasks of this job that may be in memory now. */
  readonly heldMax: () => number;
  /** Tasks of a lane that may run at once, now. */
  readonly slotsOf: (lane: LaneKey) => number;
  readonly onTasks: (tasks: readonly Task[]) => Promise<void> | void;
  readonly onFailed: (error: unknown) => void;
}

export interface TaskIntake {
  /** Wall time of the next waiting task, if one is known. */
  readonly nextDueMs: number | undefined;
  /** Slots are free and nothing that is held may start: looks further for what may. */
  seek(): void;
  /** Tasks of a lane that wait in the store because enough of it is in memory, as far as known. */
  spilled(lane: LaneKey): number;
  /** The store holds this many rows of the job now. */
  rowsKnown(rows: number): void;
  /** The store has taken these rows, none of them a duplicate. Resolves when more may come. */
  planned(firstSeq: number, rows: readonly PlannedRow[]): Promise<void>;
  /** A task is to come back at a wall time; 0 = tasks were made due by somebody else. */
  dueAt(atMs: number): void;
  /** A task has left memory, durably: `ended` or to come back, or as it was before. */
  release(task: Task, ended: boolean): void;
  /** Hands out nothing more; resolves when what is under way has ended. */
  stop(): Promise<void>;
}
