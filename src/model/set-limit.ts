import { type LaneKey, laneKind } from './lane.ts';

/** What a person has set a limit to; an absent part stays as it is found out or declared. */
export interface LimitValues {
  /** At once. */
  readonly concurrency?: number;
  /** Starts a second. */
  readonly perSecond?: number;
}

export interface SetLimit extends LimitValues {
  readonly lane: LaneKey;
  /** Wall time, ms. */
  readonly setMs: number;
  /** Id of the key. */
  readonly by: string;
}

export const CONCURRENCY_MAX = 10_000;
export const PER_SECOND_MAX = 100_000;
const LANE = /^[a-z][a-z-]{0,30}:\S{1,300}$/;

/** Whether the limit of a lane can be set: of nodes, tenants and turns it is set elsewhere. */
export function isSettable(lane: string): lane is LaneKey {
  if (!LANE.test(lane)) return false;
  return !['node', 'tenant', 'turn'].includes(laneKind(lane as LaneKey));
}
