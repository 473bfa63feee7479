import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { flowWeight, giveTags, restShift, virtualTime } from './fair-tags.ts';

interface Shard {
  readonly flow: number;
  readonly tag: number;
  readonly tasks: number;
}

describe('fair tags', () => {
  it('serves jobs that always have work by their weights', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 2, 4), { minLength: 2, maxLength: 4 }),
        fc.array(fc.constantFrom(25, 100, 500), { minLength: 1, maxLength: 5 }),
        (weights, sizes) => {
          const free = weights.flatMap((weight, flow) => {
            const shards = Array.from({ length: 400 }, (_, i) => ({
              fresh: true,
              added: sizes[i % sizes.length] as number,
            }));
            const { tags } = giveTags(0, { finish: 0, weight }, shards);
            return tags.map((tag, i): Shard => {
              return { flow, tag: tag as number, tasks: shards[i]?.added as number };
            });
          });
          free.sort((a, b) => a.tag - b.tag || a.flow - b.flow);
          const served = weights.map(() => 0);
          for (const shard of free.slice(0, 300)) {
            served[shard.flow] = (served[shard.flow] as number) + shard.tasks;
            const normal = served.map((tasks, flow) => tasks / (weights[flow] as number));
            // The bound of start-time fair queueing: one piece of each.
            const apart = Math.max(...normal) - Math.min(...normal);
            assert.ok(apart <= 2 * 500, `${apart} tasks apart`);
          }
        },
      ),
    );
  });

  it('starts a job that comes late where the others are', () => {
    const late = giveTags(virtualTime(40, 90), { finish: 0, weight: 1 }, [
      { fresh: true, added: 500 },
      { fresh: true, added: 250 },
      { fresh: true, added: 1 },
    ]);
    assert.deepEqual(late, { tags: [40, 41, 41.5], finish: 41.502 });
    assert.equal(virtualTime(undefined, 90), 90);
    assert.equal(virtualTime(undefined, undefined), 0);
  });

  it('counts tasks that are put into a shard that has its tag', () => {
    const more = giveTags(7, { finish: 8, weight: 0.5 }, [
      { fresh: false, added: 250 },
      { fresh: true, added: 500 },
    ]);
    assert.deepEqual(more, { tags: [undefined, 9], finish: 11 });
  });

  it('divides the weight of a tenant among its jobs', () => {
    assert.equal(flowWeight(3, 1, 1), 3);
    assert.equal(flowWeight(3, 1, 2) + flowWeight(3, 1, 2), 3);
    assert.ok(flowWeight(0, 0, 0) > 0);
  });

  it('does not make up for the time of a rest', () => {
    assert.equal(restShift(3, 10), 7);
    assert.equal(restShift(12, 10), 0);
    assert.equal(restShift(undefined, 10), 0);
    assert.equal(restShift(3, undefined), 0);
  });
});
