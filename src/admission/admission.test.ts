import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Heap } from '../base/heap.ts';
import { type Random, seededRandom } from '../base/random.ts';
import type { LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import { Admission, type LaneMemory, type Permit, type Unit } from './admission.ts';

const FREE: LaneLimits = { concurrency: 1_000, rate: 'none', breaker: false };
const OK: LaneFeedback = { verdict: 'ok', latencyMs: 1 };

interface Options {
  readonly nodeSlots?: number;
  readonly limits?: Readonly<Record<string, LaneLimits>>;
  readonly remembered?: (lane: LaneKey) => LaneMemory | undefined;
  readonly onForget?: (lane: LaneKey, memory: LaneMemory) => void;
  readonly idleLanesMax?: number;
  readonly random?: Random;
}

/** An admission under a virtual clock: units take as long as they are told. */
class Bench {
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

function assertNear(actual: number, expected: number, tolerance: number, what: string): void {
  const off = Math.abs(actual / expected - 1);
  assert(off <= tolerance, `${what}: ${actual} instead of ${expected}`);
}

test('tenants of weights 1, 2 and 5 start rows in these shares within 2 %', () => {
  for (const tookMs of [0.1, 40, 20_000]) {
    const bench = new Bench();
    for (const weight of [1, 2, 5]) {
      bench.job(`t${weight}`, `j${weight}`, weight);
      bench.enqueue(`t${weight}`, `j${weight}`, 4_000, tookMs);
    }
    bench.run(tookMs * 480);
    const total = bench.log.length;
    assert(total >= 4_790, `only ${total} of 4,800 slots were used`);
    for (const weight of [1, 2, 5]) {
      assertNear(bench.starts(`t${weight}`), (total * weight) / 8, 0.02, `weight ${weight}`);
    }
  }
});

test('rows of random length do not change the shares of slot time', () => {
  const random = seededRandom(7);
  const bench = new Bench();
  for (const weight of [1, 2, 5]) bench.job(`t${weight}`, `j${weight}`, weight);
  for (let row = 0; row < 6_000; row += 1) {
    for (const weight of [1, 2, 5]) {
      bench.enqueue(`t${weight}`, `j${weight}`, 1, -100 * Math.log(1 - random.next()));
    }
  }
  bench.run(60_000);
  const usedMs = (weight: number) =>
    bench.log
      .filter(({ unit }) => unit.tenant === `t${weight}`)
      .reduce((sum, { unit }) => sum + unit.payload, 0);
  const total = usedMs(1) + usedMs(2) + usedMs(5);
  for (const weight of [1, 2, 5]) {
    assertNear(usedMs(weight), (total * weight) / 8, 0.04, `slot time of weight ${weight}`);
  }
});

test('a tenant of slow rows gets its share of the slots, not of the starts', () => {
  const bench = new Bench();
  for (const tenant of ['slow', 'fast']) bench.job(tenant, tenant);
  bench.enqueue('slow', 'slow', 4_000, 1_000);
  bench.enqueue('fast', 'fast', 40_000, 50);
  bench.run(120_000);
  const slowMs = bench.starts('slow') * 1_000;
  assertNear(slowMs, (10 * 120_000) / 2, 0.05, 'slot time of the slow tenant');
});

test('slots taken on a wrong guess are paid back, among tenants and among jobs', () => {
  for (const tenants of [
    ['fast', 'slow'],
    ['same', 'same'],
  ] as const) {
    const bench = new Bench();
    bench.job(tenants[0], 'fast');
    bench.enqueue(tenants[0], 'fast', 20_000, 10);
    bench.run(1_000);
    bench.job(tenants[1], 'slow');
    bench.enqueue(tenants[1], 'slow', 100, 5_000);
    bench.run(16_000);
    const usedMs = (jobId: string) =>
      bench.log
        .filter(({ unit, atMs }) => unit.jobId === jobId && atMs > 1_000)
        .reduce((sum, { unit, atMs }) => sum + Math.min(unit.payload, 16_000 - atMs), 0);
    assertNear(usedMs('slow'), usedMs('fast'), 0.15, `slot time of the slow job of ${tenants[1]}`);
  }
});

test('a lane counts the units that wait there, those that came later too', () => {
  const bench = new Bench({ limits: { '*': { ...FREE, concurrency: 1 } } });
  for (const name of ['a', 'b']) {
    bench.job(name, name);
    bench.enqueue(name, name, 3, 10, ['host:h']);
  }
  bench.fill();
  const waiting = () => bench.admission.lanes(5).map((lane) => lane.waiting);
  assert.deepEqual(waiting(), [5]);
  bench.enqueue('b', 'b', 4, 10, ['host:h']);
  assert.deepEqual(waiting(), [9]);
  bench.admission.removeJob('b');
  assert.deepEqual(waiting(), [bench.admission.waiting('a')]);
});

test('failures of an idle lane are remembered for a while', () => {
  const limits = { '*': { concurrency: 1, rate: 'none', breaker: true } } as const;
  const bench = new Bench({ limits, idleLanesMax: 2 });
  bench.job('t', 'j');
  bench.feedback = ({ lanes }) =>
    lanes[0] === 'host:dead' ? { verdict: 'unreachable', latencyMs: 1 } : OK;
  for (let number = 0; number < 20; number += 1) {
    bench.enqueue('t', 'j', 1, 10, ['host:dead']);
    for (const other of [1, 2, 3]) bench.enqueue('t', 'j', 1, 10, [`host:${number}-${other}`]);
    bench.run(bench.nowMs + 50);
  }
  const attempts = bench.order().filter((lane) => lane === 'host:dead').length;
  assert(attempts <= 6, `${attempts} attempts at a dead host`);
});

test('a tenant gains nothing by splitting its rows over many jobs', () => {
  const bench = new Bench();
  bench.job('one', 'j');
  bench.enqueue('one', 'j', 4_000, 10);
  for (let number = 0; number < 20; number += 1) {
    bench.job('many', `m${number}`);
    bench.enqueue('many', `m${number}`, 200, 10);
  }
  bench.run(2_000);
  assertNear(bench.starts('many'), bench.starts('one'), 0.02, 'starts of the splitter');
});

test('the rows of a newcomer are the very next to start', () => {
  const bench = new Bench();
  for (const weight of [1, 2, 5]) {
    bench.job(`t${weight}`, `j${weight}`, weight);
    bench.enqueue(`t${weight}`, `j${weight}`, 2_000, 95 + weight);
  }
  bench.run(3_000);
  const before = bench.log.length;
  bench.job('new', 'new');
  bench.enqueue('new', 'new', 10, 100);
  bench.run(5_000);
  const after = bench.log.slice(before).map(({ unit }) => unit.tenant);
  assert.equal(after[0], 'new');
  const lastAt = after.lastIndexOf('new');
  assert.equal(after.filter((tenant) => tenant === 'new').length, 10);
  assert(
    lastAt <= 10 * 9,
    `the last of its ten rows was number ${lastAt}, with a ninth of the shares`,
  );
});

test('time away gives neither credit nor debt', () => {
  const bench = new Bench();
  bench.job('always', 'a');
  bench.job('away', 'b');
  bench.enqueue('always', 'a', 4_000, 10);
  bench.enqueue('away', 'b', 100, 10);
  bench.run(2_000);
  const before = bench.starts('away');
  bench.enqueue('away', 'b', 2_000, 10);
  bench.run(2_500);
  assertNear(bench.starts('away') - before, 250, 0.05, 'starts after coming back');
});

test('a shared lane is shared by weight, however well a tenant is served elsewhere', () => {
  const bench = new Bench({ limits: { 'llm:x': { ...FREE, concurrency: 2 } }, nodeSlots: 50 });
  bench.job('busy', 'b', 1);
  bench.job('quiet', 'q', 3);
  bench.admission.setJob('bl', { tenant: 'busy', weight: 1, concurrency: 100 });
  bench.enqueue('busy', 'b', 20_000, 10);
  bench.enqueue('busy', 'bl', 2_000, 10, ['llm:x']);
  bench.enqueue('quiet', 'q', 2_000, 10, ['llm:x']);
  bench.run(4_000);
  const onLane = bench.log.filter(({ unit }) => unit.lanes.length > 0);
  assert(onLane.length >= 790, `the lane was used ${onLane.length} times of 800`);
  const quiet = onLane.filter(({ unit }) => unit.tenant === 'quiet').length;
  assertNear(quiet, onLane.length * 0.75, 0.02, 'starts of the heavier tenant');
});

test('one slow host does not hold up the others', () => {
  const bench = new Bench({ limits: { 'host:slow': { ...FREE, concurrency: 1 } } });
  bench.job('t', 'j');
  bench.enqueue('t', 'j', 5_000, 1_000, ['host:slow']);
  bench.enqueue('t', 'j', 900, 10, ['host:fast']);
  bench.run(1_000);
  assert.equal(bench.log.filter(({ unit }) => unit.lanes[0] === 'host:fast').length, 900);
});

test('a rest holds for all jobs, is never cut short, and counts once', () => {
  for (const rate of ['none', 'learned', { perSecond: 1_000, burst: 100 }] as const) {
    const bench = new Bench({ limits: { '*': { concurrency: 8, rate, breaker: false } } });
    const restUntilMs = 1_000_000 + 5_000;
    bench.feedback = () =>
      bench.nowMs < 1_000 ? { verdict: 'throttled', latencyMs: 1, restUntilMs } : OK;
    for (const name of ['a', 'b']) {
      bench.job(name, name);
      bench.enqueue(name, name, 20, 100, ['host:h']);
    }
    bench.run();
    assert(!bench.log.some(({ atMs }) => atMs >= 100 && atMs < 5_000), `rate ${rate}`);
    const firstMs = bench.log.find(({ atMs }) => atMs >= 100)?.atMs;
    assert(firstMs !== undefined && firstMs < 5_100, `went on at ${firstMs}`);
    assert.equal(bench.log.length, 40);
  }
});

test('a dead host costs a probe now and then', () => {
  const bench = new Bench({ limits: { '*': { concurrency: 2, rate: 'none', breaker: true } } });
  bench.feedback = () => ({ verdict: 'unreachable', latencyMs: 1 });
  bench.job('t', 'j');
  bench.enqueue('t', 'j', 1_000, 100, ['host:dead']);
  bench.run(60_000);
  assert(bench.log.length <= 12, `${bench.log.length} attempts in a minute`);
  assert.equal(bench.admission.explain('j', bench.nowMs, 9)[0]?.reason, 'breaker');
});

test('attempts that go on come before tasks of their job', () => {
  const bench = new Bench({ nodeSlots: 1, limits: { 'host:h': { ...FREE, concurrency: 1 } } });
  bench.job('t', 'j');
  bench.enqueue('t', 'j', 3, 10, ['host:h']);
  bench.enqueue('t', 'j', 3, 10, ['host:free']);
  bench.enqueue('t', 'j', 2, 10, ['host:h'], 'resume');
  bench.run();
  assert.deepEqual(
    bench.log.slice(0, 2).map(({ unit }) => unit.kind),
    ['resume', 'resume'],
  );
});

test('the host that decides when the job ends goes first, and all others get their turn', () => {
  const rate = { perSecond: 10, burst: 1 };
  const bench = new Bench({
    nodeSlots: 1,
    limits: { '*': { ...FREE, rate }, 'host:unknown': FREE },
  });
  bench.job('t', 'j');
  for (const host of ['small', 'large', 'middle'] as const) {
    const count = { small: 5, middle: 50, large: 500 }[host];
    bench.enqueue('t', 'j', count, 50, [`host:${host}`]);
  }
  bench.enqueue('t', 'j', 500, 50, ['host:unknown']);
  bench.run(10_000);
  const count = (host: string) => bench.order().filter((lane) => lane === `host:${host}`).length;
  assert(count('large') > 80, `large ${count('large')}`);
  assert(count('unknown') >= 45, `unknown ${count('unknown')}`);
  assert(count('small') === 5, `small ${count('small')}`);
});

test('rows without lanes start in order, late ones by their place', () => {
  const bench = new Bench({ nodeSlots: 1 });
  bench.job('t', 'j');
  const seqs = [5, 6, 9, 2, 7, 1];
  for (const seq of seqs) {
    const unit = { tenant: 't', jobId: 'j', lanes: [], kind: 'task' as const, seq, payload: 1 };
    bench.admission.enqueue(unit);
  }
  bench.run();
  assert.deepEqual(
    bench.log.map(({ unit }) => unit.seq),
    [1, 2, 5, 6, 7, 9],
  );
});

test('among groups the one with the earliest row starts first, as rows come and go', () => {
  const bench = new Bench({ nodeSlots: 1 });
  bench.job('t', 'j');
  const unitOf = (host: string, seq: number): Unit<number> => ({
    tenant: 't',
    jobId: 'j',
    lanes: [`host:${host}`],
    kind: 'task',
    seq,
    payload: 1,
  });
  const gone = unitOf('c', 0);
  for (const unit of [unitOf('a', 10), unitOf('b', 5), gone, unitOf('c', 20), unitOf('a', 1)]) {
    bench.admission.enqueue(unit);
  }
  assert.equal(bench.admission.withdraw(gone), true);
  bench.run();
  assert.deepEqual(
    bench.log.map(({ unit }) => unit.seq),
    [1, 5, 10, 20],
  );
});

test('two that hold what the other needs do not give way for ever', () => {
  const one = { ...FREE, concurrency: 1 };
  const bench = new Bench({ limits: { 'x:a': one, 'x:b': one }, nodeSlots: 4 });
  bench.job('t', 'j');
  bench.enqueue('t', 'j', 1, 10, ['x:a']);
  bench.enqueue('t', 'j', 1, 10, ['x:b']);
  for (let number = 0; number < 20; number += 1) {
    bench.job(`t${number}`, `j${number}`);
    bench.enqueue(`t${number}`, `j${number}`, 5, 10, number % 2 ? ['x:a', 'x:b'] : ['x:b', 'x:a']);
  }
  bench.run();
  assert.equal(bench.log.length, 102);
  assert.equal(bench.nowMs, 1_010);
});

test('a million hosts do not grow the table, and what was learned outlives it', () => {
  const learned = new Map<LaneKey, LaneMemory>();
  const bench = new Bench({
    limits: { '*': { concurrency: 4, rate: 'learned', breaker: true } },
    idleLanesMax: 50,
    remembered: (lane) => learned.get(lane),
    onForget: (lane, memory) => learned.set(lane, memory),
  });
  bench.job('t', 'j');
  bench.feedback = ({ lanes }) =>
    lanes[0] === 'host:strict'
      ? { verdict: 'throttled', latencyMs: 1, restUntilMs: 1_000_000 + bench.nowMs + 2_000 }
      : OK;
  bench.enqueue('t', 'j', 1, 5, ['host:strict']);
  for (let number = 0; number < 5_000; number += 1) {
    bench.enqueue('t', 'j', 1, 5, [`host:${number}`]);
    bench.run();
  }
  assert(bench.admission.lanes(1e9).length <= 52);
  const memory = learned.get('host:strict');
  assert(memory?.rate !== undefined);
  bench.enqueue('t', 'j', 1, 5, ['host:strict']);
  bench.run(bench.nowMs + 5);
  const status = bench.admission.lanes(1e9).find(({ lane }) => lane === 'host:strict');
  assert(status?.perSecond !== undefined, 'starts at the remembered pace');
});

test('a refunded start does not count against the rate', () => {
  const bench = new Bench({ limits: { '*': { ...FREE, rate: { perSecond: 1, burst: 1 } } } });
  bench.job('t', 'j');
  bench.enqueue('t', 'j', 2, 1, ['host:h']);
  const first = bench.admission.next(0);
  assert.equal(bench.admission.next(0), undefined);
  assert.equal(bench.admission.nextWakeMs(0), 1_000);
  first?.permit.refundLeaf(0);
  assert.notEqual(bench.admission.next(0), undefined);
});

test('a job removed and set again still counts the seats it holds', () => {
  const bench = new Bench();
  bench.job('t', 'j', 1, 2);
  bench.enqueue('t', 'j', 5, 10);
  bench.fill();
  assert.equal(bench.admission.removeJob('j').length, 3);
  assert.equal(bench.admission.waiting('j'), 0);
  bench.job('t', 'j', 1, 2);
  bench.enqueue('t', 'j', 3, 10);
  bench.fill();
  assert.equal(bench.log.length, 2, 'its two seats are still held');
  bench.run();
  assert.equal(bench.log.length, 5);
  bench.admission.removeJob('j');
  assert.equal(bench.admission.removeTenant('t'), true);
});

test('an attempt with a seat takes a leaf only where nobody waits', () => {
  const bench = new Bench({ limits: { '*': { ...FREE, concurrency: 1 } }, nodeSlots: 1 });
  bench.job('t', 'j');
  const permit = bench.admission.tryLeaf(['host:h', 'host:i'], 0);
  assert.deepEqual([permit?.seatHeld, permit?.leafHeld], [false, true]);
  assert.equal(bench.admission.tryLeaf(['host:i'], 0), undefined);
  bench.enqueue('t', 'j', 2, 10, ['host:h']);
  permit?.settleLeaf(OK, 1);
  assert.equal(bench.admission.tryLeaf(['host:h'], 1), undefined, 'somebody waits there');
  assert(bench.admission.tryLeaf(['host:i'], 1));
});

test('says why a job waits: for its own slots, its tenant, the node or a lane', () => {
  const bench = new Bench({
    nodeSlots: 3,
    limits: { 'host:h': { ...FREE, rate: { perSecond: 0.5, burst: 1 } } },
  });
  bench.job('t', 'capped', 1, 1);
  bench.enqueue('t', 'capped', 4, 100);
  bench.enqueue('t', 'capped', 0, 100);
  bench.job('u', 'paced');
  bench.enqueue('u', 'paced', 7, 100, ['host:h']);
  bench.fill();
  const [own] = bench.admission.explain('capped', 0, 5);
  assert.deepEqual(
    [own?.lane, own?.reason, own?.waiting, own?.slots],
    ['job:capped', 'concurrency', 3, 1],
  );
  const [paced] = bench.admission.explain('paced', 0, 5);
  assert.deepEqual(
    [paced?.lane, paced?.reason, paced?.wakeAtMs, paced?.waiting, paced?.perSecond],
    ['host:h', 'rate', 2_000, 6, 0.5],
  );
  bench.admission.setNodeSlots(0);
  bench.job('v', 'stuck');
  bench.enqueue('v', 'stuck', 2, 100);
  assert.equal(bench.admission.next(0), undefined);
  assert.equal(bench.admission.explain('stuck', 0, 5)[0]?.lane, 'node:local');
  bench.admission.setTenant('v', { weight: 1, concurrency: 0 });
  assert.equal(bench.admission.explain('stuck', 0, 5)[0]?.lane, 'tenant:v');
  assert.deepEqual(bench.admission.explain('unknown', 0, 5), []);
});

test('a job without a fixed number of slots learns it from the ends of its attempts', () => {
  const bench = new Bench({ nodeSlots: 100 });
  bench.admission.setTenant('t', { weight: 1, concurrency: 1_000 });
  bench.admission.setJob('j', {
    tenant: 't',
    weight: 1,
    concurrency: { min: 1, max: 64, start: 4 },
  });
  bench.enqueue('t', 'j', 20_000, 100);
  bench.fill();
  assert.equal(bench.log.length, 4);
  bench.run(5_000);
  assert(bench.admission.running('j') > 4, `still ${bench.admission.running('j')} slots`);
});
