import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecentMap } from './recent-map.ts';

describe('recent map', () => {
  it('keeps what was set last, and what is set again', () => {
    const map = new RecentMap<number, string>(100);
    for (let n = 0; n < 10_000; n += 1) {
      map.set(n, `${n}`);
      map.set(0, 'zero');
      assert.ok(map.size <= 200);
    }
    for (let n = 9_902; n < 10_000; n += 1) assert.equal(map.get(n), `${n}`);
    assert.equal(map.get(0), 'zero');
    assert.equal(map.get(1), undefined);
    map.delete(0);
    assert.equal(map.get(0), undefined);
  });

  it('costs the same however much it holds', () => {
    const map = new RecentMap<number, number>(20_000);
    const before = process.threadCpuUsage();
    for (let n = 0; n < 300_000; n += 1) {
      map.set(n, n);
      map.set(-1, n);
    }
    // One map, its oldest entry deleted at each step, takes ten times as long.
    assert.ok(process.threadCpuUsage(before).user < 2e6);
  });
});
