import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shownMs, withShownMs } from './shown-ms.ts';

it('shows whole milliseconds, and thousandths of few', () => {
  const cases = [
    [12.345678, 12],
    [10.5, 11],
    [9.87654, 9.877],
    [0.0004, 0],
    [-3.00049, -3],
    [1_700_000_000_000.75, 1_700_000_000_001],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ] as const;
  for (const [ms, shown] of cases) assert.equal(shownMs(ms), shown);
});

it('leaves all else of plain data as it is', () => {
  const data = {
    tookMs: 12.3456,
    perSecond: 12.3456,
    text: '12.3456',
    none: null,
    waits: [{ lane: 'a', ms: 1.23456 }],
    queueMs: [11.9, null, 0.12345],
  };
  assert.deepEqual(withShownMs(data), {
    ...data,
    tookMs: 12,
    waits: [{ lane: 'a', ms: 1.235 }],
    queueMs: [12, null, 0.123],
  });
});
