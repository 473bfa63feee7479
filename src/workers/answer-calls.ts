import type { Clock } from '../base/clock.ts';
import { Deque } from '../base/deque.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { exportedFunction } from './exported-function.ts';
import type { RunnerAnswer, RunnerCall, RunnerError } from './runner.ts';

/** How long an answer waits for others to go with, ms, and how many go together at most. */
const TOGETHER_MS = 4;
const TOGETHER_MAX = 16;

export interface AnswerOptions {
  readonly clock: Pick<Clock, 'monoMs'>;
  readonly post: (answers: readonly RunnerAnswer[]) => void;
  /**
   * Answers of quick calls go together where this is told of each call as it begins: so whoever
   * waits knows which of them takes long, or was never begun. Default: each answer goes back before
   * the next call begins.
   */
  readonly begun?: (id: number) => void;
  /** Calls that arrived and were not yet told; asked before answers are let go. */
  readonly more?: () => readonly RunnerCall[];
}

/** Answers calls one at a time, in order: the other end of a runner. */
export function answerCalls(options: AnswerOptions): (calls: readonly RunnerCall[]) => void {
  const { clock, post, begun, more } = options;
  const waiting = new Deque<RunnerCall>();
  let answering = false;
  let held: RunnerAnswer[] = [];
  let sinceMs = 0;
  let last: RunnerCall | undefined;

  const next = () => {
    if (waiting.size === 0) for (const call of more?.() ?? []) waiting.push(call);
    return waiting.shift();
  };
  const letGo = () => {
    const answers = held;
    held = [];
    postAll(post, answers);
  };
  const answerAll = async () => {
    answering = true;
    for (let call = next(); call !== undefined; call = next()) {
      // Of another function nobody knows yet that it is quick: what is done does not wait for it.
      if (held.length > 0 && (call.name !== last?.name || call.href !== last.href)) letGo();
      last = call;
      begun?.(call.id);
      const beganMs = clock.monoMs();
      const outcome = await outcomeOf(call);
      const nowMs = clock.monoMs();
      if (held.length === 0) sinceMs = beganMs;
      held.push({ id: call.id, tookMs: nowMs - beganMs, ...outcome });
      if (!begun || held.length >= TOGETHER_MAX || nowMs - sinceMs >= TOGETHER_MS) letGo();
    }
    answering = false;
    if (held.length > 0) letGo();
  };

  return (calls) => {
    for (const call of calls) waiting.push(call);
    if (!answering) void answerAll();
  };
}

/** One that is not plain data is told as an error, and keeps none of the others. */
function postAll(post: AnswerOptions['post'], answers: readonly RunnerAnswer[]): void {
  try {
    post(answers);
  } catch (error) {
    const [first] = answers;
    if (first === undefined) return;
    const { id, tookMs } = first;
    if (answers.length === 1) post([{ id, tookMs, error: plainError(error) }]);
    else for (const answer of answers) postAll(post, [answer]);
  }
}

type Outcome = { readonly result: unknown } | { readonly error: RunnerError };

async function outcomeOf({ href, name, args }: RunnerCall): Promise<Outcome> {
  try {
    const run = await exportedFunction(href, name);
    return { result: await run(...args) };
  } catch (error) {
    return { error: plainError(error) };
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
