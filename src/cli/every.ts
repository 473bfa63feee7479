import type { Clock } from '../base/clock.ts';

/** Calls `tick` again and again until the returned function is called. */
export function every(clock: Clock, everyMs: number, tick: () => void): () => void {
  const run = () => {
    tick();
    timer = clock.after(everyMs, run);
  };
  let timer = clock.after(everyMs, run);
  return () => timer.cancel();
}
