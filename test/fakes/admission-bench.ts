/** A node in virtual time on which the tests of the admission play their schedules. */
import { strict as assert } from 'node:assert';
import {
  Admission,
  type LaneMemory,
  type Permit,
  type Unit,
} from '../../src/admission/admission.ts';
import { Heap } from '../../src/base/heap.ts';
import type { Random } from '../../src/base/random.ts';
import type { LaneFeedback, LaneKey, LaneLimits } from '../../src/model/lane.ts';

export const FREE: LaneLimits = { concurrency: 1_000, rate: 'none', breaker: false };
export const OK: LaneFeedback = { verdict: 'ok', latencyMs: 1 };

export interface Options {
  readonly nodeSlots?: number;
  readonly limits?: Readonly<Record<string, LaneLimits>>;
  readonly remembered?: (lane: LaneKey) => LaneMemory | undefined;
  readonly onForget?: (lane: LaneKey, memory: LaneMemory) => void;
  readonly idleLanesMax?: number;
  readonly random?: Random;
}

/** An admission under a virtual clock: units take as long as they are told. */
export class Bench {
  readonly admission: Admission<number>;
  readonly log: { readonly unit: Unit<number>; readonly atMs: number }[] = [];
  readonly running = new Heap<{ endMs: number; unit: Unit<number>; permit: Permit }>(
    (a, b) => a.endMs < b.endMs,
  );
  nowMs = 0;
  #seq = 0;
  feedback: (unit: Unit<number>) => LaneFeedback = () => OK;

  constructor(options: Options = {}) {
    this.admission = new Admission({
      limitsOf: (lane) => options.limits?.[lane] ?? options.limits?.['*'] ?? FREE,
      remembered: options.remembered ?? (() => undefined),
      onForget: options.onForget ?? (() => {}),
      idleLanesMax: options.idleLanesMax ?? 100,
      toMonoMs: (wallMs) => wallMs - 1_000_000,
      random: options.random ?? { next: () => 0 },
    });
    this.admission.setNodeSlots(options.nodeSlots ?? 10);
  }

  job(tenant: string, jobId: string, weight = 1, concurrency = 1_000): void {
    this.admission.setTenant(tenant, { weight, concurrency: 1_000 });
    this.admission.setJob(jobId, { tenant, weight: 1, concurrency });
  }

  /** Enqueues `count` units that take `tookMs` each. */
  enqueue(
    tenant: string,
    jobId: string,
    count: number,
    tookMs: number,
    lanes: readonly LaneKey[] = [],
    kind: 'task' | 'resume' = 'task',
  ): void {
    for (let number = 0; number < count; number += 1) {
      this.#seq += 1;
      const unit = { tenant, jobId, lanes, kind, seq: this.#seq, payload: tookMs };
      this.admission.enqueue(unit);
    }
  }

  /** Starts all that may start now. */
  fill(): void {
    for (;;) {
      const got = this.admission.next(this.nowMs);
      if (got === undefined) return;
      this.log.push({ unit: got.unit, atMs: this.nowMs });
      this.running.push({ endMs: this.nowMs + got.unit.payload, ...got });
    }
  }

  /** Runs until `untilMs`, or until nothing more can happen. */
  run(untilMs = Infinity): void {
    for (;;) {
      this.fill();
      const wakeMs = this.admission.nextWakeMs(this.nowMs) ?? Infinity;
      const atMs = Math.min(wakeMs, this.running.peek()?.endMs ?? Infinity);
      if (atMs > untilMs || atMs === Infinity) return;
      assert(atMs > this.nowMs || this.running.peek()?.endMs === atMs, 'time stands still');
      this.nowMs = atMs;
      this.settleDue();
    }
  }

  settleDue(): void {
    while ((this.running.peek()?.endMs ?? Infinity) <= this.nowMs) {
      const { permit, unit } = this.running.pop() as { permit: Permit; unit: Unit<number> };
      const feedback = this.feedback(unit);
      permit.settleLeaf(feedback, this.nowMs);
      permit.releaseSeat(feedback, this.nowMs);
    }
  }

  starts(tenant: string): number {
    return this.log.filter(({ unit }) => unit.tenant === tenant).length;
  }

  order(): string[] {
    return this.log.map(({ unit }) => unit.lanes[0] ?? unit.jobId);
  }
}

export function assertNear(
  actual: number,
  expected: number,
  tolerance: number,
  what: string,
): void {
  const off = Math.abs(actual / expected - 1);
  assert(off <= tolerance, `${what}: ${actual} instead of ${expected}`);
}
