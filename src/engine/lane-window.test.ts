import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LaneKey } from '../model/lane.ts';
import { LaneWindows } from './lane-window.ts';

const SLOW: LaneKey = 'host:slow';
const few = () => 2;

describe('lane windows', () => {
  it('never hold more than a few tasks of a lane that does not move', () => {
    const windows = new LaneWindows(few);
    let taken = 0;
    for (let seq = 0; seq < 100_000; seq += 1) {
      if (windows.admit(SLOW, seq, 0)) taken += 1;
    }
    assert.equal(taken, 8);
    assert.equal(windows.hungry, false);
    assert.equal(windows.spilled(SLOW), 100_000 - 8);
  });

  it('fetch what was passed over from where it began, and more each time for a fast lane', () => {
    const windows = new LaneWindows(few);
    for (let seq = 0; seq < 1_000; seq += 1) windows.admit(SLOW, seq, 0);
    const limits: number[] = [];
    let nowMs = 0;
    let from = 8;
    for (let round = 0; round < 4; round += 1) {
      while (!windows.hungry) windows.release(SLOW);
      nowMs += 100;
      const want = windows.nextHungry(nowMs);
      assert.equal(want?.fromSeq, from);
      const limit = want?.limit ?? 0;
      limits.push(limit);
      from += limit;
      windows.refilled(SLOW, limit, from);
    }
    assert.equal(windows.spilled(SLOW), 1_000 - from);
    assert.ok((limits[3] ?? 0) > 4 * (limits[0] ?? 0), String(limits));
  });

  it('hold as many again as may run at once, however long those take', () => {
    let slots = 100;
    const windows = new LaneWindows(() => slots);
    let held = 0;
    for (let seq = 0; seq < 5_000; seq += 1) if (windows.admit(SLOW, seq, 0)) held += 1;
    assert.equal(held, 200);
    let from = held;
    const refill = (nowMs: number) => {
      const { limit = 0 } = windows.nextHungry(nowMs) ?? {};
      held += limit;
      from += limit;
      windows.refilled(SLOW, limit, from);
    };
    for (let nowMs = 20_000; nowMs < 200_000; nowMs += 20_000) {
      for (let ended = 0; ended < slots; ended += 1, held -= 1) windows.release(SLOW);
      assert.ok(windows.hungry, `${held} held`);
      refill(nowMs);
      assert.equal(held, 200);
    }
    // More may run than were held when it was filled last: the next end asks for them.
    slots = 300;
    windows.release(SLOW);
    held -= 1;
    assert.ok(windows.hungry);
    refill(300_000);
    assert.equal(held, 600);
  });

  it('forget a lane that has nothing left', () => {
    const windows = new LaneWindows(few);
    for (let i = 0; i < 10_000; i += 1) {
      const lane: LaneKey = `host:${i}`;
      assert.ok(windows.admit(lane, i, 0));
      windows.release(lane);
    }
    assert.equal(windows.size, 0);
  });

  it('give room again once what was passed over has been fetched', () => {
    const windows = new LaneWindows(few);
    for (let seq = 0; seq < 10; seq += 1) windows.admit(SLOW, seq, 0);
    while (!windows.hungry) windows.release(SLOW);
    const want = windows.nextHungry(1);
    assert.equal(want?.fromSeq, 8);
    windows.refilled(SLOW, 2, undefined);
    assert.equal(windows.spilled(SLOW), 0);
    assert.ok(windows.admit(SLOW, 10, 2), 'a later row goes in directly');
  });
});
