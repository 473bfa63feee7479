import type { Clock } from '../base/clock.ts';
import type { LaneKey } from '../model/lane.ts';
import { NO_FEEDBACK, type Seat } from './seat.ts';

/** Computes with a start of a lane, which is given back as soon as the result is there. */
export async function computeInLane<T>(
  seat: Pick<Seat, 'enter'>,
  clock: Clock,
  lane: LaneKey,
  run: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const permit = await seat.enter(lane, signal);
  try {
    return await run();
  } finally {
    permit.settleLeaf(NO_FEEDBACK, clock.monoMs());
  }
}
