import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../base/clock.ts';
import type { EngineEvent } from '../model/event.ts';
import { Feed } from './feed.ts';

const event = (tasks: number): EngineEvent => ({ type: 'job.planned', jobId: 'j', tasks });

describe('feed', () => {
  it('numbers events and gives those after a number', () => {
    const feed = new Feed(systemClock, 100, () => {});
    for (let i = 1; i <= 10; i += 1) feed.append(event(i));
    assert.equal(feed.seqNo, 10);
    assert.deepEqual(
      feed.read(7)?.map(({ seqNo }) => seqNo),
      [8, 9, 10],
    );
    assert.deepEqual(feed.read(10), []);
  });

  it('keeps a bounded past and says where it does not reach', () => {
    const feed = new Feed(systemClock, 100, () => {});
    for (let i = 1; i <= 1_000; i += 1) feed.append(event(i));
    assert.equal(feed.read(0), undefined);
    assert.equal(feed.read(995)?.length, 5);
    assert.ok((feed.read(900)?.length ?? 0) === 100);
  });

  it('tells subscribers until they leave', () => {
    const feed = new Feed(systemClock, 100, () => {});
    const seen: number[] = [];
    const leave = feed.subscribe(({ seqNo }) => seen.push(seqNo));
    feed.append(event(1));
    leave();
    feed.append(event(2));
    assert.deepEqual(seen, [1]);
  });

  it('goes on to the others where a listener throws', () => {
    const errors: unknown[] = [];
    const feed = new Feed(systemClock, 100, (error) => errors.push(error));
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
