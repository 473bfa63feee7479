/**
 * The port for work that leaves the caller's thread: a call of an exported function of a module, by
 * URL and name, with plain data in and out. It keeps long computing off the event loop; what it
 * computes must not depend on where it runs, so the inline implementation is a full substitute.
 */
export interface Compute {
  /**
   * Resolves with what the function returns. Rejects with the function's error, with
   * `compute.timeout`, `compute.memory` or `compute.crashed`, or with the signal's reason. Buffers
   * in `transfer` move.
   */
  run(call: ComputeCall, signal?: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

export interface ComputeCall {
  readonly module: URL;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly transfer?: readonly ArrayBuffer[];
  /** Longest run, ms. Default: the pool's. */
  readonly timeoutMs?: number;
  /** Ends its worker when the signal aborts while it runs; else it runs on and nobody waits. */
  readonly endOnAbort?: boolean;
  /**
   * Surely over within a few milliseconds, whatever is in it: while all workers are busy and calls
   * wait, the caller's own thread may make it, where no limit of time or memory guards it.
   */
  readonly short?: boolean;
  /** Whose workers run it, where there are several pools. Default: `general`. */
  readonly pool?: string;
  /** What whoever looks at the pool sees of it. Default: the function's name. */
  readonly label?: string;
}
