import assert from 'node:assert/strict';
import { it } from 'node:test';
import { capped } from './export-limits.ts';

it('an hour with too many rows is said to be kept only where it is', () => {
  const span = { from: 0, to: 1 };
  assert.match(capped(span, 10, true).failure.hint ?? '', /^What came is kept\. Give /);
  assert.match(capped(span, 10, false).failure.hint ?? '', /^Nothing of that hour is kept\. Give /);
});
