import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProcessTable } from './process-table.ts';

/** Who is where, with the rules checked after every step. */
class Model {
  readonly table: ProcessTable<string>;
  readonly processes: number;
  readonly each: number;
  readonly inside = new Map<string, { campaign: string; process: number }>();
  readonly waiting = new Map<string, string>();

  constructor(processes: number, each: number) {
    this.processes = processes;
    this.each = each;
    this.table = new ProcessTable(processes, each);
  }

  enter(waiter: string, campaign: string): void {
    this.waiting.set(waiter, campaign);
    this.table.enter(campaign, waiter);
    this.#settle();
  }

  leave(waiter: string): void {
    const { process } = this.inside.get(waiter) as { process: number };
    this.inside.delete(waiter);
    this.table.leave(process);
    this.#settle();
  }

  processesOf(campaign: string): number {
    const at = [...this.inside.values()].filter((one) => one.campaign === campaign);
    return new Set(at.map(({ process }) => process)).size;
  }

  #settle(): void {
    for (const { waiter, process } of this.table.begin()) {
      const campaign = this.waiting.get(waiter) as string;
      this.waiting.delete(waiter);
      this.inside.set(waiter, { campaign, process });
    }
    const used = new Map<number, string[]>();
    for (const { campaign, process } of this.inside.values()) {
      used.set(process, [...(used.get(process) ?? []), campaign]);
    }
    assert.ok(used.size <= this.processes);
    for (const campaigns of used.values()) {
      assert.ok(campaigns.length <= this.each, 'too many in a process');
      assert.equal(new Set(campaigns).size, 1, 'two campaigns in one process');
    }
    if (this.waiting.size === 0) return;
    assert.equal(used.size, this.processes, 'a process idles while somebody waits');
    const needy = [...this.waiting.values()].filter((each) => this.processesOf(each) === 0);
    if (needy.length > 0) return;
    const full = [...used.values()].every((campaigns) => campaigns.length === this.each);
    const waits = new Set(this.waiting.values());
    for (const [, campaigns] of used) {
      if (waits.has(campaigns[0] as string)) assert.ok(campaigns.length === this.each || full);
    }
  }
}

describe('which campaign has which process', () => {
  it('keeps its rules whatever comes and goes', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean(), fc.nat());
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 120 }),
        (processes, each, steps) => {
          const model = new Model(processes, each);
          for (const [i, [campaign, comes, which]] of steps.entries()) {
            const inside = [...model.inside.keys()];
            if (comes || inside.length === 0) model.enter(`w${i}`, `c${campaign}`);
            else model.leave(inside[which % inside.length] as string);
          }
          // Everybody gets in, and out.
          while (model.inside.size > 0) model.leave([...model.inside.keys()][0] as string);
          assert.equal(model.waiting.size, 0);
          assert.ok(model.table.campaigns.every((campaign) => campaign === undefined));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives a campaign what idles, and takes it back for one that has none', () => {
    const model = new Model(2, 2);
    for (const i of [1, 2, 3, 4, 5, 6]) model.enter(`a${i}`, 'a');
    assert.equal(model.processesOf('a'), 2);
    model.enter('b1', 'b');
    assert.equal(model.processesOf('b'), 0);
    // The second process of a is not filled again: when it is empty, it is b's.
    const second = [...model.inside].filter(([, { process }]) => process === 1);
    for (const [waiter] of second) model.leave(waiter);
    assert.equal(model.processesOf('b'), 1);
    assert.equal(model.processesOf('a'), 1);
  });

  it('lets nobody into one whose time is over', () => {
    const table = new ProcessTable<string>(1, 2);
    table.enter('a', 'a1');
    assert.deepEqual(table.begin(), [{ waiter: 'a1', process: 0 }]);
    table.close(0);
    table.enter('a', 'a2');
    assert.deepEqual(table.begin(), []);
    assert.equal(table.leave(0), true);
    assert.deepEqual(table.begin(), [{ waiter: 'a2', process: 0 }]);
    assert.equal(table.withdraw('a', 'a2'), false);
  });
});
