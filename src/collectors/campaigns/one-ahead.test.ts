import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { oneAhead } from './one-ahead.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('one ahead', () => {
  it('gives all in order, and has asked for the next when one is given', async () => {
    let asked = 0;
    let closed = false;
    const source = async function* () {
      try {
        for (asked = 1; asked <= 4; asked += 1) yield asked;
      } finally {
        closed = true;
      }
    };
    const seen: number[] = [];
    for await (const each of oneAhead(source())) {
      await turn();
      seen.push(each);
      assert.equal(asked, Math.min(5, each + 1), 'one more, and no more than that');
    }
    assert.deepEqual([seen, closed], [[1, 2, 3, 4], true]);
  });

  it('tells of a failure behind what came before it', async () => {
    const source = async function* () {
      yield 1;
      throw new Error('broken');
    };
    const seen: number[] = [];
    const reading = (async () => {
      for await (const each of oneAhead(source())) {
        await turn();
        seen.push(each);
      }
    })();
    await assert.rejects(reading, /broken/);
    assert.deepEqual(seen, [1]);
  });

  it('ends the source when nobody asks any more', async () => {
    let closed = false;
    const source = async function* () {
      try {
        for (let i = 0; ; i += 1) yield i;
      } finally {
        closed = true;
      }
    };
    for await (const each of oneAhead(source())) if (each === 2) break;
    await turn();
    assert.ok(closed);
  });
});
