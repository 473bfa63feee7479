import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedWork } from './shared-work.ts';

describe('shared work', () => {
  it('has one leader a key, and gives the followers back when it has the answer', () => {
    const shared = new SharedWork<string, string>();
    assert.equal(shared.lead('a', 'j', 'first'), true);
    assert.equal(shared.lead('a', 'j', 'second'), false);
    assert.equal(shared.lead('a', 'k', 'third'), false);
    assert.equal(shared.lead('b', 'j', 'other'), true);
    assert.deepEqual(shared.answered('a'), ['second', 'third']);
    assert.equal(shared.lead('a', 'j', 'second'), true);
    assert.deepEqual(shared.answered('a'), []);
  });

  it('passes on to one of each group where there is no answer', () => {
    const shared = new SharedWork<string, string>();
    shared.lead('a', 'j', 'j1');
    for (const [group, follower] of ['j2', 'j3', 'k1', 'k2'].map((name) => [name[0], name])) {
      shared.lead('a', group as string, follower as string);
    }
    assert.deepEqual(shared.passedOn('a'), ['j2', 'k1']);
    assert.equal(shared.lead('a', 'k', 'k1'), true, 'who comes first leads');
    assert.equal(shared.lead('a', 'j', 'j2'), false);
    assert.deepEqual(shared.passedOn('a'), ['j3', 'k2']);
    assert.equal(shared.lead('a', 'l', 'l1'), true, 'a newcomer, too');
    assert.equal(shared.lead('a', 'j', 'j3'), false);
    assert.equal(shared.lead('a', 'k', 'k2'), false);
    assert.deepEqual(shared.answered('a'), ['j2', 'j3', 'k2']);
    assert.deepEqual(shared.passedOn('a'), []);
  });

  it('forgets a group that is gone', () => {
    const shared = new SharedWork<string, string>();
    shared.lead('a', 'j', 'j1');
    shared.lead('a', 'j', 'j2');
    shared.lead('a', 'j', 'j3');
    shared.lead('a', 'k', 'k1');
    shared.lead('a', 'k', 'k2');
    shared.passedOn('a');
    shared.forget('j');
    assert.equal(shared.lead('a', 'k', 'k1'), true);
    assert.deepEqual(shared.passedOn('a'), ['k2']);
  });

  it('knows of answers since a moment, and not of ends without one', () => {
    const shared = new SharedWork<string, string>();
    const before = shared.answers;
    shared.lead('a', 'j', 'first');
    shared.passedOn('a');
    assert.equal(shared.answeredSince('a', before), false);
    shared.lead('a', 'j', 'second');
    shared.answered('a');
    assert.equal(shared.answeredSince('a', before), true);
    assert.equal(shared.answeredSince('a', shared.answers), false);
    assert.equal(shared.answeredSince('b', before), false);
  });

  it('forgets answers of long ago', () => {
    const shared = new SharedWork<string, string>();
    for (let n = 0; n < 20_000; n += 1) {
      shared.lead(`${n}`, 'j', '');
      shared.answered(`${n}`);
    }
    assert.equal(shared.answeredSince('1', 0), false);
    assert.equal(shared.answeredSince('19999', 0), true);
  });
});
