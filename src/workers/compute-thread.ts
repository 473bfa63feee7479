/**
 * The entry of a compute thread: answers one call at a time, in order. Errors go back as plain
 * data, because a class does not survive the crossing.
 */
import { parentPort } from 'node:worker_threads';
import { messageOf, SluiceError } from '../base/errors.ts';
import { exportedFunction } from './exported-function.ts';

export interface ThreadCall {
  readonly id: number;
  readonly href: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type ThreadAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ThreadError };

export interface ThreadError {
  readonly message: string;
  readonly code: string | undefined;
  readonly params: Readonly<Record<string, string | number>>;
  readonly stack: string | undefined;
}

const port = parentPort;
if (port) {
  port.on('message', (call: ThreadCall) => {
    void answer(call).then((message) => {
      try {
        port.postMessage(message);
      } catch (error) {
        // Not plain data.
        port.postMessage({ id: call.id, error: threadError(error) });
      }
    });
  });
}

async function answer(call: ThreadCall): Promise<ThreadAnswer> {
  try {
    const run = await exportedFunction(call.href, call.name);
    return { id: call.id, result: await run(...call.args) };
  } catch (error) {
    return { id: call.id, error: threadError(error) };
  }
}

function threadError(error: unknown): ThreadError {
  return {
    message: messageOf(error),
    code: error instanceof SluiceError ? error.code : undefined,
    params: error instanceof SluiceError ? error.params : {},
    stack: error instanceof Error ? error.stack : undefined,
  };
}
