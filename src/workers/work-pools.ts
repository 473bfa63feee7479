/**
 * The engine's workers, a pool for each kind of work, so that one kind's long calls hold up no
 * other. Pools of threads grow and shrink between their bounds with what waits and with what the
 * machine has left; all of them together keep one bound. Where no worker can start, a call is made
 * on the caller's thread instead, and counted.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { MachineReadings } from '../base/machine.ts';
import type { Compute, ComputeCall } from './compute.ts';
import { createInlineCompute } from './compute-inline.ts';
import { InlinePool } from './inline-pool.ts';
import type { PoolBook } from './pool-book.ts';
import type { PoolMeter } from './pool-meter.ts';
import { nextLimit } from './pool-size.ts';
import type { StartRunner } from './runner.ts';
import { WorkerPool } from './worker-pool.ts';

export interface PoolPlan {
  readonly kind: string;
  /** Kept although they are idle, once they were needed. */
  readonly min: number;
  readonly max: number;
  /** How many there may be before anything is known of the work. */
  readonly start: number;
  /** Longest run of a call that says nothing else, ms. */
  readonly timeoutMs: number;
}

export interface InlinePlan {
  readonly kind: string;
  readonly max: number;
  readonly timeoutMs: number;
}

export interface WorkPoolsOptions {
  /** The first is for calls that name no other. */
  readonly threads: readonly [PoolPlan, ...PoolPlan[]];
  readonly inline: readonly InlinePlan[];
  /** Threads of all pools together. */
  readonly workersMax: number;
  readonly idleMs: number;
  /** How often sizes are looked at while there is work. */
  readonly lookMs: number;
  /** What one may need: the bound of its heap. */
  readonly workerBytes: number;
  readonly start: StartRunner;
  readonly book: PoolBook;
  readonly clock: Clock;
  readonly log: Logger;
  readonly readings: () => MachineReadings;
  readonly onClose: () => void;
}

interface Pool {
  readonly plan: PoolPlan;
  readonly meter: PoolMeter;
  readonly workers: WorkerPool;
  limit: number;
  /** No worker could start for its last call. */
  degraded: boolean;
}

export class WorkPools implements Compute {
  readonly #options: WorkPoolsOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #here = createInlineCompute();
  #look: Timer | undefined;
  #closed = false;

  constructor(options: WorkPoolsOptions) {
    this.#options = options;
    for (const plan of options.threads) this.#pools.set(plan.kind, this.#makePool(plan));
    for (const { kind, max, timeoutMs } of options.inline) {
      const bounds = { runner: 'inline', size: max, min: max, max } as const;
      const meter = options.book.add(kind, () => bounds);
      const { clock } = options;
      options.book.addInline(kind, new InlinePool({ meter, max, timeoutMs, clock }));
    }
  }

  async run(call: ComputeCall, signal?: AbortSignal): Promise<unknown> {
    const pool = this.#poolOf(call);
    this.#armLook();
    try {
      const result = await pool.workers.run(call, signal);
      pool.degraded = false;
      return result;
    } catch (error) {
      const none = error instanceof SluiceError && error.code === 'compute.unavailable';
      if (!none) throw error;
      return this.#runHere(pool, call, error, signal);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#look?.cancel();
    this.#options.onClose();
    await Promise.all([...this.#pools.values()].map(({ workers }) => workers.close()));
  }

  async #runHere(
    pool: Pool,
    call: ComputeCall,
    why: SluiceError,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { kind } = pool.plan;
    if (!pool.degraded) {
      this.#options.log.warn(`${why.message} Work of the pool ${kind} is done without, slowly.`);
    }
    pool.degraded = true;
    pool.meter.degraded += 1;
    const metered = pool.meter.begin(call.label ?? call.name);
    metered.started();
    try {
      const result = await this.#here.run(call, signal);
      metered.ended(true);
      return result;
    } catch (error) {
      metered.ended(signal?.aborted ? undefined : false);
      throw error;
    }
  }

  #poolOf({ pool }: ComputeCall): Pool {
    const found = pool === undefined ? undefined : this.#pools.get(pool);
    if (found) return found;
    return this.#pools.get(this.#options.threads[0].kind) as Pool;
  }

  #makePool(plan: PoolPlan): Pool {
    const { book, clock, start, idleMs, workersMax } = this.#options;
    const { kind, min, max, timeoutMs } = plan;
    const meter = book.add(kind, () => {
      const { workers, degraded } = pool;
      const runner = degraded ? 'inline' : 'thread';
      return { runner, size: workers.status.runners, min, max };
    });
    const pool: Pool = {
      plan,
      meter,
      limit: plan.start,
      degraded: false,
      workers: new WorkerPool({
        start,
        min,
        max,
        clock,
        callTimeoutMs: timeoutMs,
        idleMs,
        crowded: () => this.#runners() >= workersMax,
        meter,
      }),
    };
    pool.workers.resize(pool.limit);
    return pool;
  }

  #runners(): number {
    let runners = 0;
    for (const { workers } of this.#pools.values()) runners += workers.status.runners;
    return runners;
  }

  /** Sizes are looked at while there is anything to do, or to take back. */
  #armLook(): void {
    if (this.#look !== undefined || this.#closed) return;
    this.#look = this.#options.clock.after(this.#options.lookMs, () => {
      this.#look = undefined;
      const readings = this.#options.readings();
      let more = false;
      for (const pool of this.#pools.values()) more = this.#resize(pool, readings) || more;
      if (more) this.#armLook();
    });
  }

  /** Whether it is to be looked at again. */
  #resize(pool: Pool, readings: MachineReadings): boolean {
    const { meter, plan, workers } = pool;
    const { workerBytes, clock } = this.#options;
    const { min, max, start } = plan;
    const { busy } = workers.status;
    const waitedMs = meter.waitedMs(clock.monoMs());
    pool.limit = nextLimit(
      { limit: pool.limit, min, max, start, busy, waitedMs, workerBytes },
      readings,
    );
    workers.resize(pool.limit);
    return busy > 0 || waitedMs > 0 || pool.limit !== start;
  }
}
