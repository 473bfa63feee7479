import assert from 'node:assert/strict';
import { it } from 'node:test';
import { VirtualClock } from '../../test/fakes/virtual-clock.ts';
import { Seeker } from './seeker.ts';

it('looks further for jobs with seats, as long as seats are free, now and then', async () => {
  const clock = new VirtualClock();
  const sought: string[] = [];
  let idleSeats = 5;
  const admission = {
    get idleSeats() {
      return idleSeats;
    },
    isFull: (jobId: string) => jobId === 'full',
  };
  const run = (id: string) => ({ job: { id }, intake: { seek: () => sought.push(id) } });
  const seeker = new Seeker(clock, admission, () => [run('full'), run('a'), run('b')]);
  const wait = (ms: number) => clock.run(() => false, clock.monoMs() + ms);
  for (let n = 0; n < 10; n += 1) seeker.onIdle();
  assert.deepEqual(sought, []);
  await wait(100);
  assert.deepEqual(sought, ['a', 'b']);
  seeker.onIdle();
  idleSeats = 0;
  await wait(100);
  seeker.onIdle();
  await wait(100);
  assert.deepEqual(sought, ['a', 'b']);
  idleSeats = 1;
  seeker.onIdle();
  seeker.stop();
  seeker.onIdle();
  await wait(100);
  assert.deepEqual(sought, ['a', 'b']);
  assert.equal(clock.pending, 0);
});
