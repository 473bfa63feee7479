import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextLimit, type PoolLoad } from './pool-size.ts';

const MB = 2 ** 20;
const pool: PoolLoad = {
  limit: 2,
  min: 0,
  max: 4,
  start: 2,
  busy: 2,
  waitedMs: 1_000,
  workerBytes: 256 * MB,
};
const free = { cpuShare: 0.3, memoryBytes: 1_000 * MB, memoryBytesMax: 4_000 * MB };

describe('the size of a pool', () => {
  it('grows by one where work waits and the machine has room', () => {
    assert.equal(nextLimit(pool, free), 3);
    assert.equal(nextLimit({ ...pool, limit: 4, busy: 4 }, free), 4, 'to its bound');
  });

  it('stays where nothing waits for long, or a worker is idle', () => {
    assert.equal(nextLimit({ ...pool, waitedMs: 20 }, free), 2);
    assert.equal(nextLimit({ ...pool, busy: 1 }, free), 2);
  });

  it('does not grow where the processor or the memory has no room', () => {
    assert.equal(nextLimit(pool, { ...free, cpuShare: 0.95 }), 2);
    assert.equal(nextLimit(pool, { ...free, memoryBytes: 3_300 * MB }), 2);
  });

  it('goes back to where it began where the processor is full, and when it is idle', () => {
    const grown = { ...pool, limit: 4, busy: 4 };
    assert.equal(nextLimit(grown, { ...free, cpuShare: 1 }), 3);
    assert.equal(nextLimit({ ...pool, busy: 2 }, { ...free, cpuShare: 1 }), 2);
    assert.equal(nextLimit({ ...grown, busy: 1, waitedMs: 0 }, free), 3);
  });

  it('gives workers back where memory is short, but the last and those that it keeps', () => {
    const short = { ...free, memoryBytes: 3_800 * MB };
    assert.equal(nextLimit(pool, short), 1);
    assert.equal(nextLimit({ ...pool, limit: 1, busy: 1 }, short), 1);
    assert.equal(nextLimit({ ...pool, min: 2 }, short), 2);
  });

  it('comes back when the shortage is over', () => {
    assert.equal(nextLimit({ ...pool, limit: 1, busy: 0, waitedMs: 0 }, free), 2);
  });

  it('takes what cannot be read as no reason', () => {
    assert.equal(nextLimit(pool, {}), 3);
  });
});
