/**
 * The one stream of what happened, in order, after it became true. It keeps nothing: who needs the
 * past keeps as much of it as its readers may ask for.
 *
 * Events are numbered epoch × 2³² + 1, 2, …: an engine's numbers are above those of every engine
 * that had the same store before, and are exact as numbers up to two million starts.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { EngineEvent, SequencedEvent } from '../model/event.ts';
import type { EngineOptions } from './engine-options.ts';

const NUMBERS_PER_EPOCH = 2 ** 32;

/** The number before the first of an epoch. */
export function epochStart(epoch: number): number {
  return epoch * NUMBERS_PER_EPOCH;
}

export class Feed {
  readonly epoch: number;
  readonly #clock: Clock;
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners = new Set<(event: SequencedEvent) => void>();
  #seqNo: number;

  /** `onListenerError`: a listener that throws never harms what the event is about. */
  constructor(clock: Clock, epoch: number, onListenerError: (error: unknown) => void) {
    this.#clock = clock;
    this.epoch = epoch;
    this.#seqNo = epochStart(epoch);
    this.#onListenerError = onListenerError;
  }

  append(event: EngineEvent): void {
    this.#seqNo += 1;
    const sequenced = { ...event, seqNo: this.#seqNo, atMs: this.#clock.wallMs() };
    for (const listener of this.#listeners) {
      try {
        listener(sequenced);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  /** Calls `listener` for each event from now on; returns the end of it. */
  subscribe(listener: (event: SequencedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A feed over the epoch of these options. */
export function createFeed({
  clock,
  epoch,
  log,
}: Pick<EngineOptions, 'clock' | 'epoch' | 'log'>): Feed {
  return new Feed(clock, epoch, (error) => {
    log.error(`A listener of the feed failed: ${messageOf(error)}`);
  });
}
