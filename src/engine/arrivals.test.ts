import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Arrivals } from './arrivals.ts';

it('counts no seat as idle for which a task is on its way', async () => {
  let told = 0;
  const arrivals = new Arrivals(() => {
    told += 1;
  });
  const way = Promise.withResolvers<void>();
  const coming = arrivals.come(3, way.promise);
  assert.deepEqual([arrivals.idle(5), arrivals.idle(2)], [2, 0]);
  assert.equal(told, 0);
  way.resolve();
  await coming;
  assert.equal(arrivals.idle(5), 5);
  assert.equal(told, 1);
});

it('forgets what failed on its way', async () => {
  const arrivals = new Arrivals(() => {});
  await assert.rejects(arrivals.come(3, Promise.reject(new Error('lost'))), /lost/);
  assert.equal(arrivals.idle(5), 5);
});
