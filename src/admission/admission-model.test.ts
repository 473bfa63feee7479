import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { pick, type Random, randomInt, seededRandom } from '../base/random.ts';
import type { LaneFeedback, LaneKey, LaneLimits, LaneVerdict } from '../model/lane.ts';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { Admission, type Permit, type Unit } from './admission.ts';
import { Breaker } from './breaker.ts';
import { LearnedRate } from './learned-rate.ts';

/**
 * The admission beside a model that rescans everything at every step: after any change, if some
 * waiting unit may start, `next` must find one, and what it starts must be allowed. Times are whole
 * milliseconds and intervals divide them, so both sides compute exactly.
 */
const ZERO: Random = { next: () => 0 };
const WALL_OFFSET_MS = 1_000_000;

/** One lane, from its definition: all its starts are remembered and every window is counted. */
class ModelLane {
  readonly limits: LaneLimits;
  readonly starts: number[] = [];
  lastTaker: Permit | undefined;
  inUse = 0;
  restUntilMs = -Infinity;
  readonly learned = new LearnedRate(ZERO);
  readonly breaker = new Breaker(ZERO);
  readonly adaptive: AdaptiveConcurrency | undefined;

  constructor(limits: LaneLimits) {
    this.limits = limits;
    const { concurrency } = limits;
    if (typeof concurrency !== 'number') this.adaptive = new AdaptiveConcurrency(concurrency);
  }

  open(nowMs: number): boolean {
    const { rate, concurrency, breaker } = this.limits;
    if (this.inUse >= (this.adaptive?.limit ?? (concurrency as number))) return false;
    if (this.restUntilMs > nowMs) return false;
    if (breaker && this.breaker.earliestMs(nowMs) > nowMs) return false;
    if (rate === 'none') return true;
    if (rate === 'learned') {
      return this.learned.earliestMs(nowMs) <= nowMs && this.inUse < this.learned.inFlightMax;
    }
    const count = this.starts.length;
    return this.starts.every(
      (ms, at) => count - at + 1 <= rate.burst + ((nowMs - ms) * rate.perSecond) / 1_000,
    );
  }

  start(permit: Permit, nowMs: number): void {
    this.inUse += 1;
    this.starts.push(nowMs);
    this.lastTaker = permit;
    if (this.limits.rate === 'learned') this.learned.onStart(nowMs);
    if (this.limits.breaker) this.breaker.onStart(nowMs);
    this.adaptive?.onStart(nowMs, this.inUse);
  }

  end(permit: Permit, feedback: LaneFeedback | undefined, nowMs: number): void {
    const verdict = feedback?.verdict ?? 'ignored';
    const restUntilMs = feedback?.restUntilMs && feedback.restUntilMs - WALL_OFFSET_MS;
    this.adaptive?.onEnd(nowMs, permit.startedMs, verdict, this.inUse);
    this.inUse -= 1;
    if (this.limits.breaker) this.breaker.onEnd(nowMs, permit.startedMs, verdict);
    if (feedback === undefined) {
      // Only the very last start is undone: later ones were allowed because of those before.
      if (this.lastTaker === permit) this.starts.pop();
      return;
    }
    if (restUntilMs !== undefined) this.restUntilMs = Math.max(this.restUntilMs, restUntilMs);
    if (this.limits.rate === 'learned') {
      const rest = restUntilMs === undefined ? {} : { restUntilMs };
      this.learned.onEnd(nowMs, permit.startedMs, { verdict, ...rest });
    }
  }
}

interface World {
  readonly limitsOf: (lane: LaneKey) => LaneLimits;
  readonly lanes: readonly LaneKey[];
  readonly verdicts: readonly LaneVerdict[];
  readonly idleLanesMax: number;
}

const FIXED: World = {
  limitsOf(lane) {
    const number = lane.charCodeAt(lane.length - 1);
    const rate =
      number % 3 === 0
        ? ('none' as const)
        : { perSecond: [1, 2, 4, 5, 10, 20][number % 6] as number, burst: 1 + (number % 3) };
    return { concurrency: 1 + (number % 4), rate, breaker: false };
  },
  lanes: ['host:a', 'host:b', 'host:c', 'host:d', 'host:e', 'kind:f', 'kind:g', 'account:h'],
  verdicts: ['ok', 'throttled', 'timeout'],
  idleLanesMax: 4,
};

const LEARNED: World = {
  limitsOf: (lane) => ({
    concurrency: lane.startsWith('kind') ? { min: 1, max: 8, start: 2 } : 3,
    rate: lane.startsWith('host') ? 'learned' : 'none',
    breaker: !lane.startsWith('kind'),
  }),
  lanes: ['host:a', 'host:b', 'host:c', 'kind:f', 'account:h'],
  verdicts: ['ok', 'ok', 'ok', 'throttled', 'timeout', 'unreachable', 'rejected', 'ignored'],
  // What is learned is lost when a lane is forgotten, and the model forgets nothing.
  idleLanesMax: 100,
};

class Harness {
  readonly random: Random;
  readonly world: World;
  readonly admission: Admission<undefined>;
  readonly lanes = new Map<LaneKey, ModelLane>();
  readonly tenants = new Map<string, { slots: number; running: number }>();
  readonly jobs = new Map<string, { tenant: string; slots: number; running: number }>();
  readonly waiting = new Set<Unit<undefined>>();
  readonly held: { permit: Permit; unit: Unit<undefined> | undefined; lanes: Set<LaneKey> }[] = [];
  nodeSlots = 0;
  running = 0;
  nowMs = 0;
  seq = 0;
  wakeMs: number | undefined;
  started = 0;

  constructor(seed: number, world: World) {
    this.random = seededRandom(seed);
    this.world = world;
    this.admission = new Admission({
      limitsOf: world.limitsOf,
      remembered: () => undefined,
      onForget: () => {},
      idleLanesMax: world.idleLanesMax,
      toMonoMs: (wallMs) => wallMs - WALL_OFFSET_MS,
      random: ZERO,
    });
  }

  int(min: number, max: number): number {
    return randomInt(this.random, min, max);
  }

  lane(key: LaneKey): ModelLane {
    const lane = this.lanes.get(key) ?? new ModelLane(this.world.limitsOf(key));
    this.lanes.set(key, lane);
    return lane;
  }

  startable(unit: Unit<undefined>): boolean {
    const tenant = this.tenants.get(unit.tenant);
    const job = this.jobs.get(unit.jobId);
    assert(tenant && job);
    if (this.running >= this.nodeSlots || tenant.running >= tenant.slots) return false;
    return job.running < job.slots && unit.lanes.every((key) => this.lane(key).open(this.nowMs));
  }

  setLimits(): void {
    this.nodeSlots = this.int(0, 12);
    this.admission.setNodeSlots(this.nodeSlots);
    for (const name of ['t1', 't2', 't3']) {
      const slots = this.int(0, 8);
      const running = this.tenants.get(name)?.running ?? 0;
      this.tenants.set(name, { slots, running });
      this.admission.setTenant(name, { weight: this.int(1, 5), concurrency: slots });
    }
    for (let number = 0; number < 6; number += 1) this.setJob(`j${number}`);
  }

  setJob(id: string): void {
    const tenant = `t${1 + (id.charCodeAt(1) % 3)}`;
    const slots = this.int(0, 6);
    this.jobs.set(id, { tenant, slots, running: this.jobs.get(id)?.running ?? 0 });
    this.admission.setJob(id, { tenant, weight: this.int(1, 3), concurrency: slots });
  }

  enqueue(): void {
    const jobId = `j${this.int(0, 5)}`;
    const tenant = this.jobs.get(jobId)?.tenant as string;
    const lanes = Array.from({ length: this.int(0, 3) }, () => pick(this.random, this.world.lanes));
    const seq = this.int(0, 9) === 0 ? this.int(0, this.seq) : this.seq;
    this.seq += 1;
    const kind = this.int(0, 4) === 0 ? 'resume' : 'task';
    const unit: Unit<undefined> = { tenant, jobId, lanes, kind, seq, payload: undefined };
    this.waiting.add(unit);
    this.admission.enqueue(unit);
  }

  withdraw(): void {
    if (this.waiting.size === 0) return;
    const unit = pick(this.random, [...this.waiting]);
    assert.equal(this.admission.withdraw(unit), true);
    assert.equal(this.admission.withdraw(unit), false);
    this.waiting.delete(unit);
  }

  removeJob(): void {
    const id = `j${this.int(0, 5)}`;
    const mine = [...this.waiting].filter((unit) => unit.jobId === id);
    assert.deepEqual(new Set(this.admission.removeJob(id)), new Set(mine));
    for (const unit of mine) this.waiting.delete(unit);
    this.setJob(id);
  }

  onStart(permit: Permit, unit: Unit<undefined> | undefined, keys: readonly LaneKey[]): void {
    const lanes = new Set(keys);
    for (const key of lanes) {
      assert(this.lane(key).open(this.nowMs), `${key} was not open at ${this.nowMs}`);
      this.lane(key).start(permit, this.nowMs);
    }
    this.held.push({ permit, unit, lanes });
  }

  next(): void {
    const some = [...this.waiting].some((unit) => this.startable(unit));
    if (some && this.wakeMs !== undefined) assert(this.wakeMs <= this.nowMs, 'woken too late');
    const got = this.admission.next(this.nowMs);
    assert.equal(got !== undefined, some, `next() against the model at ${this.nowMs}`);
    if (got === undefined) {
      this.checkExplain();
      return;
    }
    const { unit, permit } = got;
    assert(this.waiting.delete(unit), 'started what was not waiting');
    this.checkOrder(unit);
    this.running += 1;
    for (const share of [this.tenants.get(unit.tenant), this.jobs.get(unit.jobId)]) {
      assert(share && share.running < share.slots);
      share.running += 1;
    }
    this.onStart(permit, unit, unit.lanes);
    this.started += 1;
  }

  /** Among units of the same job, kind and lanes, the first in order starts. */
  checkOrder(unit: Unit<undefined>): void {
    for (const other of this.waiting) {
      if (other.jobId !== unit.jobId || other.kind !== unit.kind) continue;
      if (other.lanes.join() === unit.lanes.join()) assert(other.seq >= unit.seq, 'out of order');
    }
  }

  /** When nothing may start although the node has room, every named blocker truly blocks. */
  checkExplain(): void {
    for (const [id, job] of this.jobs) {
      const waiting = [...this.waiting].filter((unit) => unit.jobId === id).length;
      assert.equal(this.admission.waiting(id), waiting);
      assert.equal(this.admission.running(id), job.running);
      const blockages = this.admission.explain(id, this.nowMs, 100);
      assert.equal(
        blockages.reduce((sum, blockage) => sum + blockage.waiting, 0),
        waiting,
      );
      for (const { lane } of blockages) {
        const tenant = this.tenants.get(job.tenant);
        if (lane.startsWith('job:')) assert(job.running >= job.slots);
        else if (lane.startsWith('tenant:')) assert(tenant && tenant.running >= tenant.slots);
        else if (lane.startsWith('node:')) assert(this.running >= this.nodeSlots);
        else if (this.running < this.nodeSlots) assert(!this.lane(lane).open(this.nowMs), lane);
      }
    }
  }

  tryLeaf(): void {
    const lanes = [pick(this.random, this.world.lanes), pick(this.random, this.world.lanes)];
    const permit = this.admission.tryLeaf(lanes, this.nowMs);
    if (permit) this.onStart(permit, undefined, lanes);
    else {
      const open = lanes.every((key) => this.lane(key).open(this.nowMs));
      const wanted = [...this.waiting].some((unit) =>
        unit.lanes.some((key) => lanes.includes(key)),
      );
      assert(!open || wanted, 'refused a vacant lane');
    }
  }

  feedback(): LaneFeedback {
    const verdict = pick(this.random, this.world.verdicts);
    const rests = verdict === 'throttled' && this.int(0, 1) === 0;
    const restUntilMs = this.nowMs + this.int(-100, 2_000) + WALL_OFFSET_MS;
    return { verdict, latencyMs: 1, ...(rests && { restUntilMs }) };
  }

  giveBack(): void {
    if (this.held.length === 0) return;
    const at = this.int(0, this.held.length - 1);
    const { permit, unit, lanes } = this.held[at] as (typeof this.held)[number];
    const feedback = this.feedback();
    if (permit.leafHeld && this.int(0, 2) > 0) {
      const refund = this.int(0, 5) === 0;
      for (const key of lanes)
        this.lane(key).end(permit, refund ? undefined : feedback, this.nowMs);
      if (refund) permit.refundLeaf(this.nowMs);
      else permit.settleLeaf(feedback, this.nowMs);
      permit.settleLeaf(feedback, this.nowMs);
    }
    if (unit && permit.seatHeld && this.int(0, 2) > 0) {
      permit.releaseSeat(feedback, this.nowMs);
      permit.releaseSeat(feedback, this.nowMs);
      this.running -= 1;
      const tenant = this.tenants.get(unit.tenant);
      const job = this.jobs.get(unit.jobId);
      assert(tenant && job);
      tenant.running -= 1;
      job.running -= 1;
    }
    if (!permit.seatHeld && !permit.leafHeld) this.held.splice(at, 1);
  }

  /** Asks for the next wake; the time then moves without any other change. */
  advance(): void {
    while ([...this.waiting].some((unit) => this.startable(unit))) this.next();
    this.next();
    this.wakeMs = this.admission.nextWakeMs(this.nowMs) ?? Infinity;
    this.nowMs += this.int(0, 3) === 0 ? this.int(0, 3_000) : this.int(0, 100);
    this.next();
    this.wakeMs = undefined;
  }

  step(): void {
    const dice = this.int(0, 99);
    if (dice < 35) this.enqueue();
    else if (dice < 50) this.next();
    else if (dice < 75) this.giveBack();
    else if (dice < 80) this.tryLeaf();
    else if (dice < 84) this.withdraw();
    else if (dice < 98) this.advance();
    else if (dice < 99) this.removeJob();
    else this.setLimits();
  }
}

for (const [name, world] of Object.entries({ fixed: FIXED, learned: LEARNED })) {
  test(`finds what a full rescan finds, and nothing else: ${name} limits`, () => {
    let started = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const harness = new Harness(seed, world);
      harness.setLimits();
      try {
        for (let step = 0; step < 600; step += 1) harness.step();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      started += harness.started;
    }
    assert(started > 1_000, `only ${started} starts`);
  });
}
