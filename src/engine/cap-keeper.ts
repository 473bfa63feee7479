/**
 * The node's seats of caps that all nodes share (a tenant's, a job's). It says what it uses and
 * wants, the store divides. While it asks, nothing more starts under these caps: what the answer
 * takes away cannot have been taken meanwhile.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { LaneKey } from '../model/lane.ts';
import type { CapAsk, CapShare } from '../store/cluster-store.ts';
import type { CapUse } from './job-shares.ts';

/** How often the node looks at what it uses. */
const SOON_MS = 50;
/**
 * While more is wanted than there is: soon after a change of seats, then less and less often, since
 * all nodes that want seats of a full cap ask in vain. Seats that are not needed go back at once.
 */
const REST_MS_MAX = 250;
const LATER_MS = 1_000;

export interface CapKeeperOptions {
  readonly clock: Clock;
  readonly uses: () => readonly CapUse[];
  readonly ask: (asks: readonly CapAsk[]) => Promise<readonly CapShare[]>;
  /** What may be used of these caps has changed. */
  readonly onChange: (caps: ReadonlySet<LaneKey>) => void;
  readonly onFailed: (error: unknown) => void;
}

export class CapKeeper {
  readonly #options: CapKeeperOptions;
  readonly #seats = new Map<LaneKey, number>();
  #asked: readonly CapAsk[] = [];
  /** Upper bounds while the store is being asked. */
  #frozen = new Map<LaneKey, number>();
  #asking: Promise<void> | undefined;
  /** A cap turned up that nobody has asked for yet. */
  #fresh = false;
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #restMs = SOON_MS;
  #askedMs = 0;
  #stopped = false;

  constructor(options: CapKeeperOptions) {
    this.#options = options;
  }

  /** What may be used of a cap now. One that is new here is asked for. */
  seats(cap: LaneKey): number {
    const seats = this.#seats.get(cap);
    if (seats === undefined) {
      this.#fresh = true;
      this.#soon(0);
    }
    return Math.min(seats ?? 0, this.#frozen.get(cap) ?? Infinity);
  }

  /** More may be wanted, or less be needed, than at the last look. */
  look(): void {
    this.#soon(SOON_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.timer.cancel();
    await this.#asking;
  }

  #soon(ms: number): void {
    const { clock } = this.#options;
    const atMs = clock.monoMs() + ms;
    if (this.#stopped || this.#asking || (this.#timer && this.#timer.atMs <= atMs)) return;
    this.#timer?.timer.cancel();
    const timer = clock.after(ms, () => {
      this.#timer = undefined;
      // It is known to be asking before it begins: two at once would be answered in any order.
      this.#asking = Promise.resolve()
        .then(() => this.#ask())
        .catch((error: unknown) => this.#options.onFailed(error))
        .finally(() => {
          this.#asking = undefined;
          if (this.#fresh) this.#soon(0);
          else if (this.#asked.length > 0) this.#soon(this.#unmet() ? SOON_MS : LATER_MS);
        });
    });
    this.#timer = { atMs, timer };
  }

  async #ask(): Promise<void> {
    const { uses, ask, onChange } = this.#options;
    const fresh = this.#fresh;
    this.#fresh = false;
    const used = uses();
    const nowMs = this.#options.clock.monoMs();
    if (!fresh && !this.#isDue(used, nowMs)) return;
    this.#askedMs = nowMs;
    const caps = new Set(used.map(({ cap }) => cap));
    const over = this.#asked.filter(({ cap }) => !caps.has(cap));
    const asks: readonly CapAsk[] = [
      ...used,
      ...over.map(({ cap, seats }) => ({ cap, seats, inUse: 0, want: 0 })),
    ];
    if (asks.length === 0) return;
    for (const { cap, inUse } of asks) this.#frozen.set(cap, inUse);
    onChange(caps);
    // They are being asked for.
    this.#fresh = false;
    let shares: readonly CapShare[];
    try {
      shares = await ask(asks);
    } catch (error) {
      // Nothing more starts under these caps until the store has answered.
      this.#asked = asks;
      throw error;
    }
    this.#asked = used;
    for (const { cap } of over) this.#seats.delete(cap);
    let changed = over.length > 0;
    for (const { cap, part } of shares) {
      if (!caps.has(cap)) continue;
      changed ||= this.#seats.get(cap) !== part;
      this.#seats.set(cap, part);
    }
    this.#restMs = changed ? SOON_MS : Math.min(REST_MS_MAX, this.#restMs * 2);
    this.#frozen = new Map();
    onChange(caps);
  }

  /** Whether the store has to hear of what is used now. */
  #isDue(used: readonly CapUse[], nowMs: number): boolean {
    const sinceMs = nowMs - this.#askedMs;
    if (sinceMs >= LATER_MS) return true;
    const now = new Set(used.map(({ cap }) => cap));
    if (this.#asked.some(({ cap }) => !now.has(cap))) return true;
    return used.some(({ cap, want }) => {
      const seats = this.#seats.get(cap);
      return seats === undefined || want < seats || (want > seats && sinceMs >= this.#restMs);
    });
  }

  #unmet(): boolean {
    return this.#asked.some(({ cap, want }) => want > (this.#seats.get(cap) ?? 0));
  }
}
