/**
 * Starts of lanes across nodes: asks the owners for what is needed here, and grants, in fair order
 * with the node's own work, what others ask of lanes that are owned here. The rows in the store are
 * the truth: an owner that ends leaves its grants to the next one, a borrower that ends gives back.
 *
 * Everything is asked, granted and ended in batches, as fast as the store answers.
 */
import type { Permit, Unit } from '../admission/admission.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { LaneFeedback, LaneKey } from '../model/lane.ts';
import { sliceOf } from '../model/slice.ts';
import type {
  ClusterStore,
  Fence,
  LoanAsk,
  LoanEnd,
  LoanGrant,
  LoanNews,
} from '../store/cluster-store.ts';
import { BorrowedLanes } from './borrowed-lanes.ts';
import type { Borrowing } from './engine-node.ts';
import { OneByOne } from './one-by-one.ts';
import { NO_FEEDBACK, type Startable } from './seat.ts';
import type { StoreTime } from './slice-book.ts';

/** How often the store is asked for news while there are loans, whatever was heard. */
const LOOK_MS = 250;
const OWNERS_MAX = 10_000;

export interface LoansOptions {
  readonly cluster: ClusterStore;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly time: StoreTime;
  readonly isHere: (lane: LaneKey) => boolean;
  /** Takes slices that nobody holds; resolves with who holds each of them by then. */
  readonly takeSlices: (slices: readonly number[]) => Promise<ReadonlyMap<number, Fence>>;
  /** Lets a guest wait for a lane that is owned here. */
  readonly enqueue: (ask: LoanAsk, id: number, start: (permit: Permit) => void) => Unit<Startable>;
  readonly withdraw: (unit: Unit<Startable>) => void;
  /** Takes a start that is in use already, granted by an owner before. */
  readonly adopt: (ask: LoanAsk) => Permit;
  /** Places of guests were given back: others may start. */
  readonly kick: () => void;
  /** For how long a start of a lane may be followed by others without asking, ms. */
  readonly termMs: (lane: LaneKey) => number;
  /** These nodes should look at their news. */
  readonly tell: (to: readonly Fence[]) => void;
  readonly onFailed: (error: unknown) => void;
}

type AskedLoan = LoanNews['asked'][number];

interface Guest {
  readonly ask: AskedLoan;
  unit: Unit<Startable> | undefined;
  permit: Permit | undefined;
}

export class Loans {
  readonly #options: LoansOptions;
  readonly #borrowed: BorrowedLanes;
  readonly #guests = new Map<number, Guest>();
  #grants: LoanGrant[] = [];
  #ends: LoanEnd[] = [];
  /** Whom the grants and ends concern. */
  #told = new Set<Fence>();
  /** Who owned the lanes that were asked for last; where that is another by now, it looks later. */
  readonly #owners = new RecentMap<LaneKey, Fence>(OWNERS_MAX);
  /** One after the other: what is done about news changes what the next ones mean. */
  readonly #hearing = new OneByOne();
  #working: Promise<void> | undefined;
  #again = false;
  #news = false;
  /** Somebody asks for a lane that is on its way here. */
  #early = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: LoansOptions) {
    this.#options = options;
    const { clock } = options;
    this.#borrowed = new BorrowedLanes(
      () => clock.monoMs(),
      (id, lane, feedback) => this.#end(id, lane, feedback),
    );
  }

  /** How many starts are lent to others or waited for by them. */
  get guests(): number {
    return this.#guests.size;
  }

  /** Lanes owned here that others use or wait for. */
  get guestLanes(): Iterable<LaneKey> {
    return [...this.#guests.values()].map(({ ask }) => ask.lane);
  }

  borrow(ask: Borrowing, signal: AbortSignal): Promise<Permit | undefined> {
    const waiting = this.#borrowed.wait(ask, signal);
    this.#work();
    return waiting;
  }

  /** Loans were asked for, granted or ended somewhere; or somebody may have told so in vain. */
  look(): void {
    this.#news = true;
    this.#work();
  }

  /**
   * Takes slices whose last owner has ended, in the instant in which its grants are known: they are
   * in use still.
   */
  takeOver(take: () => void): Promise<void> {
    return this.#hear(take);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#working;
  }

  #work(): void {
    if (this.#stopped) return;
    if (this.#working) {
      this.#again = true;
      return;
    }
    this.#working = this.#workAll()
      .catch((error: unknown) => this.#options.onFailed(error))
      .finally(() => {
        this.#working = undefined;
        this.#arm();
        // Asked for between the last look and here.
        if (this.#again) this.#work();
      });
  }

  async #workAll(): Promise<void> {
    // Those that come in the same turn go together.
    await Promise.resolve();
    do {
      this.#again = false;
      await this.#askAll();
      await this.#sendAll();
      if (this.#news) {
        this.#news = false;
        await this.#hear();
        await this.#sendAll();
      }
    } while (this.#again && !this.#stopped);
  }

  async #askAll(): Promise<void> {
    const { takeSlices, cluster, fence, tell } = this.#options;
    const lanes = this.#borrowed.wanted();
    if (lanes.length === 0) return;
    const holders = await takeSlices([...new Set(lanes.map(sliceOf))]);
    for (const lane of lanes) {
      const holder = holders.get(sliceOf(lane)) as Fence;
      if (holder === fence) this.#borrowed.isHere(lane);
      else this.#owners.set(lane, holder);
    }
    const asks = this.#borrowed.take(lanes);
    if (asks.length === 0) return;
    const ids = await cluster.askLoans(fence, asks);
    for (const [i, id] of ids.entries()) this.#borrowed.asked(id, (asks[i] as Borrowing).lane);
    const owners = asks.map(({ lane }) => this.#owners.get(lane) as Fence);
    tell([...new Set(owners)]);
  }

  async #sendAll(): Promise<void> {
    const { cluster, fence, tell } = this.#options;
    const [grants, ends, to] = [this.#grants, this.#ends, this.#told];
    this.#grants = [];
    this.#ends = [];
    this.#told = new Set();
    if (grants.length > 0) await cluster.grantLoans(fence, grants);
    if (ends.length > 0) await cluster.endLoans(fence, ends);
    if (grants.length + ends.length > 0) tell([...to]);
  }

  #hear(before = () => {}): Promise<void> {
    const { cluster, fence } = this.#options;
    return this.#hearing.run(async () => {
      const news = await cluster.loans(fence);
      before();
      await this.#take(news);
    });
  }

  async #take({ asked, granted, void: nobody, ended, outstanding }: LoanNews): Promise<void> {
    const { cluster, fence, adopt } = this.#options;
    for (const { id, termMs } of granted) {
      if (this.#borrowed.isAsked(id)) this.#borrowed.granted(id, termMs);
    }
    for (const id of nobody) this.#borrowed.void(id);
    if (nobody.length > 0) this.#work();
    this.#early = false;
    for (const loan of outstanding) {
      if (this.#guests.has(loan.id) || !this.#isOwned(loan)) continue;
      this.#guests.set(loan.id, { ask: loan, unit: undefined, permit: adopt(loan) });
    }
    for (const loan of asked) {
      if (!this.#guests.has(loan.id) && this.#isOwned(loan)) this.#welcome(loan, loan.id);
    }
    const over = ended.map((end) => this.#goodbye(end));
    if (over.length === 0) return;
    this.#options.kick();
    await cluster.forgetLoans(fence, over);
  }

  /** The store may know already that a slice is owned here, and what its lanes forbid may not. */
  #isOwned({ lane }: LoanAsk): boolean {
    const owned = this.#options.isHere(lane);
    this.#early ||= !owned;
    return owned;
  }

  #welcome(ask: AskedLoan, id: number): void {
    const guest: Guest = { ask, unit: undefined, permit: undefined };
    this.#guests.set(id, guest);
    guest.unit = this.#options.enqueue(ask, id, (permit) => {
      guest.unit = undefined;
      guest.permit = permit;
      // It works elsewhere: no seat of this node is needed.
      permit.releaseSeat(NO_FEEDBACK, this.#options.clock.monoMs());
      this.#told.add(ask.borrower);
      this.#grants.push({ id, termMs: this.#options.termMs(ask.lane) });
      this.#work();
    });
  }

  #goodbye({ id, feedback }: LoanEnd): number {
    const { clock, time, withdraw } = this.#options;
    const guest = this.#guests.get(id);
    this.#guests.delete(id);
    if (guest?.unit) withdraw(guest.unit);
    const nowMs = clock.monoMs();
    if (feedback === undefined) guest?.permit?.refundLeaf(nowMs);
    else {
      const { sentMs } = feedback;
      const sent = sentMs === undefined ? {} : { sentMs: time.toMonoMs(sentMs) };
      guest?.permit?.settleLeaf({ ...feedback, ...sent }, nowMs);
    }
    return id;
  }

  #end(id: number, lane: LaneKey, feedback: LaneFeedback | undefined): void {
    const owner = this.#owners.get(lane);
    if (owner !== undefined) this.#told.add(owner);
    const { time } = this.#options;
    const sent = feedback?.sentMs === undefined ? {} : { sentMs: time.toStoreMs(feedback.sentMs) };
    this.#ends.push({ id, feedback: feedback && { ...feedback, ...sent } });
    this.#work();
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#borrowed.size + this.#guests.size === 0 && !this.#early) return;
    this.#timer = this.#options.clock.after(LOOK_MS, () => this.look());
  }
}
