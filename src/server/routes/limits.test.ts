import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PreviewWire, wireOf } from './limits.ts';

it('the ends of a preview fit its schema, however fine an estimate is', () => {
  const span = [1_000.4, 2_000.6] as const;
  const end = { jobId: 'j_1', name: 'a.csv', words: 'Its end stays as it is.' };
  const told = wireOf({ ...end, beforeMs: span, afterMs: span });
  assert.deepEqual(told, { ...end, beforeMs: [1_000, 2_001], afterMs: [1_000, 2_001] });
  assert.ok(PreviewWire.safeParse({ words: [], ends: [told, wireOf(end)] }).success);
});
