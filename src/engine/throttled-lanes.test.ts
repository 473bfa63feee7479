import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ThrottledLanes } from './throttled-lanes.ts';

it('lanes are throttled from the first time on, until they answer', () => {
  const lanes = new ThrottledLanes();
  assert.equal(lanes.throttledMs('host:a', 0, 100), 0);
  lanes.end('host:a', 'throttled', 100);
  lanes.end('host:a', 'timeout', 150);
  lanes.end('host:a', 'throttled', 200);
  lanes.end('host:b', 'ok', 200);
  assert.equal(lanes.throttledMs('host:a', 0, 300), 200);
  assert.equal(lanes.throttledMs('host:a', 250, 300), 50, 'not before the job ran');
  assert.equal(lanes.throttledMs('host:a', 400, 300), 0);
  assert.equal(lanes.throttledMs('', 0, 300), 0);
  lanes.end('host:a', 'ok', 300);
  assert.equal(lanes.throttledMs('host:a', 0, 400), 0);
});
