/** What a tenant keeps of a channel beside its messages. */
import type { ReadRange } from './sweep.ts';

/** What is kept of a channel between runs, under its key in `channel-state`. */
export interface ChannelState {
  readonly name: string;
  readonly title: string;
  /** Highest id that was seen. */
  readonly newest: number;
  /** Down to which id everything is known. */
  readonly oldest: number;
  readonly ranges: readonly ReadRange[];
  /** Whether a sweep was cut off, or is under way. */
  readonly unfinished: boolean;
}
