import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../base/clock.ts';
import { randomInt, seededRandom } from '../base/random.ts';
import { TimeoutWheel, type WheelEntry } from './timeout-wheel.ts';

const TICK_MS = 10;

/** A clock moved by hand that runs one pending call at a time. */
function handClock() {
  let nowMs = 1_000.5;
  let pending: { dueMs: number; callback: () => void } | undefined;
  const clock = {
    monoMs: () => nowMs,
    after(ms: number, callback: () => void) {
      assert.equal(pending, undefined, 'one timer at a time');
      const call = { dueMs: nowMs + ms, callback };
      pending = call;
      return { cancel: () => void (pending === call && (pending = undefined)) };
    },
  } as Clock;
  const passTo = (toMs: number) => {
    while (pending !== undefined && pending.dueMs <= toMs) {
      const { dueMs, callback } = pending;
      pending = undefined;
      nowMs = Math.max(nowMs, dueMs);
      callback();
    }
    nowMs = toMs;
  };
  return {
    clock,
    now: () => nowMs,
    pass: (ms: number) => passTo(nowMs + ms),
    /** The event loop is held up: time goes on and no timer runs. */
    stall: (ms: number) => (nowMs += ms),
    armed: () => pending !== undefined,
  };
}

function entryAt(dueMs: number, expired: number[] = []): WheelEntry & { at: number | undefined } {
  return {
    dueMs,
    at: undefined,
    next: undefined,
    prev: undefined,
    expire(nowMs) {
      assert.equal(this.at, undefined, 'expired twice');
      this.at = nowMs;
      expired.push(nowMs);
    },
  };
}

describe('timeout wheel', () => {
  test('expires on time, moved ones later, removed ones never', () => {
    const time = handClock();
    const wheel = new TimeoutWheel(time.clock, TICK_MS);
    const random = seededRandom(7);
    const entries = Array.from({ length: 2_000 }, () =>
      entryAt(time.now() + randomInt(random, 0, 12_000)),
    );
    for (const entry of entries) wheel.add(entry);
    const removed = new Set(entries.filter(() => random.next() < 0.3));
    for (const entry of entries) {
      if (removed.has(entry)) wheel.remove(entry);
      else if (random.next() < 0.3) entry.dueMs += randomInt(random, 0, 5_000);
    }
    for (const entry of removed) wheel.remove(entry);
    for (let i = 0; i < 2_000; i += 1) time.pass(randomInt(random, 1, 18));
    for (const entry of entries) {
      if (removed.has(entry)) assert.equal(entry.at, undefined);
      else {
        assert.ok(entry.at !== undefined && entry.at >= entry.dueMs, 'never early');
        assert.ok(entry.at - entry.dueMs <= 3 * TICK_MS, `late by ${entry.at - entry.dueMs}`);
      }
    }
    assert.equal(wheel.size, 0);
    assert.equal(time.armed(), false);
  });

  test('an entry may add and remove others as it expires', () => {
    const time = handClock();
    const wheel = new TimeoutWheel(time.clock, TICK_MS);
    const expired: number[] = [];
    const other = entryAt(time.now() + 15, expired);
    const later = entryAt(time.now() + 60, expired);
    const first = entryAt(time.now() + 12, expired);
    first.expire = () => {
      wheel.remove(later);
      wheel.add(entryAt(time.now() + 30, expired));
    };
    for (const entry of [first, other, later]) wheel.add(entry);
    time.pass(200);
    assert.equal(expired.length, 2);
    assert.equal(wheel.size, 0);
  });

  test('after the event loop was held up, what came meanwhile is heard first', () => {
    const time = handClock();
    const wheel = new TimeoutWheel(time.clock, TICK_MS);
    const answered = entryAt(time.now() + 50);
    const silent = entryAt(time.now() + 50);
    for (const entry of [answered, silent]) wheel.add(entry);
    time.stall(5_000);
    time.pass(0);
    assert.equal(silent.at, undefined, 'nobody is accused at the late tick');
    answered.dueMs = time.now() + 50;
    time.pass(25);
    assert.notEqual(silent.at, undefined);
    assert.equal(answered.at, undefined);
    time.pass(60);
    assert.notEqual(answered.at, undefined);
  });

  test('a process that is always late still has time-outs', () => {
    const time = handClock();
    const wheel = new TimeoutWheel(time.clock, TICK_MS);
    const entry = entryAt(time.now() + 50);
    wheel.add(entry);
    for (let i = 0; i < 3; i += 1) {
      time.stall(200);
      time.pass(0);
    }
    assert.notEqual(entry.at, undefined);
  });

  test('no timer runs while there is nothing to wait for', () => {
    const time = handClock();
    const wheel = new TimeoutWheel(time.clock, TICK_MS);
    const entry = entryAt(time.now() + 100);
    wheel.add(entry);
    assert.equal(time.armed(), true);
    wheel.remove(entry);
    assert.equal(time.armed(), false);
    time.pass(60_000);
    entry.dueMs = time.now() + 20;
    wheel.add(entry);
    time.pass(50);
    assert.notEqual(entry.at, undefined);
  });
});
