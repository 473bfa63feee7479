import type { Failure } from './failure.ts';

/** How one attempt ended. A value: exceptions are left for bugs and a broken world. */
export type Outcome =
  | { readonly kind: 'complete' }
  /** Try again at a wall time; costs an attempt. */
  | { readonly kind: 'retry'; readonly failure: Failure; readonly atMs: number }
  /** Go on at a wall time; costs no attempt. */
  | { readonly kind: 'snooze'; readonly atMs: number; readonly why: Failure }
  /** Set aside for good. */
  | { readonly kind: 'discard'; readonly failure: Failure }
  /** Ended by its owner. */
  | { readonly kind: 'cancel' }
  /** Nothing of its job can go on: the job is paused, the task back to available and unspent. */
  | { readonly kind: 'stop'; readonly failure: Failure }
  /** Interrupted by shutdown, pause or a lost lease: back to available, no attempt spent. */
  | { readonly kind: 'release' };
