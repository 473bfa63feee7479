/** How a followed job ended: in a summary, and as an exit code. */
import { ERROR_TABLE, type ErrorCode } from '../base/error-table.ts';
import { SluiceError } from '../base/errors.ts';
import { openTasks } from '../model/job.ts';
import type { Summary } from './display/display.ts';
import { EXIT } from './exit.ts';
import type { ShownJob } from './job-reader.ts';
import { duration } from './option-values.ts';
import type { OwnFlags } from './program.ts';

export function summaryOf(
  job: ShownJob,
  durationMs: number,
  interrupted: boolean,
  output: string | undefined,
): Summary {
  const { counters } = job;
  return {
    type: 'summary',
    jobId: job.id,
    collector: job.collector,
    state: interrupted && job.state === 'running' ? 'interrupted' : job.state,
    rows: counters.tasks + counters.duplicates,
    tasks: counters.tasks,
    completed: counters.completed,
    failed: counters.discarded,
    cancelled: counters.cancelled,
    open: openTasks(counters),
    duplicates: counters.duplicates,
    records: counters.records,
    durationMs: Math.round(durationMs),
    ...(output === undefined ? {} : { output }),
  };
}

export function exitCodeOf(job: ShownJob, own: OwnFlags): number {
  if (job.state === 'failed') return failedExit(job);
  if (job.state === 'cancelled' || job.state === 'paused') return EXIT.cancelledByOthers;
  const { discarded, tasks } = job.counters;
  return discarded > allowedFailures(own.allowFailed, tasks) ? EXIT.failures : EXIT.ok;
}

/** Checks what `run`, `resume` and `retry` take for following, before anything is done. */
export function checkFollowFlags(own: OwnFlags): void {
  followTimeoutMs(own.timeout);
  allowedFailures(own.allowFailed, 0);
}

export function followTimeoutMs(flag: unknown): number | undefined {
  if (flag === undefined) return undefined;
  const ms = duration('--timeout', flag, '5m');
  if (ms > 0) return ms;
  // The job would be stopped before it has begun.
  throw new SluiceError('usage.invalid', {
    detail: `--timeout takes a duration above 0 such as 5m, not "${String(flag)}"`,
  });
}

/**
 * A job that could not go on ends like the error that stopped it. What is otherwise met by a row
 * has stopped the whole: the input's fault, or the collector's.
 */
export function failedExit({ failure }: ShownJob): number {
  const code = failure?.code ?? '';
  const exit = Object.hasOwn(ERROR_TABLE, code) ? ERROR_TABLE[code as ErrorCode].exit : undefined;
  if (exit !== undefined && exit !== EXIT.failures) return exit;
  return failure?.class === 'invalid' ? EXIT.usage : EXIT.internal;
}

/** `--allow-failed 10` or `--allow-failed 2%`. */
function allowedFailures(flag: unknown, tasks: number): number {
  if (flag === undefined) return 0;
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(flag).trim());
  if (!match) {
    throw new SluiceError('usage.invalid', {
      detail: `--allow-failed takes a number or a percentage, not ${String(flag)}`,
    });
  }
  return match[2] === '%' ? (Number(match[1]) / 100) * tasks : Number(match[1]);
}
