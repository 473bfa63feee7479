/**
 * The one stream of what happened, in order, after it became true. Readers get events by calling
 * `read` with the last number they saw; a bounded ring keeps the recent past, and a reader that
 * fell out of it is told so and starts from a snapshot.
 */
import type { Clock } from '../base/clock.ts';
import type { EngineEvent, SequencedEvent } from '../model/event.ts';

export class Feed {
  readonly #clock: Clock;
  readonly #ringMax: number;
  readonly #onListenerError: (error: unknown) => void;
  readonly #ring: SequencedEvent[] = [];
  readonly #listeners = new Set<(event: SequencedEvent) => void>();
  #seqNo = 0;

  /** `onListenerError`: a listener that throws never harms what the event is about. */
  constructor(clock: Clock, ringMax: number, onListenerError: (error: unknown) => void) {
    this.#clock = clock;
    this.#ringMax = ringMax;
    this.#onListenerError = onListenerError;
  }

  /** Number of the newest event; 0 before the first. */
  get seqNo(): number {
    return this.#seqNo;
  }

  append(event: EngineEvent): void {
    this.#seqNo += 1;
    const sequenced = { ...event, seqNo: this.#seqNo, atMs: this.#clock.wallMs() };
    this.#ring.push(sequenced);
    // Cut in large steps: shifting one by one would copy the ring at every event.
    if (this.#ring.length > 2 * this.#ringMax) this.#ring.splice(0, this.#ringMax);
    for (const listener of this.#listeners) {
      try {
        listener(sequenced);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  /** Events after `seqNo`, or undefined where some of them are no longer kept. */
  read(seqNo: number): readonly SequencedEvent[] | undefined {
    const oldest = this.#ring[0]?.seqNo ?? this.#seqNo + 1;
    if (seqNo + 1 < oldest) return undefined;
    return this.#ring.slice(seqNo + 1 - oldest);
  }

  /** Calls `listener` for each event from now on; returns the end of it. */
  subscribe(listener: (event: SequencedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
