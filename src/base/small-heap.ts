/**
 * Keeps the heap of a process near what it needs. V8 sizes heaps by the machine's memory: on a
 * large machine it lets the young generation grow to a hundred megabytes and the old one to
 * several times what lives in it before it looks. Work that passes through in bounded pieces gains
 * nothing by that.
 *
 * The limits of the young generation can only be given when a process starts, but how it grows can
 * be changed at any time: it is left alone until it is large enough that most of what a batch
 * needs dies young, and then kept there.
 */
import { availableParallelism } from 'node:os';
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * The old generation may grow by this much, in percent of what survived, before it is collected.
 */
const OLD_GROWTH_PERCENT = 50;
/** Both halves of the young generation. */
const YOUNG_BYTES = 16 * 2 ** 20;
/**
 * With so few processors none is idle while there is work: V8's helpers, which share the cleaning
 * of a young generation as small as ours, take their time from threads that have something to do.
 */
const FEW_PROCESSORS = 2;

/**
 * For the whole process and its threads; V8 ignores flags that it does not know. Called before much
 * is loaded: how far the old generation may grow is decided at each collection for the time after.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${OLD_GROWTH_PERCENT}`);
  if (availableParallelism() <= FEW_PROCESSORS) setFlagsFromString('--no-parallel-scavenge');
  const observer = new PerformanceObserver(() => {
    if (youngBytes() < YOUNG_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  return young?.space_size ?? Number.POSITIVE_INFINITY;
}
