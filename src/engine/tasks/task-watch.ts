/**
 * Who is told of what tasks do: the program itself, its log, its traces, and the book of what its
 * functions cost. Nothing of it is there, and nothing is made for it, where nobody asked.
 */
import type { Clock } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { messageOf } from '../../base/errors.ts';
import { TaskProfiler } from './task-profiler.ts';
import type { TaskEnd, TaskManagerOptions, TaskTracer } from './task-types.ts';

/** An attempt that failed, and is followed by another. */
export interface TaskAgain extends Pick<TaskEnd, 'id' | 'kind' | 'name' | 'attemptNo' | 'error'> {
  readonly inMs: number;
}

/** As OpenTelemetry counts them. */
const STATUS_ERROR = 2;

export class TaskWatch {
  readonly profiler: TaskProfiler | undefined;
  readonly #onEnd: ((end: TaskEnd) => void)[] = [];
  readonly #say: ((line: string) => void) | undefined;

  constructor(options: TaskManagerOptions, clock: Clock) {
    const { env = {}, onEnd, tracer } = options;
    const { debug = isOn(env.SLUICE_TASKS_DEBUG) } = options;
    const { profiling = isOn(env.SLUICE_TASKS_PROFILING) } = options;
    if (profiling) this.profiler = new TaskProfiler(clock);
    if (debug !== false) {
      const say = debug === true ? (line: string) => void process.stderr.write(`${line}\n`) : debug;
      this.#say = say;
      this.#onEnd.push((end) => say(endLine(end)));
    }
    if (tracer) this.#onEnd.push((end) => traced(tracer, clock, end));
    if (onEnd) this.#onEnd.push(onEnd);
    const { profiler } = this;
    if (profiler) this.#onEnd.push((end) => profiler.add(end));
  }

  get isOn(): boolean {
    return this.#onEnd.length > 0;
  }

  ended(end: TaskEnd): void {
    for (const tell of this.#onEnd) tell(end);
  }

  again({ id, kind, name, attemptNo, error, inMs }: TaskAgain): void {
    if (this.#say === undefined) return;
    const why = `attempt ${attemptNo} failed: ${messageOf(error)}`;
    this.#say(`${id} ${kind} ${name}: ${why}; again in ${formatDuration(inMs)}`);
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());
}

function endLine({ id, kind, name, state, attemptNo, waitedMs, tookMs, error }: TaskEnd): string {
  const times = `waited ${formatDuration(waitedMs)}, took ${formatDuration(tookMs)}`;
  const tries = attemptNo > 1 ? `, attempt ${attemptNo}` : '';
  const why = error === undefined ? '' : `: ${messageOf(error)}`;
  return `${id} ${kind} ${name}: ${state}, ${times}${tries}${why}`;
}

function traced(tracer: TaskTracer, clock: Clock, end: TaskEnd): void {
  const endMs = clock.wallMs();
  const span = tracer.startSpan(`task ${end.name}`, {
    startTime: endMs - end.tookMs,
    attributes: {
      'sluice.task.id': end.id,
      'sluice.task.kind': end.kind,
      'sluice.tenant': end.tenant,
      'sluice.attempt': end.attemptNo,
      'sluice.outcome': end.state,
      'sluice.waited_ms': end.waitedMs,
    },
  });
  if (end.state !== 'completed') {
    span.setStatus({ code: STATUS_ERROR, message: messageOf(end.error) });
  }
  span.end(endMs);
}
