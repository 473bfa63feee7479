import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hostLane } from '../model/lane.ts';
import { sliceOf } from '../model/slice.ts';
import { type NewTask, type OpenShard, planShards, SHARD_TASKS_MAX } from './shard-plan.ts';

const tasks = (from: number, count: number, lane: NewTask['lane'] = ''): NewTask[] =>
  Array.from({ length: count }, (_, i) => ({ seq: from + i, lane }));

describe('shard plan', () => {
  it('cuts rows without a lane into shards that grow with the job', () => {
    const { shards } = planShards([], 0, tasks(0, 20_000));
    const sizes = shards.map((shard) => shard.tasks);
    assert.deepEqual(sizes.slice(0, 4), [25, 25, 25, 25]);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      20_000,
    );
    assert.equal(Math.max(...sizes), SHARD_TASKS_MAX);
    assert.ok(sizes.length < 100, `${sizes.length} shards`);
  });

  it('keeps the tasks of a lane in the shards of its slice', () => {
    const lane = hostLane('example.com');
    const { shards, shardOf } = planShards([], 3, tasks(0, 501, lane));
    assert.deepEqual(
      shards.map(({ no, slice, tasks: count }) => [no, slice, count]),
      [
        [3, sliceOf(lane), 500],
        [4, sliceOf(lane), 1],
      ],
    );
    assert.deepEqual([shardOf[499], shardOf[500]], [3, 4]);
  });

  it('fills what is open first, whatever the pieces in which rows come', () => {
    const lanes = ['', 'host:a', 'host:b', 'host:www.a', 'host:c'] as const;
    const row = fc.record({ lane: fc.constantFrom(...lanes), skip: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 200 }), { maxLength: 12 }), (pieces) => {
        let open: OpenShard[] = [];
        const all: NewTask[] = [];
        const inShard = new Map<number, NewTask[]>();
        let nextNo = 0;
        for (const piece of pieces) {
          const added = piece
            .map(({ lane, skip }, i) => ({ seq: all.length + i, lane, skip }))
            .filter(({ skip }) => skip > 0);
          const plan = planShards(open, nextNo, added);
          added.forEach((task, i) => {
            const no = plan.shardOf[i] as number;
            inShard.set(no, [...(inShard.get(no) ?? []), task]);
          });
          all.push(...added);
          nextNo += plan.shards.filter(({ fresh }) => fresh).length;
          const now = new Map([...open, ...plan.shards].map((shard) => [shard.no, shard]));
          for (const [no, shard] of now) assert.equal(shard.tasks, inShard.get(no)?.length);
          open = [...now.values()].filter((shard) => shard.tasks < shard.size);
          const slices = open.map(({ slice }) => slice);
          assert.equal(new Set(slices).size, slices.length, 'one open shard a slice');
        }
        assert.deepEqual(
          [...inShard.keys()].sort((a, b) => a - b),
          [...Array(nextNo).keys()],
        );
        for (const members of inShard.values()) {
          assert.ok(members.length <= SHARD_TASKS_MAX);
          const slices = members.map(({ lane }) => (lane === '' ? undefined : sliceOf(lane)));
          assert.equal(new Set(slices).size, 1);
        }
      }),
    );
  });
});
