import { ERROR_TABLE, type ErrorCode } from '../base/error-table.ts';
import { SluiceError } from '../base/errors.ts';
import type { ComputeCall } from './compute.ts';
import type { MeteredTask } from './pool-meter.ts';
import type { RunnerCall, RunnerError } from './runner.ts';

/** A call that nobody has answered yet. */
export interface Pending {
  readonly id: number;
  readonly call: ComputeCall;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Nobody waits any more. */
  left: boolean;
  readonly metered: MeteredTask | undefined;
}

export function refuse({ metered, reject }: Pending, error: unknown): void {
  metered?.ended(false);
  reject(error);
}

/** What was called off counts as neither done nor failed. */
export function leave({ metered, reject }: Pending, reason: unknown): void {
  metered?.ended(undefined);
  reject(reason);
}

export function runnerCall({ id, call: { module, name, args } }: Pending): RunnerCall {
  return { id, href: module.href, name, args };
}

export function revive(error: RunnerError): Error {
  if (error.code !== undefined && error.code in ERROR_TABLE) {
    return new SluiceError(error.code as ErrorCode, error.params);
  }
  const revived = new Error(error.message);
  if (error.stack !== undefined) revived.stack = error.stack;
  return revived;
}
