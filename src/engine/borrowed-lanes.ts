/**
 * Who waits here for starts of lanes that other nodes own, lane by lane. A lane's waiters share a
 * few loans: each is asked for once, and where the owner has lent it for a while it goes from one
 * waiter to the next without asking again.
 */
import type { Permit } from '../admission/admission.ts';
import type { LaneFeedback, LaneKey } from '../model/lane.ts';
import type { Borrowing } from './engine-node.ts';
import { LoanPermit } from './loan-permit.ts';

/** Loans of one lane at a time. */
const LOANS_PER_LANE_MAX = 16;

interface Waiter {
  readonly ask: Borrowing;
  readonly resolve: (permit: Permit | undefined) => void;
}

interface Borrowed {
  readonly waiters: Set<Waiter>;
  /** Asked for and not answered yet. */
  asked: number;
  /** In use. */
  held: number;
}

export type EndLoan = (id: number, lane: LaneKey, feedback: LaneFeedback | undefined) => void;

export class BorrowedLanes {
  readonly #lanes = new Map<LaneKey, Borrowed>();
  readonly #laneOf = new Map<number, LaneKey>();
  readonly #held = new Set<number>();
  readonly #nowMs: () => number;
  readonly #end: EndLoan;

  constructor(nowMs: () => number, end: EndLoan) {
    this.#nowMs = nowMs;
    this.#end = end;
  }

  /** Loans that are asked for or in use. */
  get size(): number {
    return this.#laneOf.size;
  }

  wait(ask: Borrowing, signal: AbortSignal): Promise<Permit | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { lane } = ask;
    const known = this.#lanes.get(lane);
    const borrowed = known ?? { waiters: new Set(), asked: 0, held: 0 };
    if (known === undefined) this.#lanes.set(lane, borrowed);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        borrowed.waiters.delete(waiter);
        this.#forgetIfIdle(lane, borrowed);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        ask,
        resolve: (permit) => {
          signal.removeEventListener('abort', onAbort);
          resolve(permit);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      borrowed.waiters.add(waiter);
    });
  }

  /** Lanes of which more starts are wanted than are asked for. */
  wanted(): readonly LaneKey[] {
    return [...this.#lanes].filter(([, each]) => missing(each) > 0).map(([lane]) => lane);
  }

  /** The lane is owned here by now: its waiters go the ordinary way. */
  isHere(lane: LaneKey): void {
    const borrowed = this.#lanes.get(lane);
    if (borrowed === undefined) return;
    for (const { resolve } of borrowed.waiters) resolve(undefined);
    borrowed.waiters.clear();
    this.#forgetIfIdle(lane, borrowed);
  }

  /** What is to be asked for now, counted as asked from now on. */
  take(lanes: readonly LaneKey[]): readonly Borrowing[] {
    return lanes.flatMap((lane) => {
      const borrowed = this.#lanes.get(lane);
      const [first] = borrowed?.waiters ?? [];
      if (borrowed === undefined || first === undefined) return [];
      const count = missing(borrowed);
      borrowed.asked += count;
      return Array.from({ length: count }, () => first.ask);
    });
  }

  asked(id: number, lane: LaneKey): void {
    this.#laneOf.set(id, lane);
  }

  /** `termMs`: for how long further starts may follow the first without asking. */
  granted(id: number, termMs: number): void {
    const lane = this.#laneOf.get(id);
    const borrowed = lane === undefined ? undefined : this.#lanes.get(lane);
    if (lane === undefined || borrowed === undefined || borrowed.asked === 0) return;
    borrowed.asked -= 1;
    borrowed.held += 1;
    this.#next(id, lane, borrowed, this.#nowMs() + termMs, undefined);
  }

  /** Nobody can grant it. */
  void(id: number): void {
    const lane = this.#laneOf.get(id);
    const borrowed = lane === undefined ? undefined : this.#lanes.get(lane);
    this.#laneOf.delete(id);
    if (lane === undefined || borrowed === undefined) return;
    borrowed.asked -= 1;
    this.#forgetIfIdle(lane, borrowed);
  }

  /** Whether an answer to it is still to come. */
  isAsked(id: number): boolean {
    const lane = this.#laneOf.get(id);
    return lane !== undefined && !this.#held.has(id);
  }

  #next(
    id: number,
    lane: LaneKey,
    borrowed: Borrowed,
    untilMs: number,
    last: LaneFeedback | undefined,
  ): void {
    const [waiter] = borrowed.waiters;
    const nowMs = this.#nowMs();
    const goesOn = last === undefined || (last.verdict === 'ok' && nowMs < untilMs);
    if (waiter === undefined || !goesOn) {
      borrowed.held -= 1;
      this.#held.delete(id);
      this.#laneOf.delete(id);
      this.#forgetIfIdle(lane, borrowed);
      this.#end(id, lane, last);
      return;
    }
    this.#held.add(id);
    borrowed.waiters.delete(waiter);
    const ended = (feedback: LaneFeedback | undefined) => {
      this.#next(id, lane, borrowed, untilMs, feedback ?? { verdict: 'ignored', latencyMs: 0 });
    };
    waiter.resolve(new LoanPermit(lane, nowMs, ended));
  }

  #forgetIfIdle(lane: LaneKey, { waiters, asked, held }: Borrowed): void {
    if (waiters.size + asked + held === 0) this.#lanes.delete(lane);
  }
}

function missing({ waiters, asked, held }: Borrowed): number {
  return Math.min(waiters.size - asked, LOANS_PER_LANE_MAX - asked - held);
}
