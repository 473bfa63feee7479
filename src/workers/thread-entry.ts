/** The entry of a thread. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { answerCalls } from './answer-calls.ts';
import type { RunnerCall } from './runner.ts';

export interface ThreadPlan {
  /** Holds the id of the call that runs; its answers may then come together. */
  readonly at?: Int32Array;
}

if (parentPort) {
  const port = parentPort;
  const { at } = workerData as ThreadPlan;
  port.on(
    'message',
    answerCalls({
      clock: systemClock,
      post: (answers) => port.postMessage(answers),
      ...(at && {
        begun: (id) => void Atomics.store(at, 0, id),
        more: () => (receiveMessageOnPort(port)?.message ?? []) as readonly RunnerCall[],
      }),
    }),
  );
}
