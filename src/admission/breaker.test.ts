import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { BREAKER_DEFAULTS, Breaker } from './breaker.ts';

const OPTIONS = { ...BREAKER_DEFAULTS, openMs: 1_000, openMsMax: 8_000 };
const make = () => new Breaker(seededRandom(1), OPTIONS);

function fail(breaker: Breaker, nowMs: number, times = 1): void {
  for (let i = 0; i < times; i += 1) {
    breaker.onStart(nowMs);
    breaker.onEnd(nowMs, nowMs, 'unreachable');
  }
}

test('opens on failures in a row, not before, and a success starts the count anew', () => {
  const breaker = make();
  fail(breaker, 0, 4);
  breaker.onEnd(1, 1, 'ok');
  fail(breaker, 2, 4);
  assert.equal(breaker.state, 'closed');
  fail(breaker, 3);
  assert.equal(breaker.state, 'open');
  const untilMs = breaker.earliestMs(3);
  assert.ok(untilMs >= 753 && untilMs <= 1_003);
});

test('a hundred time-outs in flight open it once', () => {
  const breaker = make();
  for (let i = 0; i < 100; i += 1) breaker.onStart(i);
  for (let i = 0; i < 100; i += 1) breaker.onEnd(30_000 + i, i, 'timeout');
  assert.ok(breaker.earliestMs(31_000) < 31_100);
});

test('half-open lets exactly one probe through', () => {
  const breaker = make();
  fail(breaker, 0, 5);
  const dueMs = breaker.earliestMs(0);
  assert.equal(breaker.earliestMs(dueMs), dueMs);
  breaker.onStart(dueMs);
  assert.equal(breaker.state, 'half-open');
  assert.equal(breaker.earliestMs(dueMs + 5_000), Infinity);
  breaker.onEnd(dueMs + 10, 0, 'timeout');
  assert.equal(breaker.state, 'half-open', 'a late end from before is not the probe');
  breaker.onEnd(dueMs + 20, dueMs, 'ok');
  assert.equal(breaker.state, 'closed');
});

test('a probe that says nothing is given back at once', () => {
  const breaker = make();
  fail(breaker, 0, 5);
  breaker.onStart(2_000);
  breaker.onEnd(2_010, 2_000, 'ignored');
  assert.equal(breaker.earliestMs(2_010), 2_010);
});

test('every failed probe doubles the time, up to the cap, and an answer resets it', () => {
  const breaker = make();
  fail(breaker, 0, 5);
  let nowMs = 0;
  const spansMs: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    const dueMs = breaker.earliestMs(nowMs);
    spansMs.push(dueMs - nowMs);
    fail(breaker, dueMs);
    nowMs = dueMs;
  }
  [1_000, 2_000, 4_000, 8_000, 8_000, 8_000].forEach((fullMs, i) => {
    const spanMs = spansMs[i] as number;
    assert.ok(spanMs >= 0.75 * fullMs && spanMs <= fullMs, `${i}: ${spanMs}`);
  });
  const dueMs = breaker.earliestMs(nowMs);
  breaker.onStart(dueMs);
  breaker.onEnd(dueMs, dueMs, 'ok');
  for (let i = 1; i <= 5; i += 1) breaker.onEnd(dueMs + i, dueMs + i, 'ok');
  fail(breaker, dueMs + 10, 5);
  assert.ok(breaker.earliestMs(dueMs + 10) <= dueMs + 10 + 1_000);
});

test('opens when most of the last results failed, though never many in a row', () => {
  const breaker = make();
  for (let i = 0; i < 40 && breaker.state === 'closed'; i += 1) {
    const verdict = i % 4 === 0 ? 'ok' : 'timeout';
    breaker.onEnd(i, i, verdict);
  }
  assert.equal(breaker.state, 'open');
});

test('being throttled is an answer', () => {
  const breaker = make();
  for (let i = 0; i < 100; i += 1) breaker.onEnd(i, i, 'rejected');
  assert.equal(breaker.state, 'closed');
});

test('a thousand rows of a dead host cost a dozen starts in ten minutes', () => {
  const breaker = new Breaker(seededRandom(3));
  let starts = 0;
  for (let nowMs = 0; nowMs < 600_000; nowMs = Math.max(nowMs + 1, breaker.earliestMs(nowMs))) {
    starts += 1;
    fail(breaker, nowMs);
  }
  assert.ok(starts <= 15, `${starts}`);
});
