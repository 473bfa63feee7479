import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { systemCode } from '../base/errors.ts';
import { moduleUrl } from '../base/module-url.ts';
import type { StartRunner } from './runner.ts';
import type { ThreadPlan } from './thread-entry.ts';

/**
 * Where a thread's objects begin to live, MB. V8 lets this grow only where much survives; of calls
 * that leave nothing behind it would clean the smallest one several times for every hundred.
 */
const YOUNG_MB = 4;

export interface ThreadRunnerOptions {
  /**
   * What is called may be called again where its answer was lost with its thread: answers of quick
   * calls then come together, since a crossing costs more than such a call. Default: no.
   */
  readonly repeatable?: boolean;
}

/** Threads whose heap has a bound, MB: who passes it loses the thread, not the process. */
export function threadRunner(
  heapMbMax: number,
  { repeatable = false }: ThreadRunnerOptions = {},
): StartRunner {
  return ({ onOnline, onAnswers, onLost }) => {
    const at = repeatable ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
    const plan: ThreadPlan = at === undefined ? {} : { at };
    // No resource limit of a thread says it: a thread takes what the process says as it starts.
    setFlagsFromString(`--min-semi-space-size=${YOUNG_MB}`);
    const worker = new Worker(moduleUrl(import.meta.url, './thread-entry.ts'), {
      workerData: plan,
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
    });
    worker.unref();
    worker.on('online', () => {
      setFlagsFromString('--min-semi-space-size=0');
      onOnline();
    });
    worker.on('message', onAnswers);
    worker.on('error', (error) => {
      const full = systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY';
      if (full) onLost('compute.memory', `${heapMbMax} MB`);
      else onLost('compute.crashed', error.message);
    });
    worker.on('exit', (code) => onLost('compute.crashed', `exit code ${code}`));
    return {
      send: (calls, transfer) => worker.postMessage(calls, [...transfer]),
      ...(at && { at: () => Atomics.load(at, 0) }),
      hold: (held) => (held ? worker.ref() : worker.unref()),
      async stop() {
        // Waited for, even where nothing else keeps this process alive.
        worker.ref();
        await worker.terminate();
      },
    };
  };
}
