/**
 * Tasks by name, for programs that do not wait for them: submitted, answered with an id, asked for
 * later. On a shelf that lasts they survive the process: what had not ended is run again by the
 * next one that defines the same names, so a function may run twice where its process died.
 */

import type { Clock } from '../../base/clock.ts';
import { messageOf, SluiceError, systemCode } from '../../base/errors.ts';
import { newId } from '../../base/ids.ts';
import type { Random } from '../../base/random.ts';
import { RecentMap } from '../../base/recent-map.ts';
import type { TaskManager } from './task-manager.ts';
import type { TaskRun } from './task-run.ts';
import type { TaskContext, TaskOptions, TaskProgress, TaskState } from './task-types.ts';

/** Plain data, except where the shelf is memory. */
export type BackgroundFunction = (payload: never, ctx: TaskContext) => unknown;

export type BackgroundOptions = Omit<TaskOptions, 'signal' | 'isolation'>;

export interface BackgroundRecord {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly payload: unknown;
  readonly options: BackgroundOptions;
  readonly state: TaskState;
  readonly submittedMs: number;
  readonly endedMs?: number;
  readonly result?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

export interface BackgroundStatus extends Omit<BackgroundRecord, 'payload' | 'options' | 'result'> {
  readonly progress: TaskProgress | undefined;
}

/** Where background tasks are kept. */
export interface TaskShelf {
  put(record: BackgroundRecord): Promise<void>;
  get(id: string): Promise<BackgroundRecord | undefined>;
  /** Those that have not ended, oldest first. */
  open(): Promise<readonly BackgroundRecord[]>;
  close(): Promise<void>;
}

/** Ended tasks that are remembered; the ones that were used longest ago are forgotten. */
const REMEMBERED_MAX = 10_000;

export class MemoryShelf implements TaskShelf {
  readonly #open = new Map<string, BackgroundRecord>();
  readonly #ended = new RecentMap<string, BackgroundRecord>(REMEMBERED_MAX);

  async put(record: BackgroundRecord): Promise<void> {
    if (record.endedMs === undefined) this.#open.set(record.id, record);
    else {
      this.#open.delete(record.id);
      this.#ended.set(record.id, record);
    }
  }

  async get(id: string): Promise<BackgroundRecord | undefined> {
    return this.#open.get(id) ?? this.#ended.get(id);
  }

  async open(): Promise<readonly BackgroundRecord[]> {
    return [...this.#open.values()];
  }

  async close(): Promise<void> {}
}

export interface BackgroundParts {
  readonly tasks: TaskManager;
  readonly shelf: TaskShelf;
  readonly clock: Clock;
  readonly random: Random;
}

export class BackgroundTasks {
  readonly #parts: BackgroundParts;
  readonly #functions = new Map<string, BackgroundFunction>();
  readonly #defaults = new Map<string, BackgroundOptions>();
  readonly #running = new Map<string, TaskRun<unknown>>();
  readonly #endings = new Set<Promise<void>>();
  /** Told of each task that is started meanwhile. */
  readonly #watches = new Set<Set<string>>();
  #closing: Promise<void> | undefined;

  constructor(parts: BackgroundParts) {
    this.#parts = parts;
    // An open shelf keeps its process alive.
    parts.tasks.closedWith.defer(() => this.close());
  }

  /** Says what a name means, in this process and in the next. */
  define(name: string, work: BackgroundFunction, options: BackgroundOptions = {}): void {
    this.#functions.set(name, work);
    this.#defaults.set(name, options);
  }

  /** Takes a task; it is on the shelf when this resolves with its id. */
  async submit(name: string, payload: unknown, options: BackgroundOptions = {}): Promise<string> {
    this.#functionOf(name);
    const { clock, random, shelf } = this.#parts;
    const submittedMs = clock.wallMs();
    const merged = { ...this.#defaults.get(name), ...options };
    const record: BackgroundRecord = {
      id: newId('b', submittedMs, random),
      name,
      tenant: merged.tenant ?? 'default',
      payload,
      options: merged,
      state: 'waiting',
      submittedMs,
    };
    await shelf.put(record);
    this.#start(record);
    return record.id;
  }

  /** Runs what an earlier process left; resolves with how many. Names must be defined before. */
  async resume(): Promise<number> {
    // What ends while the shelf is read may still be read as open.
    const here = new Set(this.#running.keys());
    this.#watches.add(here);
    const left = await this.#parts.shelf.open();
    this.#watches.delete(here);
    const known = left.filter(({ id, name }) => !here.has(id) && this.#functions.has(name));
    for (const record of known) this.#start(record);
    return known.length;
  }

  /** Rejects with `task.unknown`. */
  async status(id: string): Promise<BackgroundStatus> {
    const run = this.#running.get(id);
    const { payload: _, options: __, result: ___, ...rest } = await this.#record(id);
    return { ...rest, state: run?.state ?? rest.state, progress: run?.progressed };
  }

  /** Waits for the end; rejects with the task's error, as it was told, or with `task.unknown`. */
  async result(id: string): Promise<unknown> {
    const run = this.#running.get(id);
    if (run !== undefined) return run.result;
    const { state, result, error } = await this.#record(id);
    if (state === 'completed') return result;
    // Left by a process that has gone, and not resumed by this one.
    if (error === undefined) throw new SluiceError('task.left', { id });
    throw Object.assign(new Error(error.message), { code: error.code });
  }

  /** False where it has ended. */
  cancel(id: string, reason?: string): boolean {
    return this.#running.get(id)?.cancel(reason) ?? false;
  }

  /**
   * Resolves when all that runs has ended and is on the shelf. The manager does it behind its own
   * end, which does not wait for long.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#endings]);
    await this.#parts.shelf.close();
  }

  #start(record: BackgroundRecord): void {
    const { tasks } = this.#parts;
    const run = tasks.start<unknown>(
      this.#functionOf(record.name),
      [record.payload],
      record.options,
    );
    this.#running.set(record.id, run);
    for (const here of this.#watches) here.add(record.id);
    const ending = run.result
      .then(
        (result) => this.#end(record, run, { result }),
        (error: unknown) => this.#end(record, run, { error: plainError(error) }),
      )
      .finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  async #end(
    record: BackgroundRecord,
    run: TaskRun<unknown>,
    end: Pick<BackgroundRecord, 'result' | 'error'>,
  ): Promise<void> {
    const { shelf, clock, tasks } = this.#parts;
    // Cancelled by a shutdown: it is for the next process.
    const left = run.state === 'cancelled' && tasks.closed;
    if (!left) await shelf.put({ ...record, ...end, state: run.state, endedMs: clock.wallMs() });
    this.#running.delete(record.id);
  }

  async #record(id: string): Promise<BackgroundRecord> {
    const record = await this.#parts.shelf.get(id);
    if (record === undefined) throw new SluiceError('task.unknown', { id });
    return record;
  }

  #functionOf(name: string): BackgroundFunction {
    const work = this.#functions.get(name);
    if (work === undefined) throw new SluiceError('task.undefined', { name });
    return work;
  }
}

function plainError(error: unknown): { readonly code?: string; readonly message: string } {
  const code = error instanceof SluiceError ? error.code : systemCode(error);
  return { message: messageOf(error), ...(code === undefined ? {} : { code }) };
}
