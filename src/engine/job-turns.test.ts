import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { JobTurns } from './job-turns.ts';

interface Running {
  readonly id: string;
  readonly endMs: number;
}

/** Plays jobs that are always there: each tenant has `deep` in line, and another when one ends. */
class Bench {
  nowMs = 0;
  readonly turns: JobTurns;
  readonly held = new Map<string, number>();
  readonly order: string[] = [];
  readonly #running: Running[] = [];
  readonly #tenantOf = new Map<string, string>();
  readonly #lengthMs: (tenant: string) => number;
  #made = 0;

  constructor(
    max: number,
    weights: Readonly<Record<string, number>>,
    lengthMs: (tenant: string) => number = () => 100,
  ) {
    this.#lengthMs = lengthMs;
    const tenant = (name: string) => ({ weight: weights[name] ?? 1, concurrency: 0 });
    this.turns = new JobTurns(
      { limits: { jobsMax: max, tenant }, clock: { monoMs: () => this.nowMs } },
      (jobId) => this.#begin(jobId),
    );
  }

  add(tenant: string, id = `${tenant}${(this.#made += 1)}`): string {
    this.#tenantOf.set(id, tenant);
    if (this.turns.ask(id, tenant)) this.#begin(id);
    return id;
  }

  get running(): readonly string[] {
    return this.#running.map(({ id }) => id);
  }

  /** The next job ends; returns whose it was. */
  step(again = false): string | undefined {
    this.#running.sort((a, b) => a.endMs - b.endMs);
    const first = this.#running.shift();
    if (first === undefined) return undefined;
    this.nowMs = first.endMs;
    const tenant = this.#tenantOf.get(first.id) ?? '';
    if (again) this.add(tenant);
    this.turns.leave(first.id);
    return tenant;
  }

  #begin(id: string): void {
    const tenant = this.#tenantOf.get(id) ?? '';
    const ms = this.#lengthMs(tenant);
    this.order.push(id);
    this.held.set(tenant, (this.held.get(tenant) ?? 0) + ms);
    this.#running.push({ id, endMs: this.nowMs + ms });
  }

  shares(): Record<string, number> {
    const all = [...this.held.values()].reduce((sum, ms) => sum + ms, 0);
    return Object.fromEntries([...this.held].map(([tenant, ms]) => [tenant, ms / all]));
  }
}

const near = (actual: number | undefined, wanted: number) =>
  assert.ok(Math.abs((actual ?? 0) - wanted) <= 0.02, `${actual} instead of ${wanted}`);

describe('Turns of jobs', () => {
  it("let a newcomer's job run next, however many of another tenant are in line", () => {
    const bench = new Bench(1, {});
    for (let i = 0; i < 50; i += 1) bench.add('big');
    bench.step();
    const small = bench.add('small');
    bench.step();
    assert.deepEqual(bench.running, [small]);
  });

  it('go to the oldest job of a tenant', () => {
    const bench = new Bench(1, {});
    const ids = [1, 2, 3, 4].map(() => bench.add('t'));
    while (bench.step() !== undefined);
    assert.deepEqual(bench.order, ids);
  });

  for (const max of [1, 2, 7]) {
    it(`are shared by weight where ${max} may run at once`, () => {
      const bench = new Bench(max, { a: 1, b: 2, c: 5 });
      for (const tenant of ['a', 'b', 'c']) for (let i = 0; i < 20; i += 1) bench.add(tenant);
      for (let i = 0; i < 4_000; i += 1) bench.step(true);
      const { a, b, c } = bench.shares();
      near(a, 1 / 8);
      near(b, 2 / 8);
      near(c, 5 / 8);
    });
  }

  it('are shared by the time that they are held, not by their number', () => {
    const bench = new Bench(3, {}, (tenant) => (tenant === 'long' ? 1_000 : 10));
    for (const tenant of ['long', 'short']) for (let i = 0; i < 5; i += 1) bench.add(tenant);
    for (let i = 0; i < 20_000; i += 1) bench.step(true);
    near(bench.shares().short, 0.5);
  });

  it('alternate where jobs take no time at all', () => {
    const bench = new Bench(1, {}, () => 0);
    for (const tenant of ['a', 'b']) for (let i = 0; i < 10; i += 1) bench.add(tenant);
    const ended = Array.from({ length: 18 }, () => bench.step()).join('');
    assert.match(ended, /^a?(ab)+a?$/);
  });

  it('are not owed for while nobody else wanted them, and not saved up', () => {
    const bench = new Bench(1, {});
    for (let i = 0; i < 200; i += 1) bench.add('early');
    for (let i = 0; i < 100; i += 1) bench.step();
    for (let i = 0; i < 50; i += 1) bench.add('late');
    bench.held.clear();
    for (let i = 0; i < 60; i += 1) bench.step();
    near(bench.shares().late, 0.5);
  });

  it('pass by a job that has left the line', () => {
    const bench = new Bench(1, {});
    const [, second, third] = [1, 2, 3].map(() => bench.add('t'));
    assert.equal(bench.turns.blockageOf(second ?? '')?.lane, 'turn:jobs');
    bench.turns.leave(second ?? '');
    assert.equal(bench.turns.knows(second ?? ''), false);
    bench.step();
    assert.deepEqual(bench.running, [third]);
    assert.equal(bench.turns.blockageOf(third ?? ''), undefined);
  });

  it('are never more than allowed and never left unused, whatever comes and goes', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seededRandom(seed);
      const max = 1 + Math.floor(random.next() * 4);
      const bench = new Bench(max, { a: 3 }, () => Math.floor(random.next() * 50));
      const open = new Set<string>();
      for (let i = 0; i < 300; i += 1) {
        if (random.next() < 0.5) open.add(bench.add(random.next() < 0.5 ? 'a' : 'b'));
        else if (random.next() < 0.2) {
          const [waits] = [...open].filter((id) => bench.turns.blockageOf(id) !== undefined);
          if (waits !== undefined) {
            bench.turns.leave(waits);
            open.delete(waits);
          }
        } else {
          bench.step();
          for (const id of open) if (!bench.turns.knows(id)) open.delete(id);
        }
        assert.equal(bench.running.length, Math.min(max, open.size), `seed ${seed}, step ${i}`);
      }
    }
  });
});
