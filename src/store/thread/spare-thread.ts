/**
 * The store's thread, started before it is known what it opens: it takes as long to start as the
 * rest of a short run takes to load, and the two go at once.
 */
import { Worker } from 'node:worker_threads';
import { moduleUrl } from '../../base/module-url.ts';

/** A batch in, a page out: the thread's heap holds little more. */
const HEAP_MIB_MAX = 256;
const YOUNG_MIB_MAX = 16;

let spare: Worker | undefined;

/** Has a thread ready for the next store that is opened; it does not keep the process alive. */
export function startSpareThread(): void {
  if (spare !== undefined) return;
  const worker = newThread();
  const lose = () => {
    if (spare === worker) spare = undefined;
  };
  // What is wrong is told by the thread that is started in its place.
  worker.on('error', lose);
  worker.on('exit', lose);
  worker.unref();
  spare = worker;
}

/** The spare thread, or a new one: it waits to be told what to open. */
export function takeThread(): Worker {
  const worker = spare ?? newThread();
  spare = undefined;
  worker.ref();
  return worker;
}

function newThread(): Worker {
  return new Worker(moduleUrl(import.meta.url, './store-thread.ts'), {
    name: 'store',
    resourceLimits: {
      maxOldGenerationSizeMb: HEAP_MIB_MAX,
      maxYoungGenerationSizeMb: YOUNG_MIB_MAX,
    },
  });
}
