/** Loans of lanes in memory. asked → granted → ended → forgotten; ended numbers end theirs. */
import { sliceOf } from '../model/slice.ts';
import { LOAN_ENDS_KEPT_MS } from './cluster-rules.ts';
import type { Fence, LoanAsk, LoanEnd, LoanGrant, LoanNews } from './cluster-store.ts';

interface Loan extends LoanAsk {
  readonly id: number;
  readonly slice: number;
  readonly borrower: Fence;
  state: 'asked' | 'granted' | 'ended';
  termMs: number;
  feedback: LoanEnd['feedback'];
  endedMs: number;
}

/** Who holds a slice. */
type HolderOf = (slice: number) => Fence | undefined;

export class MemoryLoans {
  readonly #loans = new Map<number, Loan>();
  readonly #holderOf: HolderOf;
  #id = 0;

  constructor(holderOf: HolderOf) {
    this.#holderOf = holderOf;
  }

  /** Loans that have not ended. */
  get size(): number {
    return [...this.#loans.values()].filter(({ state }) => state !== 'ended').length;
  }

  ask(borrower: Fence, { lane, tenant, limits }: LoanAsk): number {
    this.#id += 1;
    const id = this.#id;
    const slice = sliceOf(lane);
    const state = { state: 'asked', termMs: 0, feedback: undefined, endedMs: 0 } as const;
    this.#loans.set(id, { id, lane, tenant, limits, slice, borrower, ...state });
    return id;
  }

  news(fence: Fence): LoanNews {
    const all = [...this.#loans.values()];
    const mine = all.filter(({ borrower }) => borrower === fence);
    const owned = all.filter(({ slice }) => this.#holderOf(slice) === fence);
    const gone = mine.filter(
      ({ state, slice }) => state === 'asked' && this.#holderOf(slice) === undefined,
    );
    for (const { id } of gone) this.#loans.delete(id);
    return {
      asked: owned.filter(({ state }) => state === 'asked').map(toldOf),
      granted: mine
        .filter(({ state }) => state === 'granted')
        .map(({ id, termMs }) => ({ id, termMs })),
      void: gone.map(({ id }) => id),
      ended: owned
        .filter(({ state }) => state === 'ended')
        .map(({ id, feedback }) => ({ id, feedback })),
      outstanding: owned.filter(({ state }) => state === 'granted').map(toldOf),
    };
  }

  grant(fence: Fence, { id, termMs }: LoanGrant): void {
    const loan = this.#loans.get(id);
    if (loan?.state !== 'asked' || this.#holderOf(loan.slice) !== fence) return;
    Object.assign(loan, { state: 'granted', termMs });
  }

  end(fence: Fence, { id, feedback }: LoanEnd, nowMs: number): void {
    const loan = this.#loans.get(id);
    if (loan !== undefined && loan.borrower === fence) this.#end(loan, feedback, nowMs);
  }

  forget(fence: Fence, id: number): void {
    const loan = this.#loans.get(id);
    if (loan?.state === 'ended' && this.#holderOf(loan.slice) === fence) this.#loans.delete(id);
  }

  /** Ends what the number has borrowed. */
  endAll(borrower: Fence, nowMs: number): void {
    for (const loan of this.#loans.values()) {
      if (loan.borrower === borrower) this.#end(loan, undefined, nowMs);
    }
  }

  /** Forgets ends that no owner has come for. */
  prune(nowMs: number): void {
    for (const { id, state, endedMs } of this.#loans.values()) {
      if (state === 'ended' && endedMs < nowMs - LOAN_ENDS_KEPT_MS) this.#loans.delete(id);
    }
  }

  #end(loan: Loan, feedback: LoanEnd['feedback'], nowMs: number): void {
    if (loan.state === 'ended') return;
    // Nobody can have granted it, and nobody can any more.
    if (loan.state === 'asked' && this.#holderOf(loan.slice) === undefined) {
      this.#loans.delete(loan.id);
      return;
    }
    Object.assign(loan, { state: 'ended', feedback, endedMs: nowMs });
  }
}

function toldOf({ id, lane, tenant, limits, borrower }: Loan) {
  return { id, lane, tenant, limits, borrower };
}
