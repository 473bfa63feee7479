import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { assertNear, Bench, FREE } from '../../test/fakes/admission-bench.ts';
import { seededRandom } from '../base/random.ts';

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

test('who had the node alone does not wait when others come, however wrong the guess was', () => {
  for (const tenants of [
    ['first', 'second'],
    ['same', 'same'],
  ] as const) {
    const bench = new Bench({ nodeSlots: 64 });
    bench.job(tenants[0], 'early');
    bench.enqueue(tenants[0], 'early', 2_000, 300);
    bench.run(5);
    bench.job(tenants[1], 'late');
    bench.enqueue(tenants[1], 'late', 2_000, 300);
    bench.run(1_500);
    const early = bench.log.filter(({ unit, atMs }) => unit.jobId === 'early' && atMs > 5).length;
    const late = bench.log.filter(({ unit }) => unit.jobId === 'late').length;
    assertNear(early, late, 0.1, `starts of ${tenants[0]}'s early job`);
  }
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
