/**
 * Brings work to the node: takes shards as long as there is room for what is in them, hands them to
 * the runs of their jobs, and says which are done. It claims when it is asked to and when its
 * patience is over, never in a circle: after a claim that brought nothing it waits for a hint, or
 * longer each time.
 *
 * Room: about twice the seats, or what the last third of a second took, whichever is more; it is
 * filled up when so little is left that seats would soon wait for it. While seats are free although
 * all that may start has started (the rest waits for its lanes), more is taken, up to the
 * look-ahead; beyond the node's part of what is left of its jobs only after a while, since others
 * may run out of work before it has done what it holds. A node that has enough still takes a shard
 * of a tenant that it has nothing of, so that nobody waits behind somebody else's flood.
 *
 * A look-ahead that is full of tasks of few lanes must not keep other lanes waiting, least of all
 * those of a node that has died: while seats are free it takes shards of slices that nobody works
 * on, one after the other, up to some look-aheads. Nodes that have room come first.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Claim, ClaimAsk, ClaimedShard } from '../store/cluster-store.ts';

const REST_MS_MIN = 20;
/**
 * Who takes a flood as fast as it is planned finds one shard at a time, and pays a claim and a
 * commit for each. After a claim of so many tasks that were still fewer than wanted, the next is
 * made so much later: then there are several.
 */
const FLOOD_TASKS = 100;
const FLOOD_REST_MS = 20;
/** Beyond its part a node takes for idle seats only what others have left for so long. */
const MORE_REST_MS = 500;
const REST_MS_MAX = 1_000;
const RATE_WINDOW_MS = 300;
/** Tasks for each seat: with one alone a seat would wait for each claim. */
const ENOUGH = 1.5;
/** Tasks in memory at most for the sake of further lanes, in look-aheads. */
const LANES_AHEAD = 4;
/** After a hint a full node leaves lanes to those that have room for so long. */
const FULL_REST_MS = 100;
/** For so long it looks again that often, since its seats may be in use just then. */
const FREED_MS = 2_000;
/** A job that could not be run here is asked for again after this long, ms. */
const REFUSED_MS = 30_000;

export interface ShardClaimerOptions {
  readonly clock: Clock;
  readonly seats: number;
  /** Tasks in memory at most. */
  readonly lookAhead: number;
  /** The only jobs to be worked on; undefined = all. */
  readonly jobs: () => readonly string[] | undefined;
  readonly claim: (ask: ClaimAsk) => Promise<Claim>;
  /** Hands shards of one job to its run; false where it cannot run here. They are given back. */
  readonly deliver: (jobId: string, shards: readonly ClaimedShard[]) => Promise<boolean>;
  /** Slices of which shards are held here. */
  readonly slicesHere: () => readonly number[];
  /** Seats that are free although everything that may start has, or is about to. */
  readonly idleSeats: () => number;
  /** Tasks in memory that are this node's part of what is left of its jobs. */
  readonly fairPart: () => number;
  readonly jobsHere: () => readonly string[];
  /** Whether more of a job would only wait, because it or its tenant has no seat left. */
  readonly isFull: (jobId: string) => boolean;
  /** Tenants that have tasks in memory here. */
  readonly tenants: () => readonly string[];
  readonly onIdle: (idle: boolean) => void;
  readonly onFailed: (error: unknown) => void;
}

export class ShardClaimer {
  readonly #options: ShardClaimerOptions;
  readonly #refused = new Map<string, number>();
  #held = 0;
  #ended = 0;
  #windowMs = 0;
  #lastWindow = 0;
  #claiming: Promise<void> | undefined;
  #again = false;
  /** A hint came since the last claim: somebody has something new. */
  #hinted = false;
  /** The last claim brought nothing: no other is made before its time, or before a hint, */
  #quiet = false;
  /** unless one of these jobs, which it passed over as full, is not full any more, */
  #passedOver: readonly string[] = [];
  /** or there is room while it was only to bring what is of other tenants. */
  #ofOthers = false;
  /** A full node looks for lanes that nobody works on. */
  #wide = false;
  #restMs = REST_MS_MIN;
  /** Until then there may be lanes that nobody works on since a node has ended. */
  #freedUntilMs = 0;
  #timer: Timer | undefined;
  /** Between two claims. */
  #pause: Timer | undefined;
  /** Nothing beyond its part before this, monotonic ms, */
  #moreMs = 0;
  /** but until then, since somebody has just planned or given back what nobody has yet. */
  #newUntilMs = 0;
  /** No claim before this, monotonic ms. */
  #notBeforeMs = 0;
  #stopped = false;

  constructor(options: ShardClaimerOptions) {
    this.#options = options;
    this.#windowMs = options.clock.monoMs();
  }

  /** Tasks in memory. */
  get held(): number {
    return this.#held;
  }

  /** Tasks of a job that may come without a claim: where there is nothing else to be had. */
  room(jobId: string): number {
    const free = this.#quiet && this.#held === 0 && !this.#stopped;
    return free && !this.#options.isFull(jobId) ? Math.max(0, this.#room()) : 0;
  }

  onHeld(change: number): void {
    this.#held += change;
    if (change >= 0) return;
    this.#ended -= change;
    this.look();
  }

  /** There is, or may be, something new. */
  hint(): void {
    this.#hinted = true;
    this.#restMs = REST_MS_MIN;
    this.#newUntilMs = this.#options.clock.monoMs() + MORE_REST_MS;
    this.#go();
  }

  /** A node has ended: who has room takes what it had at once, the others what is left. */
  freed(): void {
    this.#freedUntilMs = this.#options.clock.monoMs() + FREED_MS;
    this.hint();
  }

  /** Something here has changed: there may be room now. */
  look(): void {
    if (this.#claiming || this.#pause || (this.#quiet && !this.#missed())) return;
    if (this.#room() > 0) this.#go();
  }

  /** Whether what the last claim was not to bring may come now. */
  #missed(): boolean {
    return this.#ofOthers || this.#passedOver.some((id) => !this.#options.isFull(id));
  }

  /** Takes nothing more; resolves when the claim under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#pause?.cancel();
    await this.#claiming;
  }

  #go(): void {
    if (this.#stopped) return;
    if (this.#claiming) {
      this.#again = true;
      return;
    }
    if (this.#pause) return;
    const restMs = this.#notBeforeMs - this.#options.clock.monoMs();
    if (restMs > 0) {
      this.#pause = this.#options.clock.after(restMs, () => {
        this.#pause = undefined;
        this.#go();
      });
      return;
    }
    this.#claiming = this.#claimAll()
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#claiming = undefined;
        // Asked for between the last look and here.
        if (this.#again || this.#hinted) this.#go();
      });
  }

  async #claimAll(): Promise<void> {
    const { claim, onIdle, idleSeats } = this.#options;
    do {
      this.#again = false;
      const hinted = this.#hinted;
      this.#hinted = false;
      const ask = this.#ask(hinted);
      if (ask === undefined) continue;
      const { shards } = await claim(ask);
      const forAll = ask.notTenants.length === 0 && ask.notSlices === undefined;
      if (forAll) this.#moreMs = this.#options.clock.monoMs() + MORE_REST_MS;
      if (ask.notSlices === undefined) {
        this.#quiet = shards.length === 0;
        this.#passedOver = ask.notJobs.filter((id) => !this.#refused.has(id));
        this.#ofOthers = ask.notTenants.length > 0;
      } else this.#wide = shards.length > 0;
      if (ask.notSlices !== undefined && !this.#wide) this.#freedUntilMs = 0;
      if (shards.length === 0) continue;
      this.#restMs = REST_MS_MIN;
      const tasks = shards.reduce((sum, shard) => sum + shard.tasks.length, 0);
      const flood = !this.#wide && tasks >= FLOOD_TASKS && tasks < ask.tasks;
      if (flood) this.#notBeforeMs = this.#options.clock.monoMs() + FLOOD_REST_MS;
      const byJob = Map.groupBy(shards, (shard) => shard.jobId);
      await Promise.all([...byJob].map((entry) => this.#deliver(...entry)));
      this.#again ||= this.#room() > 0 || this.#wide;
      // Goes on after a while.
      if (flood) break;
    } while ((this.#again || this.#hinted) && !this.#stopped);
    // Seats that are left free for the sake of others want to know of what is new.
    onIdle(this.#quiet || idleSeats() > 0);
    const soon = this.#isFull() && this.#options.clock.monoMs() < this.#freedUntilMs;
    this.#wide = false;
    this.#rest(soon ? FULL_REST_MS : this.#quiet ? this.#restMs : REST_MS_MAX);
  }

  async #deliver(jobId: string, shards: readonly ClaimedShard[]): Promise<void> {
    if (await this.#options.deliver(jobId, shards)) return;
    this.#refused.set(jobId, this.#options.clock.monoMs() + REFUSED_MS);
  }

  #ask(hinted: boolean): ClaimAsk | undefined {
    const { jobs, jobsHere, isFull, tenants, slicesHere } = this.#options;
    const room = this.#room();
    const notJobs = [...this.#refusedJobs(), ...jobsHere().filter(isFull)];
    const only = jobs();
    if (only?.length === 0) return undefined;
    const job = only === undefined ? {} : { jobId: only[0] as string };
    if (room > 0) return { tasks: room, notJobs, notTenants: [], ...job };
    if (this.#isFull()) {
      const wide = this.#wide ? this.#wideRoom() : 0;
      if (wide <= 0) return undefined;
      return { tasks: wide, notJobs, notTenants: [], notSlices: slicesHere(), ...job };
    }
    if (!hinted) return undefined;
    return { tasks: 1, notJobs, notTenants: tenants(), ...job };
  }

  #isFull(): boolean {
    return this.#held >= this.#options.lookAhead;
  }

  /** Tasks that a full node may still take for the sake of their lanes. */
  #wideRoom(): number {
    const { lookAhead, idleSeats } = this.#options;
    return Math.min(LANES_AHEAD * lookAhead - this.#held, idleSeats());
  }

  /** Tasks that should come. */
  #room(): number {
    const { seats, lookAhead, idleSeats, fairPart } = this.#options;
    const want = Math.max(2 * seats, this.#recentlyEnded());
    const left = lookAhead - this.#held;
    const enough = Math.max(want / 2, ENOUGH * seats);
    if (this.#held < enough) return Math.min(left, Math.ceil(want - this.#held));
    const idle = Math.min(left, idleSeats());
    if (idle <= 0) return 0;
    const nowMs = this.#options.clock.monoMs();
    const isNew = nowMs < Math.max(this.#newUntilMs, this.#freedUntilMs);
    if (isNew || nowMs >= this.#moreMs) return idle;
    return this.#held <= fairPart() ? idle : 0;
  }

  #recentlyEnded(): number {
    const nowMs = this.#options.clock.monoMs();
    const sinceMs = nowMs - this.#windowMs;
    if (sinceMs >= RATE_WINDOW_MS) {
      this.#lastWindow = (this.#ended * RATE_WINDOW_MS) / sinceMs;
      this.#ended = 0;
      this.#windowMs = nowMs;
    }
    return Math.max(this.#lastWindow, this.#ended);
  }

  /** Looks again after a while although nobody asked, each time later. */
  #rest(restMs: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(restMs, () => {
      this.#hinted = true;
      this.#wide = this.#isFull();
      this.#go();
    });
    this.#restMs = Math.min(REST_MS_MAX, this.#restMs * 2);
  }

  #refusedJobs(): readonly string[] {
    const nowMs = this.#options.clock.monoMs();
    for (const [jobId, untilMs] of this.#refused) {
      if (untilMs <= nowMs) this.#refused.delete(jobId);
    }
    return [...this.#refused.keys()];
  }
}
