import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LaneLimits } from '../model/lane.ts';
import { type LimitNow, previewLimit, type WaitingJob } from './limit-preview.ts';

const LEARNED: LaneLimits = {
  concurrency: { min: 1, max: 8, start: 2 },
  rate: 'learned',
  breaker: false,
};
const now: LimitNow = {
  lane: 'host:example.com',
  slots: 2,
  perSecond: undefined,
  inUse: 2,
  waiting: 340,
  blocked: 'concurrency',
  untilMs: undefined,
  limits: LEARNED,
};
const job: WaitingJob = {
  id: 'j_1',
  name: 'list.csv',
  waiting: 340,
  open: 350,
  etaMs: [600_000, 900_000],
};

describe('what setting a limit will do', () => {
  it('is told for more at once: what may start, and the end if the host keeps up', () => {
    const { words, ends } = previewLimit(now, { ...LEARNED, concurrency: 5 }, [job]);
    assert.deepEqual(words, [
      'host example.com: 2 → 5 at once.',
      '3 of 340 rows that wait may start at once.',
    ]);
    assert.deepEqual(ends[0]?.beforeMs, [600_000, 900_000]);
    assert.deepEqual(ends[0]?.afterMs, [240_000, 900_000], 'at best, and not later than now');
  });

  it('is told for fewer: what runs is not interrupted', () => {
    const full = { ...now, slots: 5, inUse: 5 };
    const { words, ends } = previewLimit(full, { ...LEARNED, concurrency: 1 }, [job]);
    assert.deepEqual(words, [
      'host example.com: 5 → 1 at once.',
      '4 of the 5 that run end first; nothing is interrupted.',
      '340 rows wait, and will wait longer.',
    ]);
    assert.deepEqual(ends[0]?.afterMs, [3_000_000, 4_500_000]);
  });

  it('is told for a rate: how long what waits takes at least', () => {
    const then: LaneLimits = { ...LEARNED, rate: { perSecond: 0.1, burst: 1 } };
    const { words, ends } = previewLimit(now, then, [job]);
    assert.match(words[0] ?? '', /a rate that is learned → 6\.0\/min|→ 0\.1\/s/);
    assert.match(words[1] ?? '', /^340 rows wait: at .* they take 56 min 30 s at least\.$/);
    assert.equal(ends[0]?.afterMs?.[0], 3_390_000);
  });

  it('promises nothing where something else holds it up', () => {
    const untilMs = Date.UTC(2026, 10, 22, 14, 20);
    const resting = { ...now, blocked: 'rest', untilMs } as const;
    const { words, ends } = previewLimit(resting, { ...LEARNED, concurrency: 5 }, [
      job,
      { ...job, waiting: 100 },
      { ...job, etaMs: undefined },
    ]);
    assert.match(words[1] ?? '', /rest until 14:20:00 UTC: before that nothing starts/);
    assert.deepEqual(
      ends.map(({ afterMs }) => afterMs),
      [undefined, undefined, undefined],
    );
    assert.match(ends[1]?.words ?? '', /does not wait here/);
  });

  it('is told of a job by what it uses, and not by what it might', () => {
    const limits: LaneLimits = { concurrency: 256, rate: 'none', breaker: false };
    const own: LimitNow = { ...now, lane: 'job:j_1', slots: 256, inUse: 8, waiting: 0, limits };
    const free = { ...own, blocked: undefined };
    const fewer = previewLimit(free, { ...limits, concurrency: 2 }, [{ ...job, waiting: 0 }]);
    assert.deepEqual(fewer.words, [
      'job j_1: 256 → 2 at once.',
      '6 of the 8 that run end first; nothing is interrupted.',
    ]);
    assert.deepEqual(fewer.ends[0]?.afterMs, [2_400_000, 3_600_000]);
    const more = previewLimit(free, { ...limits, concurrency: 512 }, [{ ...job, waiting: 0 }]);
    assert.equal(more.ends[0]?.words, 'Its end stays as it is.');
  });

  it('says where nothing waits, and where nothing changes', () => {
    const idle = { ...now, slots: undefined, inUse: 0, waiting: 0, blocked: undefined };
    assert.deepEqual(previewLimit(idle, LEARNED, []).words, [
      'host example.com: nothing changes.',
      'No row waits for it now.',
    ]);
  });
});
