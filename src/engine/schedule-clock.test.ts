import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { parseCron } from './cron.ts';
import { judgeOverlap, judgeTick, LATE_AFTER_MS, NO_TICK, planTick } from './schedule-clock.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const T = Date.UTC(2026, 0, 1);
const minutely = parseCron('* * * * *', 'UTC');

describe('the verdict on a tick', () => {
  const plan = { nextMs: T, startMs: T };
  const jittered = { nextMs: T, startMs: T + 30_000 };
  const run = (dueMs: number, late: boolean, missedFromMs?: number) => ({
    kind: 'run',
    dueMs,
    late,
    missedFromMs,
  });
  const cases: readonly [string, typeof plan, number, number, number, unknown][] = [
    ['before its time', plan, T - 1, 0, DAY, { kind: 'wait' }],
    ['on time', plan, T, 0, DAY, run(T, false)],
    ['a little after', plan, T + LATE_AFTER_MS, 0, DAY, run(T, false)],
    ['well after', plan, T + LATE_AFTER_MS + 1, 0, DAY, run(T, true)],
    ['within its jitter', jittered, T + 29_999, 0, DAY, { kind: 'wait' }],
    ['after its jitter', jittered, T + 30_000, 0, DAY, run(T, false)],
    ['its jitter reaches over a start', jittered, T + 30_000, T + 20_000, DAY, run(T, false)],
    ['a start after its time', plan, T + 1, T + 1, DAY, run(T, true)],
    ['several passed', plan, T + 150_000, T, DAY, run(T + 2 * MINUTE, true, T)],
    ['passed long ago', plan, T + 20_000, T + 20_000, 19_999, { kind: 'miss', dueMs: T }],
    ['the newest is young enough', plan, T + 99 * DAY, T + 9, MINUTE, run(T + 99 * DAY, true, T)],
  ];
  for (const [name, tick, nowMs, openedMs, catchUpMs, expected] of cases) {
    it(name, () => {
      assert.deepEqual(judgeTick(minutely, tick, { nowMs, openedMs, catchUpMs }), expected);
    });
  }

  it('waits where there is no tick', () => {
    const moment = { nowMs: T, openedMs: 0, catchUpMs: DAY };
    assert.deepEqual(judgeTick(minutely, NO_TICK, moment), { kind: 'wait' });
  });
});

describe('the plan of a tick', () => {
  it('draws the start within the jitter, all over it', () => {
    const random = seededRandom(3);
    const draws = Array.from({ length: 2_000 }, () => {
      const { nextMs, startMs } = planTick(minutely, T, 9, random);
      assert.equal(nextMs, T + MINUTE);
      return (startMs as number) - T - MINUTE;
    });
    assert.deepEqual([...new Set(draws)].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('stays below the next tick, however large the jitter', () => {
    const random = seededRandom(4);
    for (let i = 0; i < 500; i += 1) {
      const { startMs } = planTick(minutely, T, DAY, random);
      assert.ok((startMs as number) >= T + MINUTE && (startMs as number) < T + 2 * MINUTE);
    }
  });

  it('draws nothing without jitter', () => {
    const never = { next: () => assert.fail('drawn') };
    assert.deepEqual(planTick(minutely, T, 0, never), { nextMs: T + MINUTE, startMs: T + MINUTE });
  });
});

describe('overlap', () => {
  it('is decided by policy, an open job and a run that waits', () => {
    for (const policy of ['skip', 'queue', 'replace'] as const) {
      assert.equal(judgeOverlap(policy, false, false), 'start');
    }
    assert.equal(judgeOverlap('skip', true, false), 'skip');
    assert.equal(judgeOverlap('replace', true, false), 'replace');
    assert.equal(judgeOverlap('queue', true, false), 'queue');
    assert.equal(judgeOverlap('queue', true, true), 'skip');
  });
});
