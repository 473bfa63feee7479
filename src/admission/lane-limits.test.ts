import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../base/random.ts';
import type { LaneFeedback, LaneKey, LaneLimits } from '../model/lane.ts';
import { Admission, type Permit } from './admission.ts';

const OK: LaneFeedback = { verdict: 'ok', latencyMs: 1 };
const LANE: LaneKey = 'host:a';
const FREE: LaneLimits = { concurrency: 4, rate: 'none', breaker: false };

/** One job with `count` units for one lane, whose limits can be changed. */
function setUp(first: LaneLimits, count: number) {
  let limits = first;
  const admission = new Admission<number>({
    limitsOf: () => limits,
    remembered: () => undefined,
    onForget: () => {},
    idleLanesMax: 10,
    toMonoMs: (wallMs) => wallMs,
    random: { next: () => 0 },
  });
  admission.setNodeSlots(1_000);
  admission.setTenant('t', { weight: 1, concurrency: 1_000 });
  admission.setJob('j', { tenant: 't', weight: 1, concurrency: 1_000 });
  for (let seq = 0; seq < count; seq += 1) {
    const unit = { tenant: 't', jobId: 'j', lanes: [LANE], kind: 'task', seq, payload: seq };
    admission.enqueue({ ...unit, kind: 'task' });
  }
  return {
    admission,
    change(next: LaneLimits, nowMs: number) {
      limits = next;
      admission.refreshLimits(LANE, nowMs);
    },
    /** All that may start. */
    start(nowMs: number): Permit[] {
      const permits: Permit[] = [];
      for (let got = admission.next(nowMs); got; got = admission.next(nowMs)) {
        permits.push(got.permit);
      }
      return permits;
    },
    end(permits: readonly Permit[], nowMs: number) {
      for (const permit of permits) {
        permit.settleLeaf(OK, nowMs);
        permit.releaseSeat(OK, nowMs);
      }
    },
  };
}

test('a rate that comes later counts from the last start', () => {
  const { admission, change, start, end } = setUp({ ...FREE, concurrency: 1, rate: 'learned' }, 9);
  const first = start(100);
  assert.equal(first.length, 1);
  end(first, 150);
  change({ ...FREE, concurrency: 1, rate: { perSecond: 0.5, burst: 1 } }, 150);
  assert.equal(start(150).length, 0);
  assert.equal(admission.nextWakeMs(150), 2_100);
  assert.equal(start(2_099).length, 0);
  assert.equal(start(2_100).length, 1);
});

test('a rest that was asked for outlives a change of the rate', () => {
  const { change, start, admission } = setUp({ ...FREE, rate: 'learned' }, 9);
  const [permit] = start(0);
  permit?.settleLeaf({ verdict: 'throttled', latencyMs: 1, restUntilMs: 5_000 }, 10);
  permit?.releaseSeat(OK, 10);
  change({ ...FREE, rate: { perSecond: 10, burst: 1 } }, 20);
  assert.equal(start(4_999).length, 0);
  assert.ok((admission.nextWakeMs(4_999) ?? 0) >= 5_000);
  change({ ...FREE, rate: 'none' }, 4_999);
  assert.equal(start(4_999).length, 0);
  assert.equal(start(5_200).length, 4);
});

test('more slots wake who waits, fewer take nothing away', () => {
  const { change, start, end } = setUp(FREE, 20);
  const four = start(0);
  assert.equal(four.length, 4);
  change({ ...FREE, concurrency: 6 }, 1);
  const two = start(1);
  assert.equal(two.length, 2);
  change({ ...FREE, concurrency: 1 }, 2);
  end(four, 3);
  assert.equal(start(3).length, 0);
  end(two, 4);
  assert.equal(start(4).length, 1);
});

test('a lane that is not known yet gets its limits at its first use', () => {
  const { change, start } = setUp(FREE, 0);
  change({ ...FREE, concurrency: 2 }, 0);
  assert.equal(start(0).length, 0);
});

test('whatever changes when, nothing is above its limit and nothing is forgotten', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seededRandom(seed);
    const { admission, change, start, end } = setUp(FREE, 60);
    let slots = 4;
    let running: Permit[] = [];
    let done = 0;
    for (let nowMs = 0; done < 60; nowMs += 10) {
      assert.ok(nowMs < 100_000, `seed ${seed}: ${admission.waiting('j')} wait for ever`);
      if (randomInt(random, 0, 4) === 0) {
        slots = randomInt(random, 1, 8);
        const rate = randomInt(random, 0, 1) === 0 ? 'none' : { perSecond: 100, burst: 2 };
        change({ concurrency: slots, rate, breaker: randomInt(random, 0, 1) === 0 }, nowMs);
      }
      const before = running.length;
      const started = start(nowMs);
      assert.ok(started.length <= Math.max(0, slots - before), `seed ${seed} at ${nowMs}`);
      running.push(...started);
      const ended = running.splice(0, randomInt(random, 0, running.length));
      end(ended, nowMs + 5);
      done += ended.length;
    }
    running = [];
  }
});
