/** One timer for all schedules: it rings for the earliest. */
import { type HeapItem, IndexedHeap } from '../admission/indexed-heap.ts';
import type { Clock, Timer } from '../base/clock.ts';

/**
 * Timers count the time that the machine is awake; ticks are times of the calendar. After a sleep,
 * or once the clock is set, the calendar is looked at again within this time.
 */
const LOOK_MS_MAX = 600_000;

interface Entry extends HeapItem {
  readonly id: string;
  atMs: number;
}

export class ScheduleAlarm {
  readonly #clock: Clock;
  readonly #onDue: (id: string) => void;
  readonly #heap = new IndexedHeap<Entry>((a, b) => a.atMs < b.atMs);
  readonly #entries = new Map<string, Entry>();
  #timer: { readonly timer: Timer; readonly atMs: number } | undefined;
  #ringing = false;

  constructor(clock: Clock, onDue: (id: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Rings once for `id` at `atMs` (wall), instead of when it was to ring; undefined = never. */
  set(id: string, atMs: number | undefined): void {
    this.#put(id, atMs);
    this.#arm();
  }

  /** Rings at `atMs` at the latest. */
  setBy(id: string, atMs: number): void {
    this.set(id, Math.min(atMs, this.#entries.get(id)?.atMs ?? atMs));
  }

  /** Forgets all that was to ring. */
  clear(): void {
    for (const id of [...this.#entries.keys()]) this.#put(id, undefined);
    this.#arm();
  }

  /** Before that nothing rings. */
  start(): void {
    this.#ringing = true;
    this.#arm();
  }

  stop(): void {
    this.#ringing = false;
    this.#arm();
  }

  #put(id: string, atMs: number | undefined): void {
    const entry = this.#entries.get(id);
    if (entry && atMs !== undefined) {
      entry.atMs = atMs;
      this.#heap.update(entry);
    } else if (entry) {
      this.#heap.remove(entry);
      this.#entries.delete(id);
    } else if (atMs !== undefined) {
      const added: Entry = { id, atMs, heapAt: -1 };
      this.#entries.set(id, added);
      this.#heap.push(added);
    }
  }

  #arm(): void {
    const atMs = this.#ringing ? this.#heap.peek()?.atMs : undefined;
    if (atMs === this.#timer?.atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const waitMs = Math.min(Math.max(0, atMs - this.#clock.wallMs()), LOOK_MS_MAX);
    this.#timer = { atMs, timer: this.#clock.after(waitMs, () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.wallMs();
    for (;;) {
      const entry = this.#heap.peek();
      if (!entry || entry.atMs > nowMs) break;
      this.#put(entry.id, undefined);
      this.#onDue(entry.id);
    }
    this.#arm();
  }
}
