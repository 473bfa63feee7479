/**
 * Signals between nodes of one process: for tests, and for the simulation, where a plan of faults
 * makes them as bad as they may be. Nothing is delivered within the call that says it.
 */
import type { Clock } from '../base/clock.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { type Notice, type SignalEars, type Signals, WAKES_MAX } from './signals.ts';

/** How bad the way between nodes is. Chances are 0 … 1, drawn for each message and receiver. */
export interface SignalFaults {
  readonly lose: number;
  readonly double: number;
  /** Longest delay, ms; each is drawn evenly from 0 to this, so messages overtake each other. */
  readonly delayMs: number;
}

const NO_FAULTS: SignalFaults = { lose: 0, double: 0, delayMs: 0 };

export interface LocalHubOptions {
  readonly clock: Clock;
  readonly random?: Random;
  readonly faults?: SignalFaults;
}

/** What the nodes of one process hear each other through. */
export class LocalHub {
  readonly #clock: Clock;
  readonly #random: Random;
  #faults: SignalFaults;
  readonly #nodes = new Set<LocalSignals>();

  constructor({ clock, random = systemRandom, faults = NO_FAULTS }: LocalHubOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  /** Signals of one node more. */
  node(): LocalSignals {
    return new LocalSignals(this);
  }

  /** From now on; what is under way stays as it was drawn. */
  setFaults(faults: SignalFaults): void {
    this.#faults = faults;
  }

  add(node: LocalSignals): void {
    this.#nodes.add(node);
  }

  remove(node: LocalSignals): void {
    this.#nodes.delete(node);
  }

  spread(notice: Notice): void {
    for (const node of this.#nodes) this.#send(() => node.hear(notice));
  }

  wake(jobId: string, shards: number): void {
    const woken = new Set<LocalSignals>();
    for (let i = 0; i < Math.min(shards, WAKES_MAX); i += 1) {
      this.#send(() => this.#wakeOne(jobId, woken));
    }
  }

  /** One node that is idle when the hint arrives, and that this call of `hint` has not woken. */
  #wakeOne(jobId: string, woken: Set<LocalSignals>): void {
    const able = [...this.#nodes].filter((node) => node.isIdle && !woken.has(node));
    const chosen = able[Math.floor(this.#random.next() * able.length)];
    if (chosen === undefined) return;
    woken.add(chosen);
    chosen.wake(jobId);
  }

  #send(deliver: () => void): void {
    const { lose, double, delayMs } = this.#faults;
    if (this.#random.next() < lose) return;
    const copies = this.#random.next() < double ? 2 : 1;
    for (let i = 0; i < copies; i += 1) {
      this.#clock.after(this.#random.next() * delayMs, deliver);
    }
  }
}

export class LocalSignals implements Signals {
  readonly #hub: LocalHub;
  #ears: SignalEars | undefined;
  #idle = true;
  #cut = false;
  #closed = false;

  constructor(hub: LocalHub) {
    this.#hub = hub;
  }

  async hint(jobId: string, shards: number): Promise<void> {
    if (!this.#isSilent) this.#hub.wake(jobId, shards);
  }

  async post(notice: Notice): Promise<void> {
    if (!this.#isSilent) this.#hub.spread(notice);
  }

  async listen(ears: SignalEars): Promise<void> {
    this.#ears = ears;
    this.#hub.add(this);
  }

  idle(idle: boolean): void {
    this.#idle = idle;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ears = undefined;
    this.#hub.remove(this);
  }

  /** Nothing reaches this node, and nothing that it says reaches others, until `mend`. */
  cut(): void {
    this.#cut = true;
  }

  mend(): void {
    if (!this.#cut) return;
    this.#cut = false;
    this.#ears?.onGap();
  }

  /** Whether a hint finds it waiting for work. */
  get isIdle(): boolean {
    return this.#idle && !this.#cut && this.#ears !== undefined;
  }

  /** By the hub: a notice has arrived. */
  hear(notice: Notice): void {
    if (!this.#cut) this.#ears?.onNotice(notice);
  }

  /** By the hub: a hint has arrived. */
  wake(jobId: string): void {
    if (!this.#cut) this.#ears?.onHint(jobId);
  }

  get #isSilent(): boolean {
    return this.#cut || this.#closed;
  }
}
