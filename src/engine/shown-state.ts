/**
 * The one word for how a job stands, wherever it is said: a job that runs and of which nothing
 * moves waits. Lists, pages, events and commands all take it from here.
 */
import type { JobState } from '../model/lifecycle.ts';
import { type Standing, standstill, type TimeWords } from './job-words.ts';

export const SHOWN_STATES = [
  'running',
  'waiting',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly (JobState | 'waiting')[];
export type ShownState = (typeof SHOWN_STATES)[number];

export interface Shown {
  readonly shown: ShownState;
  /** Why nothing of it moves, in a sentence without its full stop. */
  readonly still?: string;
}

export function shownOf(state: JobState, standing: Standing, time?: TimeWords): Shown {
  if (state !== 'running') return { shown: state };
  const still = standstill(standing, time);
  return still === undefined ? { shown: state } : { shown: 'waiting', still };
}
