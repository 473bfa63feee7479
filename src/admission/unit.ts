import type { LaneKey } from '../model/lane.ts';

/** Something that waits to be started: a task, or an attempt that goes on. */
export interface Unit<T> {
  readonly tenant: string;
  readonly jobId: string;
  /** Leaf lanes beyond node, tenant and job, most limiting first; may be empty. */
  readonly lanes: readonly LaneKey[];
  /**
   * `task`: a new start. `resume`: a started attempt that gave its seat back while it waited; it
   * comes before all tasks of its job.
   */
  readonly kind: 'task' | 'resume';
  /** Order among units of the same job and lanes. */
  readonly seq: number;
  readonly payload: T;
}
