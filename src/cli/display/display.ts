import type { Progress } from '../../engine/progress.ts';
import type { SequencedEvent } from '../../model/event.ts';
import type { Blockage } from '../../model/lane.ts';
import type { FailureGroup } from '../../store/store.ts';
import type { ShownJob } from '../job-reader.ts';

/** Everything a display shows of one job at one moment. */
export interface JobView {
  readonly job: ShownJob;
  readonly progress: Progress;
  readonly blockages: readonly Blockage[];
  /** Monotonic now, ms: what the blockages' times are measured by. */
  readonly nowMs: number;
  /** Wall time, ms, at which the next waiting task is tried again. */
  readonly nextDueMs: number | undefined;
  readonly wallMs: number;
  /** What the next Ctrl-C does. */
  readonly hint: string;
}

/** The last line of JSON output, and what the others say in words. */
export interface Summary {
  readonly type: 'summary';
  readonly jobId: string;
  readonly collector: string;
  readonly state: string;
  /** Rows of the input: tasks and duplicates. */
  readonly rows: number;
  readonly tasks: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Tasks without an end yet: left for a resume. */
  readonly open: number;
  readonly duplicates: number;
  readonly records: number;
  readonly durationMs: number;
  readonly output?: string;
}

/** Shows a job while it is followed. Talks on stderr; only JSON output uses stdout. */
export interface Display {
  /** How often `tick` is wanted, ms. */
  readonly everyMs: number;
  start(view: JobView): void;
  event(event: SequencedEvent): void;
  tick(view: JobView): void;
  /** A line of talk beside the progress. */
  say(line: string): void;
  end(view: JobView, summary: Summary, failures: readonly FailureGroup[]): void;
}
