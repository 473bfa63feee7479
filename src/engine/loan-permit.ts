/** A start of a lane that another node granted. */
import type { Permit } from '../admission/admission.ts';
import type { LaneFeedback, LaneKey } from '../model/lane.ts';

export class LoanPermit implements Permit {
  readonly lanes: readonly LaneKey[];
  readonly startedMs: number;
  readonly seatHeld = false;
  readonly #onEnd: (feedback: LaneFeedback | undefined) => void;
  #held = true;

  constructor(
    lane: LaneKey,
    startedMs: number,
    onEnd: (feedback: LaneFeedback | undefined) => void,
  ) {
    this.lanes = [lane];
    this.startedMs = startedMs;
    this.#onEnd = onEnd;
  }

  get leafHeld(): boolean {
    return this.#held;
  }

  settleLeaf(feedback: LaneFeedback): void {
    this.#end(feedback);
  }

  refundLeaf(): void {
    this.#end(undefined);
  }

  releaseSeat(): void {}

  #end(feedback: LaneFeedback | undefined): void {
    if (!this.#held) return;
    this.#held = false;
    this.#onEnd(feedback);
  }
}
