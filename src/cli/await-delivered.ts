/**
 * Waits until a job's records are where they are to be delivered, and says how that goes. Ctrl-C
 * ends the wait and leaves what is left to the next process.
 */
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { count } from '../engine/job-words.ts';
import type { DeliveryReason, DeliveryState } from '../model/outbox.ts';
import { EXIT } from './exit.ts';
import { onInterrupts } from './interrupts.ts';

const LOOK_MS = 200;
/** What merely grows is told now and then. */
const TOLD_MS = 10_000;

/** A delivery as it is shown, of this process or of a server. */
export interface ShownDelivery {
  readonly id: string;
  readonly place: string;
  readonly state: DeliveryState;
  readonly delivered: number;
  readonly waiting: number;
  readonly reason?: DeliveryReason | undefined;
  readonly retryAtMs?: number | undefined;
}

export interface AwaitDelivered {
  readonly clock: Pick<Clock, 'sleep' | 'monoMs' | 'wallMs'>;
  readonly look: () => Promise<readonly ShownDelivery[]>;
  readonly say: (line: string) => void;
  /** What the user will want to type to have the rest delivered. */
  readonly goOn: string;
  /** By the clock's `monoMs`: how long it waits; what is left then is left to the next process. */
  readonly untilMs?: number | undefined;
  /**
   * The job rests: no more records come. What is there is delivered as far as that can be now; a
   * destination that is away is left to whoever goes on with the job.
   */
  readonly isPaused?: boolean;
  /** The exit code of who asked to stop before this began: then it does not wait at all. */
  readonly asked?: number | undefined;
}

/** Resolves with an exit code: 0 = all is there. */
export async function awaitDelivered(options: AwaitDelivered): Promise<number> {
  const { clock, say, goOn, untilMs = Number.POSITIVE_INFINITY, isPaused = false } = options;
  const leave = new AbortController();
  let exit: number = options.asked ?? EXIT.ok;
  const stop = onInterrupts((code) => {
    if (exit !== EXIT.ok) process.exit(code);
    exit = code;
    leave.abort();
  });
  const told = new Map<string, { readonly delivery: ShownDelivery; readonly atMs: number }>();
  try {
    for (;;) {
      const found = await options.look();
      const deliveries = isPaused ? found.map(caughtUp) : found;
      const nowMs = clock.monoMs();
      for (const delivery of deliveries) {
        const before = told.get(delivery.id);
        const isEarly = before !== undefined && nowMs - before.atMs < TOLD_MS;
        if (before && !isNews(delivery, before.delivery, isEarly)) continue;
        told.set(delivery.id, { delivery, atMs: nowMs });
        say(deliveryLine(delivery, clock.wallMs()));
      }
      if (nowMs >= untilMs && exit === EXIT.ok) exit = EXIT.timeout;
      const left = deliveries.filter(({ state }) => state !== 'delivered');
      const stopped = left.filter(({ state }) => state === 'stopped');
      const resting = isPaused ? left.filter(({ state }) => state === 'resting') : [];
      if (exit !== EXIT.ok || stopped.length + resting.length === left.length) {
        if (left.length === 0) return EXIT.ok;
        say(`Deliver the rest: ${goOn}`);
        return exit === EXIT.ok ? EXIT.away : exit;
      }
      await clock.sleep(Math.min(LOOK_MS, untilMs - nowMs), leave.signal).catch(() => {});
    }
  } finally {
    stop();
  }
}

/** A delivery of a job that rests is at its end, for now, where nothing waits. */
export function caughtUp(delivery: ShownDelivery): ShownDelivery {
  const isAll = delivery.state === 'delivering' && delivery.waiting === 0;
  return isAll ? { ...delivery, state: 'delivered' } : delivery;
}

/** Whether its line says something else by now; `isEarly`: what merely grows can wait. */
function isNews(delivery: ShownDelivery, before: ShownDelivery, isEarly: boolean): boolean {
  const { state, delivered, retryAtMs } = delivery;
  if (state !== before.state) return true;
  return !isEarly && (delivered !== before.delivered || retryAtMs !== before.retryAtMs);
}

/** One delivery in words. */
export function deliveryLine(delivery: ShownDelivery, wallMs: number): string {
  const { place, state, delivered, waiting, reason, retryAtMs } = delivery;
  const of = `${count(delivered)} of ${count(delivered + waiting)} records are in ${place}`;
  if (state === 'delivered') return `Delivered: ${count(delivered)} records are in ${place}`;
  const why = reason === undefined ? '' : `: ${reason.message}`;
  if (state === 'stopped') return `Delivery stopped, ${of}${why} [${reason?.code ?? ''}]`;
  if (state === 'delivering') return `Delivering: ${of}`;
  const inMs = Math.max(0, (retryAtMs ?? wallMs) - wallMs);
  return `Delivery rests, ${of}; again in ${formatDuration(inMs)}${why}`;
}
