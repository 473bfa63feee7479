import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedWork } from './shared-work.ts';

describe('shared work', () => {
  it('has one leader a key, and tells the others when it has ended', () => {
    const shared = new SharedWork();
    const again: string[] = [];
    assert.equal(
      shared.lead('a', () => again.push('first')),
      true,
    );
    assert.equal(
      shared.lead('a', () => again.push('second')),
      false,
    );
    assert.equal(
      shared.lead('a', () => again.push('third')),
      false,
    );
    assert.equal(
      shared.lead('b', () => again.push('other')),
      true,
    );
    shared.ended('a');
    assert.deepEqual(again, ['second', 'third']);
    assert.equal(
      shared.lead('a', () => {}),
      true,
    );
  });

  it('lets a follower lead from within the call', () => {
    const shared = new SharedWork();
    let led = false;
    shared.lead('a', () => {});
    shared.lead('a', () => {
      led = shared.lead('a', () => {});
    });
    shared.ended('a');
    assert.equal(led, true);
  });
});
