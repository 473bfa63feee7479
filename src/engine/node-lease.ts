/**
 * The lease under which a node holds everything. It is renewed at a third of its length; whether it
 * holds is counted from before the renewal was sent, on the monotonic clock and a little short, so
 * that a node which was frozen or cut off knows by itself before the others may go on without it.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { ClusterStore, Fence, NodeIntro } from '../store/cluster-store.ts';

/** The part of a lease that is not used: no two clocks run at quite the same pace. */
const SPARE = 0.01;
/**
 * An answer tells the store's time give or take half of the way there and back: one that took this
 * much longer than twice the last, ms, tells less than is known.
 */
const SLOWER_MS = 100;

export interface NodeLeaseOptions {
  readonly cluster: ClusterStore;
  readonly clock: Clock;
  readonly intro: NodeIntro;
  readonly leaseMs: number;
  /** What the node publishes of itself, JSON text. */
  readonly status: () => string;
  /** Somebody asked the node to drain. */
  readonly onDrain: () => void;
  /** The lease holds again although it nearly did not. */
  readonly onRenewed: () => void;
  /** It has ended: nothing is held any more. Told once. */
  readonly onLost: () => void;
}

export class NodeLease {
  readonly fence: Fence;
  readonly #options: NodeLeaseOptions;
  #untilMs: number;
  /** The same by the wall clock: on a machine that sleeps the monotonic one stands still. */
  #untilWallMs: number;
  #asking: Promise<void> | undefined;
  /** Store's wall time minus monotonic time. */
  #offsetMs = 0;
  /** What the answer took that it was taken from, ms. */
  #offsetTookMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  /** Rings when the lease has passed, whatever renewals are under way. */
  #end: Timer | undefined;
  #over = false;

  private constructor(options: NodeLeaseOptions, fence: Fence, sentMs: number) {
    this.#options = options;
    this.fence = fence;
    const leftMs = sentMs + options.leaseMs * (1 - SPARE) - options.clock.monoMs();
    this.#untilMs = options.clock.monoMs() + leftMs;
    this.#untilWallMs = options.clock.wallMs() + leftMs;
    this.#offsetMs = options.clock.wallMs() - options.clock.monoMs();
  }

  /** Rejects with `store.*`; also where the lease is over by the time that it is known here. */
  static async join(options: NodeLeaseOptions): Promise<NodeLease> {
    const { cluster, clock, intro, leaseMs } = options;
    const sentMs = clock.monoMs();
    const lease = new NodeLease(options, await cluster.join(intro, leaseMs), sentMs);
    // Where the store was away for a while, so that joining took longer than a lease, this one
    // counts from here.
    await lease.#renew();
    if (!lease.holds(clock.monoMs())) {
      lease.stop();
      const detail = 'it takes longer to answer than a lease of the node lasts';
      throw new SluiceError('store.unavailable', { name: 'of the cluster', detail });
    }
    lease.#watchEnd();
    lease.#arm();
    return lease;
  }

  /** The node's clock for its work: its wall time is the store's, which all nodes share. */
  get clock(): Clock {
    const { clock } = this.#options;
    return {
      monoMs: () => clock.monoMs(),
      wallMs: () => Math.floor(this.toStoreMs(clock.monoMs())),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      after: (ms, callback) => clock.after(ms, callback),
    };
  }

  holds(nowMs: number): boolean {
    if (this.#over || nowMs >= this.#untilMs) return false;
    if (this.#options.clock.wallMs() < this.#untilWallMs) return true;
    // The machine has slept, or somebody has put its clock right: the store knows.
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = undefined;
    });
    return false;
  }

  /** The store's wall time of a monotonic one. */
  toStoreMs(monoMs: number): number {
    return monoMs + this.#offsetMs;
  }

  toMonoMs(storeMs: number): number {
    return storeMs - this.#offsetMs;
  }

  /** Renews and publishes at once. */
  renewNow(): Promise<void> {
    return this.#renew();
  }

  /** Renews no more. */
  stop(): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#end?.cancel();
  }

  #watchEnd(): void {
    const { clock } = this.#options;
    this.#end?.cancel();
    this.#end = clock.after(Math.max(0, this.#untilMs - clock.monoMs()), () => {
      if (clock.monoMs() >= this.#untilMs) this.#lose();
      else this.#watchEnd();
    });
  }

  #arm(): void {
    if (this.#over) return;
    const { clock, leaseMs } = this.#options;
    // Where the last renewal failed, there is less time to lose.
    const leftMs = this.#untilMs - clock.monoMs();
    const everyMs = leftMs > (2 * leaseMs) / 3 - 1 ? leaseMs / 3 : leaseMs / 10;
    this.#timer = clock.after(Math.max(1, Math.min(everyMs, leftMs)), () => {
      if (!this.#over) void this.#renew().finally(() => this.#arm());
    });
  }

  async #renew(): Promise<void> {
    const { cluster, clock, leaseMs, status, onDrain, onRenewed } = this.#options;
    const sentMs = clock.monoMs();
    const sentWallMs = clock.wallMs();
    try {
      const { drain, storeMs } = await cluster.renew(this.fence, leaseMs, status());
      if (this.#over) return;
      const late = !this.holds(clock.monoMs());
      this.#untilMs = Math.max(this.#untilMs, sentMs + leaseMs * (1 - SPARE));
      this.#untilWallMs = sentWallMs + leaseMs * (1 - SPARE);
      this.#watchEnd();
      this.#setOffset(storeMs, sentMs);
      if (late && this.holds(clock.monoMs())) onRenewed();
      if (drain) onDrain();
    } catch (error) {
      // What cannot be reached is asked again until the lease has passed.
      if (error instanceof SluiceError && error.code === 'cluster.fenced') this.#lose();
    }
  }

  #setOffset(storeMs: number, sentMs: number): void {
    const nowMs = this.#options.clock.monoMs();
    const tookMs = nowMs - sentMs;
    if (tookMs > 2 * this.#offsetTookMs + SLOWER_MS) return;
    this.#offsetTookMs = tookMs;
    this.#offsetMs = storeMs - (sentMs + nowMs) / 2;
  }

  #lose(): void {
    if (this.#over) return;
    this.stop();
    this.#options.onLost();
  }
}
