import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneVerdict } from '../model/lane.ts';
import { feedbackOfFailure, feedbackOfReply } from './lane-feedback.ts';

const NOW_MS = 1_764_000_000_000;

const REPLIES: [number, Record<string, string>, LaneVerdict][] = [
  [200, {}, 'ok'],
  [301, {}, 'ok'],
  [404, {}, 'ok'],
  [403, {}, 'ok'],
  [429, {}, 'throttled'],
  [429, { 'retry-after': '1' }, 'throttled'],
  [503, {}, 'rejected'],
  [503, { 'retry-after': '1' }, 'throttled'],
  [504, {}, 'rejected'],
  [500, {}, 'ignored'],
];
for (const [status, headers, verdict] of REPLIES) {
  test(`reply ${status} ${JSON.stringify(headers)}`, () => {
    assert.equal(feedbackOfReply(status, headers, 10, NOW_MS).verdict, verdict);
  });
}

const FAILURES: [string, LaneVerdict][] = [
  ['fetch.refused', 'unreachable'],
  ['fetch.dns_not_found', 'unreachable'],
  ['fetch.timeout_connect', 'unreachable'],
  ['fetch.timeout_headers', 'timeout'],
  ['fetch.reset', 'rejected'],
  ['fetch.body_too_large', 'ignored'],
  ['collector.threw', 'ignored'],
];
for (const [code, verdict] of FAILURES) {
  test(`failure ${code}`, () => {
    const failure = { class: 'transient', code, message: 'm' } as const;
    assert.deepEqual(feedbackOfFailure(failure, 10), { verdict, latencyMs: 10 });
  });
}

test('a rest and an announced limit are passed on', () => {
  const headers = { 'retry-after': '2', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' };
  assert.deepEqual(feedbackOfReply(429, headers, 10, NOW_MS), {
    verdict: 'throttled',
    latencyMs: 10,
    restUntilMs: NOW_MS + 2_000,
    announced: { remaining: 0, resetMs: NOW_MS + 9_000 },
  });
});
