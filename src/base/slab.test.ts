import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { Slab } from './slab.ts';

class Member {
  place = -1;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const names = (slab: Slab<Member>) => [...slab].map(({ name }) => name).sort();

test('holds what was added until it is deleted', () => {
  const slab = new Slab<Member>();
  const [a, b, c] = [new Member('a'), new Member('b'), new Member('c')];
  slab.add(a);
  slab.add(b);
  slab.add(a);
  assert.deepEqual([slab.size, names(slab)], [2, ['a', 'b']]);
  assert.equal(slab.delete(a), true);
  assert.equal(slab.delete(a), false);
  slab.add(c);
  assert.deepEqual([slab.has(a), slab.has(b), slab.has(c)], [false, true, true]);
  // It has the place that `a` had, which is no reason to let it go with `a`.
  assert.equal(slab.delete(a), false);
  assert.deepEqual(names(slab), ['b', 'c']);
});

test('may change while it is walked', () => {
  const slab = new Slab<Member>();
  for (const name of 'abcd') slab.add(new Member(name));
  const met: string[] = [];
  for (const member of slab) {
    met.push(member.name);
    slab.delete(member);
    slab.add(new Member(member.name.toUpperCase()));
  }
  assert.deepEqual(met, ['a', 'b', 'c', 'd']);
  assert.deepEqual(names(slab), ['A', 'B', 'C', 'D']);
});

test('agrees with a Set, whatever happens', () => {
  const slab = new Slab<Member>();
  const set = new Set<Member>();
  const members = Array.from({ length: 40 }, (_, n) => new Member(String(n)));
  let state = 7;
  for (let step = 0; step < 5_000; step += 1) {
    state = (state * 48_271) % 2_147_483_647;
    const member = members[state % 40] as Member;
    if (state % 3 === 0) assert.equal(slab.delete(member), set.delete(member));
    else {
      slab.add(member);
      set.add(member);
    }
    assert.equal(slab.size, set.size);
  }
  assert.deepEqual(names(slab), [...set].map(({ name }) => name).sort());
});

test('lets go of what has left, without a full collection', () => {
  // In its own process: how much survives a quick collection is a matter of the whole heap.
  const script = `
    import { Slab } from ${JSON.stringify(new URL('./slab.ts', import.meta.url).href)};
    import { getHeapSpaceStatistics } from 'node:v8';
    const slab = new Slab();
    const queue = [];
    const turn = (count) => {
      for (let i = 0; i < count; i += 1) {
        const member = { place: -1, load: new Array(200).fill(i) };
        slab.add(member);
        queue.push(member);
        if (queue.length > 100) slab.delete(queue.shift());
      }
    };
    turn(10_000);
    gc();
    const old = () => getHeapSpaceStatistics().find((s) => s.space_name === 'old_space');
    const before = old().space_used_size;
    turn(12_000);
    process.stdout.write(String(old().space_used_size - before));
  `;
  const flags = ['--expose-gc', '--max-semi-space-size=4', '--input-type=module', '-e', script];
  const grown = Number(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
  // 20 MB have passed through; with a Set 11 of them stay.
  assert.ok(grown < 2 ** 20, `${grown} bytes stayed`);
});
