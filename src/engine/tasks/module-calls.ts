/**
 * Where a task's function runs: here, in a thread, or in a process of its own. The pools are made
 * at the first call; where none can start, the call is made here instead, and counted.
 */
import type { Clock } from '../../base/clock.ts';
import { SluiceError } from '../../base/errors.ts';
import { exportedFunction } from '../../workers/exported-function.ts';
import { processRunner } from '../../workers/process-runner.ts';
import { threadRunner } from '../../workers/thread-runner.ts';
import { WorkerPool } from '../../workers/worker-pool.ts';
import { type TaskPlan, wrong } from './task-profile.ts';
import type { StoppableContext } from './task-run.ts';
import type { Isolation, ModuleFunction, TaskFunction, TaskOptions } from './task-types.ts';

const IDLE_MS = 30_000;
/** The task's own limit is the one that is told; the pool's, so much later, is for a lost one. */
const BEHIND_MS = 1_000;

export class ModuleCalls {
  readonly #plan: TaskPlan;
  readonly #clock: Clock;
  readonly #pools = new Map<'thread' | 'process', WorkerPool>();
  /** The machine is short of something: no further thread or process is started. */
  crowded = false;
  /** Calls that were made here because no pool could start. */
  degraded = 0;

  constructor(plan: TaskPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  /** What calls a module's function with these arguments. */
  caller(
    work: ModuleFunction,
    args: readonly unknown[],
    where: Isolation,
    timeoutMs: number,
  ): (ctx: StoppableContext) => Promise<unknown> {
    if (where === 'inline') return named(() => callHere(work, args), work.name);
    const call = (ctx: StoppableContext) => this.#call(where, work, args, timeoutMs, ctx);
    return named(call, work.name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  async #call(
    where: 'thread' | 'process',
    { module, name }: ModuleFunction,
    args: readonly unknown[],
    timeoutMs: number,
    ctx: StoppableContext,
  ): Promise<unknown> {
    const call = { module, name, args, timeoutMs: timeoutMs + BEHIND_MS, endOnAbort: true };
    try {
      const { result, leave } = this.#pool(where).start(call);
      ctx.onStop = leave;
      return await result;
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'compute.unavailable')) throw error;
      this.degraded += 1;
      return callHere(call, args);
    }
  }

  #pool(where: 'thread' | 'process'): WorkerPool {
    let pool = this.#pools.get(where);
    if (pool === undefined) {
      const { memoryMb, threads } = this.#plan;
      pool = new WorkerPool({
        start:
          where === 'thread'
            ? threadRunner(memoryMb)
            : processRunner({ memoryMbMax: memoryMb, clock: this.#clock }),
        min: 0,
        max: threads,
        clock: this.#clock,
        callTimeoutMs: 300_000,
        idleMs: IDLE_MS,
        crowded: () => this.crowded,
      });
      this.#pools.set(where, pool);
    }
    return pool;
  }
}

/** Throws `task.option` where a function that is no module's is to leave this thread. */
export function inlineOnly(
  work: TaskFunction,
  { isolation = 'inline' }: TaskOptions,
): TaskFunction {
  if (isolation !== 'inline') throw wrong('isolation', isolation);
  return work;
}

/** In what is told of tasks it goes by the name of the export. */
function named<Call extends object>(call: Call, name: string): Call {
  return Object.defineProperty(call, 'name', { value: name });
}

async function callHere(work: ModuleFunction, args: readonly unknown[]): Promise<unknown> {
  const run = await exportedFunction(work.module.href, work.name);
  return run(...args);
}
