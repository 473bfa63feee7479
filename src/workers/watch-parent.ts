/**
 * The entry of a thread that ends its process when the parent is gone. A process that is left alone
 * hears of it by its channel, but not while it computes: one in an endless loop would run for ever.
 */
import { workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';

const LOOK_MS = 500;
const parent = workerData as number;

function look(): void {
  // Whoever loses its parent gets another one; elsewhere the number is that of nobody.
  if (process.ppid !== parent || !isThere(parent)) process.kill(process.pid, 'SIGKILL');
  systemClock.after(LOOK_MS, look);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

look();
