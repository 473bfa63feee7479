import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  announcedLimit,
  httpDateMs,
  REST_MS_MAX,
  restUntilMs,
  retryAfterMs,
} from './retry-after.ts';

/** Sun, 06 Nov 1994 08:49:37 GMT */
const DATE_MS = 784_111_777_000;
const NOW_MS = 1_764_000_000_000;
const at = (ms: number) => new Date(ms).toUTCString();

test('the three forms of a date', () => {
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    assert.equal(httpDateMs(text), DATE_MS, text);
  }
  for (const text of [
    '',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 36 Nov 1994 08:49:37 GMT',
    '1994',
  ]) {
    assert.equal(httpDateMs(text), undefined, text);
  }
});

const SPANS: [string, number | undefined][] = [
  ['0', 0],
  ['1', 1_000],
  [' 120 ', 120_000],
  ['0.25', 250],
  ['1.5', 1_500],
  ['999999999999', REST_MS_MAX],
  ['-1', undefined],
  ['1e9', undefined],
  ['soon', undefined],
  ['', undefined],
  ['9'.repeat(5_000), undefined],
];
for (const [text, spanMs] of SPANS) {
  test(`Retry-After: ${text.slice(0, 20)}`, () => {
    const expected = spanMs === undefined ? undefined : NOW_MS + spanMs;
    assert.equal(retryAfterMs({ 'retry-after': text }, NOW_MS), expected);
  });
}

test('a date is read against the clock that wrote it, and the cut second is made good', () => {
  for (const skewMs of [0, -3_600_000, 3_600_000, 86_400_000 * 365]) {
    const headers = { 'retry-after': at(NOW_MS + skewMs + 30_000), date: at(NOW_MS + skewMs) };
    assert.equal(retryAfterMs(headers, NOW_MS), NOW_MS + 31_000, `skew ${skewMs}`);
  }
  assert.equal(retryAfterMs({ 'retry-after': at(NOW_MS + 30_000) }, NOW_MS), NOW_MS + 31_000);
});

test('a date in the past asks for no rest, one far ahead for the longest', () => {
  assert.equal(retryAfterMs({ 'retry-after': at(NOW_MS - 60_000) }, NOW_MS), NOW_MS);
  const far = retryAfterMs({ 'retry-after': at(NOW_MS * 1.5) }, NOW_MS);
  assert.equal(far, NOW_MS + REST_MS_MAX);
});

test('announced limits: spans, seconds and milliseconds since 1970, structured fields', () => {
  const reset = NOW_MS + 60_000;
  const cases: [Record<string, string>, unknown][] = [
    [
      { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' },
      { limit: 60, remaining: 0, resetMs: reset },
    ],
    [
      { 'x-rate-limit-remaining': '5', 'x-rate-limit-reset': String(NOW_MS / 1_000 + 59) },
      { remaining: 5, resetMs: reset },
    ],
    [{ 'ratelimit-reset': String(NOW_MS + 59_000) }, { resetMs: reset }],
    [
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '7', 'ratelimit-reset': '0.5' },
      { limit: 100, remaining: 7, resetMs: NOW_MS + 500 },
    ],
    [{ 'x-ratelimit-limit': '60' }, undefined],
    [{ 'x-ratelimit-remaining': 'many' }, undefined],
    [{}, undefined],
  ];
  for (const [headers, expected] of cases) {
    assert.deepEqual(announcedLimit(headers, NOW_MS), expected, JSON.stringify(headers));
  }
});

test('Retry-After goes before the reset, and the reset counts only when nothing remains', () => {
  const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' };
  assert.equal(restUntilMs({ ...spent, 'retry-after': '5' }, NOW_MS), NOW_MS + 5_000);
  assert.equal(restUntilMs(spent, NOW_MS), NOW_MS + 60_000);
  assert.equal(restUntilMs({ ...spent, 'x-ratelimit-remaining': '3' }, NOW_MS), undefined);
});

test('whatever a header says, the time lies between now and the longest rest', () => {
  const value = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((d) => d.toUTCString()),
  );
  fc.assert(
    fc.property(value, fc.option(value), (text, date) => {
      const headers = { 'retry-after': text, 'ratelimit-reset': text, ...(date ? { date } : {}) };
      for (const ms of [retryAfterMs(headers, NOW_MS), announcedLimit(headers, NOW_MS)?.resetMs]) {
        assert.ok(ms === undefined || (ms >= NOW_MS && ms <= NOW_MS + REST_MS_MAX));
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});
