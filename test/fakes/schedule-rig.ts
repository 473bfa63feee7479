/**
 * Schedules over virtual time and a real store, with jobs that only last. A process can be made to
 * die between any two of its steps: nothing that it had begun goes on, what it had written stays.
 */
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Feed } from '../../src/engine/feed.ts';
import { CATCH_UP_MS, Schedules } from '../../src/engine/schedules.ts';
import type { Job } from '../../src/model/job.ts';
import type { JobOrder } from '../../src/model/job-order.ts';
import type { JobAction } from '../../src/model/lifecycle.ts';
import type { ScheduleDraft, ScheduleRun } from '../../src/model/schedule.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { VirtualClock } from './virtual-clock.ts';

export const TENANT = 'acme';
export const ORDER: JobOrder = { collector: 'contacts', options: {} };

export function draft(more: Partial<ScheduleDraft> = {}): ScheduleDraft {
  return { name: 'Nightly', cron: '@hourly', order: ORDER, ...more };
}

interface RigOptions {
  readonly store?: Store;
  /** How long jobs last; undefined = until a test ends them. */
  readonly jobMs?: number | undefined;
  readonly seed?: number;
  readonly catchUpMs?: number;
}

/** A job as it was made: `key` is its idempotency key. */
export interface Made {
  readonly jobId: string;
  readonly key: string;
  readonly atMs: number;
}

export class ScheduleRig {
  readonly clock = new VirtualClock();
  readonly store: Store;
  readonly feed = new Feed(this.clock, 1_000, () => {});
  readonly made: Made[] = [];
  readonly cancelled: string[] = [];
  readonly submits: string[] = [];
  /** Thrown by the next submits, where set. */
  refusal: Error | undefined;
  /** Thrown by the next writes, where set. */
  writeFault: Error | undefined;
  /** Thrown by checks of orders, where set. */
  orderFault: Error | undefined;
  /** How far the machine's calendar was set, or how long it slept. */
  wallShiftMs = 0;
  /** Dies as it submits, before a job is made. */
  dieAtSubmit: SimProcess | undefined;
  jobMs: number | undefined;
  process: SimProcess;
  readonly #options: RigOptions;
  #jobs = 0;
  #starts = 0;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.store = options.store ?? new MemoryStore();
    this.jobMs = options.jobMs;
    this.process = this.#start();
  }

  get schedules(): Schedules {
    return this.process.schedules;
  }

  wallMs(): number {
    return this.clock.wallMs() + this.wallShiftMs;
  }

  /** The process is gone, as by `kill -9`; the next one begins. */
  restart(): Promise<void> {
    this.process.kill();
    this.process = this.#start();
    return this.schedules.open();
  }

  /** Plays until `ms` from now. */
  async pass(ms: number): Promise<void> {
    await this.clock.run(() => false, this.clock.monoMs() + ms);
  }

  async endJob(jobId: string, action: JobAction = 'complete'): Promise<void> {
    const job = await this.store.moveJob(jobId, action, { nowMs: this.clock.wallMs() });
    this.feed.append({ type: 'job.state', jobId, state: job.state, job });
  }

  /** The whole history of a schedule, oldest first. */
  async history(id: string): Promise<readonly ScheduleRun[]> {
    return (await this.schedules.history(TENANT, id, { limit: 100 })).toReversed();
  }

  /** Start and end of the process's steps are places where it may die. */
  #start(): SimProcess {
    const { seed = 1, catchUpMs = CATCH_UP_MS } = this.#options;
    const { clock, store, feed } = this;
    this.#starts += 1;
    const process: SimProcess = new SimProcess((step) => {
      return new Schedules({
        store: {
          job: (id) => step(() => store.job(id)),
          document: (kind, id) => step(() => store.document(kind, id)),
          documents: (query) => step(() => store.documents(query)),
          writeDocuments: (changes, nowMs) =>
            step(async () => {
              if (this.writeFault) throw this.writeFault;
              await store.writeDocuments(changes, nowMs);
            }),
        },
        clock: {
          wallMs: () => this.wallMs(),
          monoMs: () => clock.monoMs(),
          sleep: (ms, signal) => clock.sleep(ms, signal),
          after: (ms, callback) => clock.after(ms, () => process.alive && callback()),
        },
        random: seededRandom(seed + 1_000 * this.#starts),
        log: silentLogger,
        submit: (order, tenant, key) =>
          step(async () => {
            this.submits.push(key);
            if (this.dieAtSubmit === process) process.kill();
            return process.alive ? this.#submit(order, tenant, key) : NEVER;
          }),
        cancel: (jobId) =>
          step(async () => {
            this.cancelled.push(jobId);
            await this.endJob(jobId, 'cancel');
          }),
        checkOrder: async () => {
          if (this.orderFault) throw this.orderFault;
        },
        feed: { subscribe: (listen) => feed.subscribe((event) => process.alive && listen(event)) },
        catchUpMs,
      });
    });
    return process;
  }

  async #submit(order: JobOrder, tenant: string, key: string): Promise<Job> {
    if (this.refusal) throw this.refusal;
    const atMs = this.wallMs();
    const { job, created } = await this.store.createJob({
      id: `j${(this.#jobs += 1)}`,
      tenant,
      collector: order.collector,
      options: order.options,
      input: { path: '', name: '', format: 'none', dialect: {} },
      weight: 1,
      concurrency: 0,
      retries: 0,
      idempotencyKey: key,
      createdMs: atMs,
    });
    if (!created) return job;
    this.made.push({ jobId: job.id, key, atMs });
    if (this.jobMs === 0) await this.endJob(job.id);
    else if (this.jobMs !== undefined) {
      this.clock.after(this.jobMs, () => {
        // One that was cancelled meanwhile has ended already.
        this.endJob(job.id).catch(() => {});
      });
    }
    return job;
  }
}

const NEVER = new Promise<never>(() => {});

type Step = <T>(work: () => Promise<T>) => Promise<T>;

export class SimProcess {
  alive = true;
  /** Dies after this many steps more; a half = in the middle of one, after its effect. */
  stepsLeft = Number.POSITIVE_INFINITY;
  readonly schedules: Schedules;

  constructor(make: (step: Step) => Schedules) {
    this.schedules = make((work) => this.#step(work));
  }

  kill(): void {
    this.alive = false;
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    this.stepsLeft -= 0.5;
    if (this.stepsLeft <= 0) this.kill();
    if (!this.alive) return NEVER;
    const result = await work();
    this.stepsLeft -= 0.5;
    if (this.stepsLeft <= 0) this.kill();
    if (!this.alive) return NEVER;
    return result;
  }
}
