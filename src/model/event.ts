import type { Failure } from './failure.ts';
import type { Job, JobCounters } from './job.ts';
import type { Blockage } from './lane.ts';
import type { JobState } from './lifecycle.ts';

/**
 * What the feed carries. Progress, the live display, JSON output and (in the service) server-sent
 * events fold this one stream, so they cannot disagree. Events appear after their commit.
 */
export type EngineEvent =
  | {
      readonly type: 'job.state';
      readonly jobId: string;
      readonly state: JobState;
      /** The job as it is from now on. */
      readonly job: Job;
      readonly why?: Failure;
    }
  | { readonly type: 'job.planned'; readonly jobId: string; readonly tasks: number }
  | {
      readonly type: 'job.progress';
      readonly jobId: string;
      readonly counters: JobCounters;
      readonly running: number;
    }
  | {
      readonly type: 'job.blocked';
      readonly jobId: string;
      readonly blockages: readonly Blockage[];
    }
  | {
      readonly type: 'task.failed';
      readonly jobId: string;
      readonly seq: number;
      readonly attemptNo: number;
      readonly failure: Failure;
      readonly final: boolean;
      readonly retryAtMs?: number;
    }
  | {
      readonly type: 'task.note';
      readonly jobId: string;
      readonly seq: number;
      readonly note: string;
    };

/**
 * An event with its place in the feed and its wall time. Numbers rise over restarts too: those of
 * an engine's start are above all that were given before it.
 */
export type SequencedEvent = EngineEvent & { readonly seqNo: number; readonly atMs: number };
