/** The entry of a process. It ends with its parent: whoever is left alone has nobody to answer. */
import { Worker } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { moduleUrl } from '../base/module-url.ts';
import { answerCalls } from './answer-calls.ts';
import type { RunnerCall } from './runner.ts';

process.on(
  'message',
  answerCalls({
    clock: systemClock,
    post: (answers) => process.send?.(answers),
  }) as (calls: RunnerCall[]) => void,
);
process.on('disconnect', () => process.exit(0));
// Of a parent that was killed while this computes, a thread hears.
const watch = new Worker(moduleUrl(import.meta.url, './watch-parent.ts'), {
  workerData: Number(process.argv[2]),
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
});
watch.unref();
// A signal to the whole group (Ctrl-C, a service that is stopped) is the parent's to answer: it
// drains, and then ends this.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
