import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { pick, randomInt, seededRandom } from '../base/random.ts';
import type { Unit } from './unit.ts';
import { UnitQueue } from './unit-queue.ts';

function unitOf(seq: number): Unit<undefined> {
  return { tenant: 't', jobId: 'j', lanes: [], kind: 'task', seq, payload: undefined };
}

test('gives units out in order of seq, whatever comes late or is withdrawn', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = seededRandom(seed);
    const first = unitOf(0);
    const queue = new UnitQueue(first);
    const inside = new Set([first]);
    const outside: Unit<undefined>[] = [];
    for (let step = 0; step < 600; step += 1) {
      const dice = randomInt(random, 0, 9);
      if (dice < 4) {
        const late = randomInt(random, 0, 3) === 0;
        const unit = unitOf(late ? randomInt(random, 0, step) : step);
        queue.push(unit);
        inside.add(unit);
      } else if (dice < 7 && inside.size > 0) {
        const unit = queue.shift();
        assert(unit && inside.delete(unit), `seed ${seed}`);
        for (const other of inside) assert(other.seq >= unit.seq, `seed ${seed}`);
      } else if (dice < 9 && inside.size > 0) {
        const unit = pick(random, [...inside]);
        assert.equal(queue.withdraw(unit), true);
        assert.equal(queue.withdraw(unit), false);
        inside.delete(unit);
        outside.push(unit);
      } else {
        const unit = outside.pop();
        if (unit === undefined) continue;
        queue.push(unit);
        inside.add(unit);
      }
      assert.equal(queue.size, inside.size);
    }
    const seqs = queue.drain().map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      [...inside].map(({ seq }) => seq).sort((a, b) => a - b),
    );
    assert.equal(queue.peek(), undefined);
  }
});
