import { Deque } from '../base/deque.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { exportedFunction } from './exported-function.ts';
import type { RunnerAnswer, RunnerCall, RunnerError } from './runner.ts';

/**
 * Answers calls one at a time, in order: the other end of a runner. Each answer goes back before
 * the next call begins, so that whoever waits knows which call it is that takes long.
 */
export function answerCalls(
  post: (answer: RunnerAnswer) => void,
): (calls: readonly RunnerCall[]) => void {
  const waiting = new Deque<RunnerCall>();
  let answering = false;

  const answerAll = async () => {
    answering = true;
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      const answered = await answer(call);
      try {
        post(answered);
      } catch (error) {
        // Not plain data.
        post({ id: call.id, error: plainError(error) });
      }
    }
    answering = false;
  };

  return (calls) => {
    for (const call of calls) waiting.push(call);
    if (!answering) void answerAll();
  };
}

async function answer({ id, href, name, args }: RunnerCall): Promise<RunnerAnswer> {
  try {
    const run = await exportedFunction(href, name);
    return { id, result: await run(...args) };
  } catch (error) {
    return { id, error: plainError(error) };
  }
}

function plainError(error: unknown): RunnerError {
  return {
    message: messageOf(error),
    code: error instanceof SluiceError ? error.code : undefined,
    params: error instanceof SluiceError ? error.params : {},
    stack: error instanceof Error ? error.stack : undefined,
  };
}
