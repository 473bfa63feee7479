import type { Clock, Timer } from '../base/clock.ts';

/**
 * Time-outs of many exchanges on one coarse timer. Adding, moving later and removing cost O(1) and
 * allocate nothing: an entry is its own link in the list of its slot, and moving it later only
 * writes `dueMs`; the tick puts it further on when it comes to it.
 *
 * A tick that comes late itself expires nothing: the event loop was held up, and what has arrived
 * meanwhile must be read before anybody is accused of silence. Two late ticks in a row are the
 * ordinary state of a busy process, so the second one expires as usual.
 */
export interface WheelEntry {
  /** Monotonic time, ms, at which `expire` is called. May only grow while the entry is in. */
  dueMs: number;
  expire(nowMs: number): void;
  next: WheelEntry | undefined;
  prev: WheelEntry | undefined;
}

const SLOTS = 512;
/** A tick later than this many ticks says that the event loop was held up. */
const LATE_TICKS = 4;

class Slot implements WheelEntry {
  dueMs = 0;
  next: WheelEntry = this;
  prev: WheelEntry = this;

  expire(): void {}
}

export class TimeoutWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => new Slot());
  #size = 0;
  #timer: Timer | undefined;
  #ticking = false;
  #graced = false;
  /** Last slot index (not wrapped) that was swept. */
  #sweptTick = 0;

  /** Entries expire up to `tickMs` late. */
  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  get size(): number {
    return this.#size;
  }

  /** The entry's `dueMs` must be set. */
  add(entry: WheelEntry): void {
    this.#size += 1;
    if (this.#timer === undefined && !this.#ticking) {
      this.#sweptTick = Math.floor(this.#clock.monoMs() / this.#tickMs);
      this.#arm();
    }
    this.#link(entry);
  }

  /** Harmless for an entry that is not in. */
  remove(entry: WheelEntry): void {
    if (entry.next === undefined) return;
    this.#size -= 1;
    unlink(entry);
    if (this.#size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }

  #arm(): void {
    this.#timer = this.#clock.after(this.#tickMs, () => this.#tick());
  }

  #link(entry: WheelEntry): void {
    const tick = Math.max(Math.ceil(entry.dueMs / this.#tickMs), this.#sweptTick + 1);
    // Further away than one turn: the farthest slot, from where it is moved on.
    const capped = Math.min(tick, this.#sweptTick + SLOTS - 1);
    const slot = this.#slots[capped % SLOTS] as Slot;
    entry.prev = slot.prev;
    entry.next = slot;
    slot.prev.next = entry;
    slot.prev = entry;
  }

  #tick(): void {
    this.#timer = undefined;
    this.#ticking = true;
    const nowMs = this.#clock.monoMs();
    const tick = Math.floor(nowMs / this.#tickMs);
    this.#graced = !this.#graced && tick - this.#sweptTick > LATE_TICKS;
    if (this.#graced) {
      // Everything due in between stays due: it is swept at the next tick, after the I/O.
      const behind = Math.min(tick - this.#sweptTick - 1, SLOTS - 1);
      this.#gather(this.#sweptTick + 1, behind, tick);
      this.#sweptTick = tick - 1;
    } else {
      while (this.#sweptTick < tick) {
        this.#sweptTick += 1;
        this.#sweep(this.#slots[this.#sweptTick % SLOTS] as Slot, nowMs);
      }
    }
    this.#ticking = false;
    if (this.#size > 0) this.#arm();
  }

  /** Moves the entries of `count` slots from `first` on into the slot of `tick`. */
  #gather(first: number, count: number, tick: number): void {
    const target = this.#slots[tick % SLOTS] as Slot;
    for (let i = 0; i < count; i += 1) {
      const slot = this.#slots[(first + i) % SLOTS] as Slot;
      if (slot === target || slot.next === slot) continue;
      slot.next.prev = target.prev;
      target.prev.next = slot.next;
      slot.prev.next = target;
      target.prev = slot.prev;
      slot.next = slot;
      slot.prev = slot;
    }
  }

  #sweep(slot: Slot, nowMs: number): void {
    let entry: WheelEntry = slot.next;
    slot.next = slot;
    const last = slot.prev;
    slot.prev = slot;
    if (entry === slot) return;
    // Cut the chain out first: an expiring entry may add and remove others.
    const due: WheelEntry[] = [];
    for (;;) {
      const next = entry.next as WheelEntry;
      const isLast = entry === last;
      entry.next = undefined;
      entry.prev = undefined;
      if (entry.dueMs > nowMs) this.#link(entry);
      else due.push(entry);
      if (isLast) break;
      entry = next;
    }
    this.#size -= due.length;
    for (const each of due) each.expire(nowMs);
  }
}

function unlink(entry: WheelEntry): void {
  (entry.prev as WheelEntry).next = entry.next;
  (entry.next as WheelEntry).prev = entry.prev;
  entry.next = undefined;
  entry.prev = undefined;
}
