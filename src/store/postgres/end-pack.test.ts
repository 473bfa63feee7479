import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { packEnds, unpackEnds } from './end-pack.ts';

it('packs ends, and unpacks the same', () => {
  const end = fc.record({
    attemptNo: fc.nat(),
    finishedMs: fc.double({ noNaN: true }),
    durationMs: fc.double({ noNaN: true }),
    records: fc.array(
      fc.json({ stringUnit: 'binary' }).map((json) => JSON.stringify(JSON.parse(json))),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(fc.array(end, { minLength: 1 }), (ends) => {
      assert.deepEqual(unpackEnds(packEnds(ends), ends.length), ends);
    }),
  );
});
