import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import type { EngineEvent } from '../model/event.ts';
import { Feed } from './feed.ts';

const event = (tasks: number): EngineEvent => ({ type: 'job.planned', jobId: 'j', tasks });

function numbers(epoch: number, count: number): number[] {
  const feed = new Feed(systemClock, epoch, () => {});
  const seen: number[] = [];
  feed.subscribe(({ seqNo }) => seen.push(seqNo));
  for (let i = 1; i <= count; i += 1) feed.append(event(i));
  return seen;
}

describe('feed', () => {
  it('numbers events without a gap, above all of earlier starts', () => {
    const first = numbers(1, 10);
    first.forEach((seqNo, i) => {
      assert.equal(seqNo, 2 ** 32 + i + 1);
    });
    const [next] = numbers(2, 1) as [number];
    assert.ok(next > (first.at(-1) as number));
    const late = numbers(2_000_000, 2) as [number, number];
    assert.equal(late[1] - late[0], 1);
    assert.ok(Number.isSafeInteger(late[1]));
  });

  it('tells subscribers until they leave', () => {
    const feed = new Feed(systemClock, 1, () => {});
    const seen: string[] = [];
    const leave = feed.subscribe(({ jobId }) => seen.push(jobId));
    feed.append(event(1));
    leave();
    feed.append(event(2));
    assert.deepEqual(seen, ['j']);
  });

  it('goes on to the others where a listener throws', () => {
    const errors: unknown[] = [];
    const feed = new Feed(systemClock, 1, (error) => errors.push(error));
    let heard = 0;
    feed.subscribe(() => {
      throw new Error('deaf');
    });
    feed.subscribe(() => {
      heard += 1;
    });
    feed.append(event(1));
    feed.append(event(2));
    assert.equal(heard, 2);
    assert.equal(errors.length, 2);
  });
});
