/**
 * From a task in memory to a running attempt: answers it from the cache, lets equal work be done
 * once, and hands it to admission.
 */
import type { Permit, Unit } from '../admission/admission.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { CachedResult } from '../store/store.ts';
import { Attempt } from './attempt.ts';
import type { LaneHome } from './engine-node.ts';
import type { JobRun } from './job-run.ts';
import type { EngineParts } from './parts.ts';
import { NO_FEEDBACK, type Startable } from './seat.ts';
import type { SharedWork } from './shared-work.ts';

export interface TaskStarterParts {
  readonly parts: () => EngineParts;
  readonly shared: SharedWork<JobRun, Follower>;
  /** Whether answers of before this engine are taken; those of its own always are. */
  readonly reuse: boolean;
  /** Told of lanes before a job first uses them; what the store remembers of them is put there. */
  readonly recall: (jobId: string, lanes: readonly LaneKey[]) => Promise<void>;
}

/** A task that waits for the end of another one with the same key. */
export interface Follower {
  readonly run: JobRun;
  readonly task: Task;
}

const NO_LANES: readonly LaneKey[] = [];

/** A task that waits for admission, its unit and what starts it in one: there are many. */
class QueuedTask implements Unit<Startable>, Startable {
  readonly run: JobRun;
  readonly task: Task;
  readonly lanes: readonly LaneKey[];
  /** Of those that it needs, the ones that other nodes own. */
  readonly borrowed: readonly LaneKey[];
  readonly cacheKey: string | undefined;
  /** The count of answers when it was last looked for one. */
  readonly lookedAt: number;
  /** When it came up for its turn, monotonic, in whole ms: a small number costs no object. */
  readonly upMs: number;
  readonly #starter: TaskStarter;

  constructor(
    starter: TaskStarter,
    run: JobRun,
    task: Task,
    lookedAt: number,
    upMs: number,
    home: LaneHome | undefined,
  ) {
    const { lanes, cacheKey } = run.needsOf(task);
    this.run = run;
    this.task = task;
    this.borrowed =
      home && lanes.some((lane) => !home.isHere(lane))
        ? lanes.filter((lane) => !home.isHere(lane))
        : NO_LANES;
    this.lanes = this.borrowed.length === 0 ? lanes : lanes.filter((lane) => home?.isHere(lane));
    this.cacheKey = cacheKey;
    this.lookedAt = lookedAt;
    this.upMs = upMs;
    this.#starter = starter;
  }

  /** Whether what it waits for here is still owned here. */
  isHere(home: LaneHome): boolean {
    return this.lanes.every((lane) => home.isHere(lane));
  }

  get tenant(): string {
    return this.run.job.tenant;
  }

  get jobId(): string {
    return this.run.job.id;
  }

  get kind(): 'task' {
    return 'task';
  }

  get seq(): number {
    return this.task.seq;
  }

  get payload(): Startable {
    return this;
  }

  start(permit: Permit): void {
    this.#starter.start(this, permit);
  }
}

export class TaskStarter {
  readonly #options: TaskStarterParts;

  constructor(options: TaskStarterParts) {
    this.#options = options;
  }

  /** Takes tasks from a job's intake. */
  async take(run: JobRun, tasks: readonly Task[]): Promise<void> {
    const lookedAt = this.#options.shared.answers;
    const { lanes: home, clock } = this.#options.parts();
    const upMs = Math.floor(clock.monoMs());
    const made = (task: Task) => new QueuedTask(this, run, task, lookedAt, upMs, home);
    let queued = tasks.map(made);
    const cached = await this.#cached(queued);
    if (queued.some(({ lanes }) => lanes.length > 0)) {
      const lanes = queued.flatMap((each) => each.lanes);
      await this.#options.recall(run.job.id, lanes);
    }
    // Lanes may have been given away meanwhile.
    if (home) queued = queued.map((each) => (each.isHere(home) ? each : made(each.task)));
    if (cached === undefined) {
      run.enqueue(queued);
      return;
    }
    run.enqueue(queued.filter(({ cacheKey }) => cacheKey === undefined || !cached.has(cacheKey)));
    for (const { task, cacheKey } of queued) {
      const answer = cacheKey === undefined ? undefined : cached.get(cacheKey);
      if (answer) this.#answer(run, task, answer);
    }
  }

  start(queued: QueuedTask, permit: Permit): void {
    const parts = this.#options.parts();
    const { run, task, cacheKey } = queued;
    const ready = parts.begin(task);
    if (ready !== undefined) {
      // With this permit it would start late, and too soon before the next of its lanes.
      this.#giveBack(permit);
      void ready.then(() => this.#again(run, [task]));
      return;
    }
    if (cacheKey !== undefined) {
      const late = this.#options.shared.answeredSince(cacheKey, queued.lookedAt);
      if (late || !this.#options.shared.lead(cacheKey, run, { run, task })) {
        this.#giveBack(permit);
        if (late) this.#again(run, [task]);
        return;
      }
    }
    run.onStart();
    const attempt = new Attempt(parts, queued, permit);
    run.attempts.add(attempt);
    attempt.start(queued.borrowed);
  }

  #giveBack(permit: Permit): void {
    const { clock, kick } = this.#options.parts();
    const nowMs = clock.monoMs();
    permit.refundLeaf(nowMs);
    permit.releaseSeat(NO_FEEDBACK, nowMs);
    kick();
  }

  /**
   * An attempt with this key has ended. With an answer: those that waited for it look at it.
   * Without: another of each job may lead.
   */
  ended(cacheKey: string, answered: boolean): void {
    const { shared } = this.#options;
    const next = answered ? shared.answered(cacheKey) : shared.passedOn(cacheKey);
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

  /** What is known already of those whose answers are kept; undefined where none is. */
  async #cached(
    queued: readonly QueuedTask[],
  ): Promise<ReadonlyMap<string, CachedResult> | undefined> {
    const { store, clock } = this.#options.parts();
    const keys = new Set<string>();
    const { shared, reuse } = this.#options;
    for (const { cacheKey } of queued) {
      if (cacheKey !== undefined && (reuse || shared.answeredSince(cacheKey, 0))) {
        keys.add(cacheKey);
      }
    }
    return keys.size === 0 ? undefined : store.cached([...keys], clock.wallMs());
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
