import assert from 'node:assert/strict';
import { it } from 'node:test';
import { momentMs } from './moment.ts';

it('times are days, times with a zone, or ms', () => {
  const day = Date.UTC(2026, 10, 30);
  assert.equal(momentMs('2026-11-30'), day);
  assert.equal(momentMs('2026-11-30T06:30Z'), day + 23_400_000);
  assert.equal(momentMs('2026-11-30T06:30:01.5+06:30'), day + 1_500);
  assert.equal(momentMs('0'), 0);
  assert.equal(momentMs(String(day)), day);
  const none = ['', '-1', '1e9', '2026-11-30T06:30', '2026-13-01', '2026-11-30 06:30Z', 'today'];
  for (const text of none) assert.equal(momentMs(text), undefined, text);
});
