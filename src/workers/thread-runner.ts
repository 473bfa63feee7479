import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { systemCode } from '../base/errors.ts';
import { moduleUrl } from '../base/module-url.ts';
import type { RunnerAnswer, StartRunner } from './runner.ts';

/**
 * Where a thread's objects begin to live, MB. V8 lets this grow only where much survives; of calls
 * that leave nothing behind it would clean the smallest one several times for every hundred.
 */
const YOUNG_MB = 4;

/** Threads whose heap has a bound, MB: who passes it loses the thread, not the process. */
export function threadRunner(heapMbMax: number): StartRunner {
  return ({ onOnline, onAnswer, onLost }) => {
    // No resource limit of a thread says it: a thread takes what the process says as it starts.
    setFlagsFromString(`--min-semi-space-size=${YOUNG_MB}`);
    const worker = new Worker(moduleUrl(import.meta.url, './thread-entry.ts'), {
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
    });
    worker.unref();
    worker.on('online', () => {
      setFlagsFromString('--min-semi-space-size=0');
      onOnline();
    });
    worker.on('message', (answer: RunnerAnswer) => onAnswer(answer));
    worker.on('error', (error) => {
      const full = systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY';
      if (full) onLost('compute.memory', `${heapMbMax} MB`);
      else onLost('compute.crashed', error.message);
    });
    worker.on('exit', (code) => onLost('compute.crashed', `exit code ${code}`));
    return {
      send: (calls, transfer) => worker.postMessage(calls, [...transfer]),
      hold: (held) => (held ? worker.ref() : worker.unref()),
      async stop() {
        // Waited for, even where nothing else keeps this process alive.
        worker.ref();
        await worker.terminate();
      },
    };
  };
}
