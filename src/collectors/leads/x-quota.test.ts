import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patienceUntilMs, quotaIn } from './x-quota.ts';

const NOW_MS = 1_800_000_000_000;
const DATE = new Date(NOW_MS).toUTCString();
const inSeconds = (seconds: number) => String(NOW_MS / 1_000 + seconds);

function window(remaining: number, seconds: number): Record<string, string> {
  return {
    date: DATE,
    'x-rate-limit-limit': '300',
    'x-rate-limit-remaining': String(remaining),
    'x-rate-limit-reset': inSeconds(seconds),
  };
}

function day(who: 'app' | 'user', remaining: number, seconds: number): Record<string, string> {
  const prefix = `x-${who}-limit-24hour-`;
  return {
    [`${prefix}limit`]: '500',
    [`${prefix}remaining`]: String(remaining),
    [`${prefix}reset`]: inSeconds(seconds),
  };
}

/** Theirs are whole seconds: a second is added for what may be cut off. */
const after = (seconds: number) => NOW_MS + seconds * 1_000 + 1_000;

describe('quotas in headers of X', () => {
  it('reads the window', () => {
    assert.deepEqual(quotaIn(window(12, 60), NOW_MS), {
      limit: 300,
      remaining: 12,
      resetMs: after(60),
    });
  });

  it('takes a cap of 24 hours that is used up before a window with room', () => {
    const headers = { ...window(12, 60), ...day('app', 3, 7_200), ...day('user', 0, 3_600) };
    assert.deepEqual(quotaIn(headers, NOW_MS), { limit: 500, remaining: 0, resetMs: after(3_600) });
  });

  it('takes the one that ends last where several are used up', () => {
    const headers = { ...window(0, 60), ...day('app', 0, 7_200), ...day('user', 0, 3_600) };
    assert.equal(quotaIn(headers, NOW_MS)?.resetMs, after(7_200));
  });

  it('knows nothing where the headers say nothing, or nonsense', () => {
    assert.equal(quotaIn({}, NOW_MS), undefined);
    assert.equal(quotaIn({ 'x-rate-limit-remaining': 'many' }, NOW_MS), undefined);
    assert.equal(quotaIn({ 'x-rate-limit-remaining': '5' }, NOW_MS), undefined);
  });

  const patience: readonly (readonly [string, Record<string, string>, number | undefined])[] = [
    ['the window', window(0, 60), after(60)],
    ['the window although it shows room', window(4, 60), after(60)],
    ['the cap behind a window with room', { ...window(4, 60), ...day('user', 0, 900) }, after(900)],
    ['no cap that has room', { ...window(0, 60), ...day('user', 7, 900) }, after(60)],
    ['nothing where headers are absent', {}, undefined],
    ['nothing where the time has passed', { ...window(0, -30) }, undefined],
  ];
  for (const [name, headers, untilMs] of patience) {
    it(`waits after a 429 for ${name}`, () => {
      assert.equal(patienceUntilMs(headers, NOW_MS), untilMs);
    });
  }
});
