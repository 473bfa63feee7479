import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedAnswers } from '../../src/server/shared-answers.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

describe('shared answers', () => {
  it('are made once for all who ask within their life, by key', async () => {
    const clock = new VirtualClock();
    const answers = new SharedAnswers<number>(clock, 1_000);
    let made = 0;
    const make = async () => {
      made += 1;
      return made;
    };
    const asked = [answers.of('a', make), answers.of('a', make), answers.of('b', make)];
    assert.deepEqual(await Promise.all(asked), [1, 1, 2]);
    await clock.run(() => false, 1_001);
    assert.equal(await answers.of('a', make), 3);
  });

  it('are not kept where they could not be made', async () => {
    const answers = new SharedAnswers<number>(new VirtualClock(), 1_000);
    await assert.rejects(answers.of('a', () => Promise.reject(new Error('no'))));
    assert.equal(await answers.of('a', async () => 1), 1);
  });
});
