import type { Compute, ComputeCall } from './compute.ts';
import { exportedFunction } from './exported-function.ts';

/** Runs calls on the caller's own thread: for tests, and where threads cannot start. */
export function createInlineCompute(): Compute {
  return {
    async run(call: ComputeCall, signal?: AbortSignal): Promise<unknown> {
      signal?.throwIfAborted();
      const run = await exportedFunction(call.module.href, call.name);
      return run(...call.args);
    },
    async close() {},
  };
}
