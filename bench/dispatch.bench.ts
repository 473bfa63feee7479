/**
 * What a decision of the scheduler costs. `node bench/dispatch.bench.ts [units…]` prints one JSON
 * line a figure; time inside is virtual, so only the scheduler's own work is measured.
 *
 * - noop: one job without leaf lanes; enqueue + next + release of each unit.
 * - slots, rate: units over 10,000 hosts (one slot each, or ten starts a second) and 1,000 tenants
 *   with 8,000 seats, so that most groups have to park. A decision is next + settle + release, and
 *   includes what the simulation itself costs.
 * - skew: as slots, but half of all units are for one host, wanted by all tenants.
 */

import { Admission, type Permit, type Unit } from '../src/admission/admission.ts';
import { Heap } from '../src/base/heap.ts';
import { randomInt, seededRandom } from '../src/base/random.ts';
import type { LaneFeedback, LaneKey, LaneLimits } from '../src/model/lane.ts';

const HOSTS = 10_000;
const TENANTS = 1_000;
const SEATS = 8_000;
const OK: LaneFeedback = { verdict: 'ok', latencyMs: 100 };

interface Running {
  readonly endMs: number;
  readonly permit: Permit;
}

function admissionOf(limits: LaneLimits): Admission<undefined> {
  const admission = new Admission<undefined>({
    limitsOf: () => limits,
    remembered: () => undefined,
    onForget: () => {},
    idleLanesMax: 10_000,
    toMonoMs: (wallMs) => wallMs,
    random: seededRandom(1),
  });
  admission.setNodeSlots(SEATS);
  return admission;
}

function print(scenario: string, units: number, figures: Record<string, number>): void {
  const rounded = Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(3))]),
  );
  console.log(JSON.stringify({ scenario, units, ...rounded }));
}

/** Processor time of this thread, so that a busy machine does not count. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function noop(count: number): void {
  const admission = admissionOf({ concurrency: 1, rate: 'none', breaker: false });
  admission.setTenant('t', { weight: 1, concurrency: SEATS });
  admission.setJob('j', { tenant: 't', weight: 1, concurrency: SEATS });
  const units = Array.from(
    { length: count },
    (_, seq): Unit<undefined> => ({
      tenant: 't',
      jobId: 'j',
      lanes: [],
      kind: 'task',
      seq,
      payload: undefined,
    }),
  );
  const beganUs = cpuUs();
  for (const unit of units) admission.enqueue(unit);
  let started = 0;
  for (let got = admission.next(0); got !== undefined; got = admission.next(started)) {
    got.permit.releaseSeat(OK, started);
    started += 1;
  }
  const usPerUnit = (cpuUs() - beganUs) / count;
  if (started !== count) throw new Error(`started ${started} of ${count}`);
  print('noop', count, { usPerUnit });
}

function hosts(scenario: string, count: number, limits: LaneLimits, skewed: boolean): void {
  const random = seededRandom(count);
  const admission = admissionOf(limits);
  for (let number = 0; number < TENANTS; number += 1) {
    admission.setTenant(`t${number}`, { weight: 1 + (number % 3), concurrency: SEATS });
    admission.setJob(`j${number}`, { tenant: `t${number}`, weight: 1, concurrency: 100 });
  }
  const hostLanes = Array.from({ length: HOSTS }, (_, number): readonly LaneKey[] => [
    `host:${number}`,
  ]);
  const units = Array.from({ length: count }, (_, seq): Unit<undefined> => {
    const number = randomInt(random, 0, TENANTS - 1);
    const host = skewed && seq % 2 === 0 ? 0 : randomInt(random, 0, HOSTS - 1);
    return {
      tenant: `t${number}`,
      jobId: `j${number}`,
      lanes: hostLanes[host] as readonly LaneKey[],
      kind: 'task',
      seq,
      payload: undefined,
    };
  });
  const bytesBefore = heapBytes();
  const beganUs = cpuUs();
  for (const unit of units) admission.enqueue(unit);
  const enqueueUs = (cpuUs() - beganUs) / count;
  const bytesPerUnit = (heapBytes() - bytesBefore) / count;
  const running = new Heap<Running>((a, b) => a.endMs < b.endMs);
  let started = 0;
  let nowMs = 0;
  let nextMaxMs = 0;
  // One host serves some 10 units a second: no need to see the last of them off.
  const enough = skewed ? Math.min(count / 4, 100_000) : count;
  const loopBeganUs = cpuUs();
  while (started < enough) {
    const beganMs = performance.now();
    const got = admission.next(nowMs);
    // By the wall clock: to ask for the processor time of each call took a tenth of all of it.
    nextMaxMs = Math.max(nextMaxMs, performance.now() - beganMs);
    if (got !== undefined) {
      started += 1;
      running.push({ endMs: nowMs + randomInt(random, 50, 150), permit: got.permit });
      continue;
    }
    const wakeMs = admission.nextWakeMs(nowMs) ?? Infinity;
    nowMs = Math.max(nowMs, Math.min(wakeMs, running.peek()?.endMs ?? Infinity));
    if (nowMs === Infinity) throw new Error(`stalled after ${started} of ${count}`);
    while ((running.peek()?.endMs ?? Infinity) <= nowMs) {
      const { permit } = running.pop() as Running;
      permit.settleLeaf(OK, nowMs);
      permit.releaseSeat(OK, nowMs);
    }
  }
  const decisionUs = (cpuUs() - loopBeganUs) / started;
  print(scenario, count, {
    enqueueUs,
    decisionUs,
    bytesPerUnit,
    nextMaxMs,
    virtualS: nowMs / 1_000,
  });
}

const sizes = process.argv.slice(2).map(Number);
for (const count of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) {
  noop(Math.min(count, 200_000));
  noop(Math.min(count, 200_000));
  hosts('slots', count, { concurrency: 1, rate: 'none', breaker: true }, false);
  const rate = { perSecond: 10, burst: 1 };
  hosts('rate', count, { concurrency: 10, rate, breaker: true }, false);
  hosts('skew', count, { concurrency: 1, rate: 'none', breaker: true }, true);
}
