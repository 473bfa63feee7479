/**
 * What every store of a cluster decides alike: how long things are kept that nobody may come for.
 */
import { SluiceError } from '../base/errors.ts';

/** What the end of a loan says of a lane is old news after this time. */
export const LOAN_ENDS_KEPT_MS = 10 * 60_000;

/** Who looks on reads what was told every few seconds. */
export const TOLD_KEPT_MS = 5 * 60_000;

/** A file without its end for this long was left by a process that is gone. */
export const UNFINISHED_KEPT_MS = 86_400_000;

/** Seats of a cap that do not divide evenly are somebody else's after this time. */
const CAP_TURN_MS = 10_000;

export function capTurn(nowMs: number): number {
  return Math.floor(nowMs / CAP_TURN_MS);
}

export function fenced(): SluiceError {
  return new SluiceError('cluster.fenced');
}

/**
 * Losses of a shard that count, where `openThen` of its tasks were open as it was last begun: if
 * some have ended since, it does not end every node that takes it.
 */
export function lossesNow(losses: number, openThen: number | undefined, open: number): number {
  return openThen !== undefined && open < openThen ? Math.min(1, losses) : losses;
}
