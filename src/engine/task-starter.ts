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
  readonly shared: SharedWork<JobRun, Follower>;
  /** Told of lanes before a job first uses them; what the store remembers of them is put there. */
  readonly recall: (jobId: string, lanes: readonly LaneKey[]) => Promise<void>;
}

/** A task that waits for the end of another one with the same key. */
export interface Follower {
  readonly run: JobRun;
  readonly task: Task;
}

/** A task that waits for admission. */
class QueuedTask implements Startable {
  readonly #starter: TaskStarter;
  readonly #run: JobRun;
  readonly #task: Task;
  readonly #key: string | undefined;
  /** The count of answers when it was last looked for one. */
  readonly #lookedAt: number;

  constructor(
    starter: TaskStarter,
    run: JobRun,
    task: Task,
    key: string | undefined,
    lookedAt: number,
  ) {
    this.#starter = starter;
    this.#run = run;
    this.#task = task;
    this.#key = key;
    this.#lookedAt = lookedAt;
  }

  start(permit: Permit): void {
    this.#starter.start(this.#run, this.#task, this.#key, this.#lookedAt, permit);
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
    const lookedAt = this.#options.shared.answers;
    const keys = tasks.map((task) => run.cacheKey(task));
    const wanted = new Set(keys.filter((key) => key !== undefined));
    const cached =
      wanted.size > 0 ? await store.cached([...wanted], clock.wallMs()) : new Map<string, never>();
    const lanes = tasks.map((task) => run.lanesOf(task));
    await this.#options.recall(run.job.id, lanes.flat());
    tasks.forEach((task, i) => {
      const key = keys[i];
      const answer = key === undefined ? undefined : cached.get(key);
      if (answer) this.#answer(run, task, answer);
      else this.#enqueue(run, task, lanes[i] as readonly LaneKey[], key, lookedAt);
    });
  }

  start(run: JobRun, task: Task, key: string | undefined, lookedAt: number, permit: Permit): void {
    const parts = this.#options.parts();
    run.onAdmitted(task.seq);
    if (key !== undefined) {
      const late = this.#options.shared.answeredSince(key, lookedAt);
      if (late || !this.#options.shared.lead(key, run, { run, task })) {
        const nowMs = parts.clock.monoMs();
        permit.refundLeaf(nowMs);
        permit.releaseSeat(NO_FEEDBACK, nowMs);
        parts.kick();
        if (late) this.#again(run, [task]);
        return;
      }
      this.#leading.set(task, key);
    }
    run.onStart();
    const attempt = new Attempt(parts, run, task, permit);
    run.attempts.add(attempt);
    attempt.run();
  }

  /**
   * The task's attempt has ended. With an answer: those that waited for it look at it. Without:
   * another of each job may lead.
   */
  ended(task: Task, answered: boolean): void {
    const key = this.#leading.get(task);
    if (key === undefined) return;
    this.#leading.delete(task);
    const { shared } = this.#options;
    const next = answered ? shared.answered(key) : shared.passedOn(key);
    const byRun = Map.groupBy(next, (follower) => follower.run);
    for (const [run, followers] of byRun) {
      this.#again(
        run,
        followers.map((follower) => follower.task),
      );
    }
  }

  /** A job stops here: what of it waits for others is forgotten. */
  forget(run: JobRun): void {
    this.#options.shared.forget(run);
  }

  #again(run: JobRun, tasks: readonly Task[]): void {
    if (run.stopped) return;
    this.take(run, tasks).catch((error: unknown) => run.onStoreFailed(error));
  }

  #enqueue(
    run: JobRun,
    task: Task,
    lanes: readonly LaneKey[],
    key: string | undefined,
    lookedAt: number,
  ): void {
    const payload = new QueuedTask(this, run, task, key, lookedAt);
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
