/**
 * Where calls run outside the caller's thread: a thread or a process that takes calls one after
 * another, in the order in which they were sent, and answers each. The port that the pool is made
 * on; what a runner says of its own end is the pool's to judge.
 */
export interface Runner {
  /** Throws where a call is not plain data: then none of them left. */
  send(calls: readonly RunnerCall[], transfer: readonly ArrayBuffer[]): void;
  /** Whether it keeps this process alive. */
  hold(held: boolean): void;
  /**
   * Id of the call that it runs or ran last, 0 before the first. Only where answers may come
   * together: calls before that one are done, though nothing was heard of them yet.
   */
  readonly at?: () => number;
  /** Ends it at once, whatever it does. Nothing is told any more. */
  stop(): Promise<void>;
}

export interface RunnerEvents {
  /** It has begun to run: its start is not a call's time. */
  onOnline(): void;
  /** In the order in which they were made. */
  onAnswers(answers: readonly RunnerAnswer[]): void;
  onLost(code: LossCode, detail: string): void;
}

export type LossCode = 'compute.crashed' | 'compute.memory';

export type StartRunner = (events: RunnerEvents) => Runner;

export interface RunnerCall {
  readonly id: number;
  readonly href: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type RunnerAnswer =
  | { readonly id: number; readonly tookMs: number; readonly result: unknown }
  | { readonly id: number; readonly tookMs: number; readonly error: RunnerError };

/** An error as plain data: a class does not survive the crossing. */
export interface RunnerError {
  readonly message: string;
  readonly code: string | undefined;
  readonly params: Readonly<Record<string, string | number>>;
  readonly stack: string | undefined;
}
