/**
 * From a task in memory to a running attempt: answers it from the cache, lets equal work be done
 * once, and hands it to admission.
 */
import type { Permit, Unit } from '../admission/admission.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { CachedResult } from '../store/store.ts';
import { Attempt } from './attempt.ts';
import type { JobRun } from './job-run.ts';
import type { EngineParts } from './parts.ts';
import { NO_FEEDBACK, type Startable } from './seat.ts';
import type { SharedWork } from './shared-work.ts';

export interface TaskStarterParts {
  readonly parts: () => EngineParts;
  readonly shared: SharedWork;
  /** What the store remembers of lanes is put here before the lanes are first used. */
  readonly recall: (lanes: readonly LaneKey[]) => Promise<void>;
}

/** A task that waits for admission. */
class QueuedTask implements Startable {
  readonly #starter: TaskStarter;
  readonly #run: JobRun;
  readonly #task: Task;
  readonly key: string | undefined;

  constructor(starter: TaskStarter, run: JobRun, task: Task, key: string | undefined) {
    this.#starter = starter;
    this.#run = run;
    this.#task = task;
    this.key = key;
  }

  start(permit: Permit): void {
    this.#starter.start(this.#run, this.#task, this.key, permit);
  }
}

export class TaskStarter {
  readonly #options: TaskStarterParts;
  /** Keys that tasks in flight lead. */
  readonly #leading = new Map<Task, string>();

  constructor(options: TaskStarterParts) {
    this.#options = options;
  }

  /** Takes tasks from a job's intake. */
  async take(run: JobRun, tasks: readonly Task[]): Promise<void> {
    const { store, clock } = this.#options.parts();
    const keys = tasks.map((task) => run.cacheKey(task.input));
    const wanted = keys.filter((key) => key !== undefined);
    const cached =
      wanted.length > 0 ? await store.cached(wanted, clock.wallMs()) : new Map<string, never>();
    const lanes = tasks.map((task) => run.lanesOf(task));
    await this.#options.recall(lanes.flat());
    tasks.forEach((task, i) => {
      const key = keys[i];
      const answer = key === undefined ? undefined : cached.get(key);
      if (answer) this.#answer(run, task, answer);
      else this.#enqueue(run, task, lanes[i] as readonly LaneKey[], key);
    });
  }

  start(run: JobRun, task: Task, key: string | undefined, permit: Permit): void {
    const parts = this.#options.parts();
    if (key !== undefined && !this.#options.shared.lead(key, () => this.#again(run, task))) {
      const nowMs = parts.clock.monoMs();
      permit.refundLeaf(nowMs);
      permit.releaseSeat(NO_FEEDBACK, nowMs);
      parts.kick();
      return;
    }
    if (key !== undefined) this.#leading.set(task, key);
    run.onStart(task.seq);
    const attempt = new Attempt(parts, run, task, permit);
    run.attempts.add(attempt);
    attempt.run();
  }

  /** The task's attempt has ended: those that waited for the same answer look again. */
  ended(_run: JobRun, task: Task): void {
    const key = this.#leading.get(task);
    if (key === undefined) return;
    this.#leading.delete(task);
    this.#options.shared.ended(key);
  }

  #again(run: JobRun, task: Task): void {
    if (run.stopped) return;
    this.take(run, [task]).catch((error: unknown) => {
      this.#options.parts().log.error(`A cached answer could not be read: ${String(error)}`);
      this.#enqueue(run, task, run.lanesOf(task), undefined);
    });
  }

  #enqueue(run: JobRun, task: Task, lanes: readonly LaneKey[], key: string | undefined): void {
    const payload = new QueuedTask(this, run, task, key);
    const { tenant, id } = run.job;
    const unit: Unit<Startable> = {
      tenant,
      jobId: id,
      lanes,
      kind: 'task',
      seq: task.seq,
      payload,
    };
    run.enqueue(unit);
  }

  #answer(run: JobRun, task: Task, cached: CachedResult): void {
    const { journal, clock } = this.#options.parts();
    journal.append(
      {
        jobId: task.jobId,
        seq: task.seq,
        attemptNo: task.attemptNo,
        records: cached.records,
        recordsFrom: 0,
        end: { kind: 'completed', durationMs: 0 },
        nowMs: clock.wallMs(),
      },
      { onDurable: () => run.onAnswered(task), onLost: () => run.onAnswered(task) },
    );
  }
}
