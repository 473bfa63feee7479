/** The entry of a thread. */
import { parentPort } from 'node:worker_threads';
import { answerCalls } from './answer-calls.ts';

if (parentPort) {
  const port = parentPort;
  port.on(
    'message',
    answerCalls((answer) => port.postMessage(answer)),
  );
}
