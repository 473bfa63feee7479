import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { packEnds, unpackEnds } from './end-pack.ts';

it('packs ends, and unpacks the same', () => {
  const number = fc.double({ noNaN: true });
  const text = fc.json({ stringUnit: 'binary' }).map((json) => JSON.stringify(JSON.parse(json)));
  const records = fc.array(text, { maxLength: 3 });
  const end = fc.record(
    { attemptNo: fc.nat(), finishedMs: number, durationMs: number, records },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(end, { minLength: 1 }), (ends) => {
      assert.deepEqual(unpackEnds(packEnds(ends), ends.length), ends);
    }),
    { numRuns: 30 },
  );
});
