import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Bench, FREE, OK } from '../../test/fakes/admission-bench.ts';
import type { LaneKey } from '../model/lane.ts';
import type { LaneMemory, Unit } from './admission.ts';

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
