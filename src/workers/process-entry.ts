/** The entry of a process. It ends with its parent: whoever is left alone has nobody to answer. */
import { answerCalls } from './answer-calls.ts';
import type { RunnerCall } from './runner.ts';

process.on(
  'message',
  answerCalls((answer) => process.send?.(answer)) as (calls: RunnerCall[]) => void,
);
process.on('disconnect', () => process.exit(0));
// A signal to the whole group (Ctrl-C, a service that is stopped) is the parent's to answer: it
// drains, and then ends this.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
