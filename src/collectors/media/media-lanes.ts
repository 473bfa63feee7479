import type { LaneKey } from '../../model/lane.ts';

/** Files that are looked into at once. */
export const ANALYTICS_LANE: LaneKey = 'kind:analytics';

const AI = 'kind:ai/';

/** Questions to one endpoint at once. */
export function aiLane(baseUrl: string): LaneKey {
  return `${AI}${URL.parse(baseUrl)?.host ?? baseUrl}`;
}

export const isAiLane = (lane: LaneKey): boolean => lane.startsWith(AI);
