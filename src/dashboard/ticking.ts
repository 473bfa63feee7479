/** Time in the page: what is shown as "12 s ago" moves on, and stops where nobody looks. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { pageClock } from '../base/page-clock.ts';

export const clock = pageClock;
/** Wall time, ms, to the second. */
export const nowMs = signal(clock.wallMs());
/** Whether somebody can see the page. */
export const visible = signal(document.visibilityState !== 'hidden');

document.addEventListener('visibilitychange', () => {
  visible.value = document.visibilityState !== 'hidden';
  nowMs.value = clock.wallMs();
});

const tick = () => {
  if (visible.value) nowMs.value = clock.wallMs();
  clock.after(1_000, tick);
};
tick();

/** Calls `run` again and again, `ms` after the end of the call before, while `on`. */
export function useEvery(ms: number, on: boolean, run: () => Promise<void> | void): void {
  useEffect(() => {
    if (!on) return;
    let over = false;
    let timer = clock.after(ms, again);
    async function again() {
      await run();
      if (!over) timer = clock.after(ms, again);
    }
    return () => {
      over = true;
      timer.cancel();
    };
  }, [ms, on, run]);
}
