import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedWork } from './shared-work.ts';

describe('shared work', () => {
  it('has one leader a key, and gives the followers back when it has ended', () => {
    const shared = new SharedWork<string>();
    assert.equal(shared.lead('a', 'first'), true);
    assert.equal(shared.lead('a', 'second'), false);
    assert.equal(shared.lead('a', 'third'), false);
    assert.equal(shared.lead('b', 'other'), true);
    assert.deepEqual(shared.ended('a'), ['second', 'third']);
    assert.equal(shared.lead('a', 'second'), true);
    assert.deepEqual(shared.ended('a'), []);
  });

  it('knows of work that has ended since a moment', () => {
    const shared = new SharedWork<string>();
    const before = shared.ends;
    shared.lead('a', 'first');
    assert.equal(shared.endedSince('a', before), false);
    shared.ended('a');
    assert.equal(shared.endedSince('a', before), true);
    assert.equal(shared.endedSince('a', shared.ends), false);
    assert.equal(shared.endedSince('b', before), false);
  });

  it('forgets ends of long ago', () => {
    const shared = new SharedWork<string>();
    for (let n = 0; n < 20_000; n += 1) {
      shared.lead(`${n}`, '');
      shared.ended(`${n}`);
    }
    assert.equal(shared.endedSince('1', 0), false);
    assert.equal(shared.endedSince('19999', 0), true);
  });
});
