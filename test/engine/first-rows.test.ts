/** How a short job begins: nothing stands between its submission and its first task but one commit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Collector, Source } from '../../src/collectors/collector.ts';
import type { ClusterStore } from '../../src/store/cluster-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { ClusterRig } from '../fakes/cluster-engine-rig.ts';
import { finished, LIMITS, setUp, spec } from '../fakes/engine-rig.ts';

function noting(events: string[]): Collector {
  return {
    name: 'test',
    async collect(input, ctx) {
      events.push(`task ${ctx.seq}`);
      return { records: [input], done: true };
    },
  };
}

const TOLD = new Set(['createJob', 'lead', 'job', 'addRows', 'claim', 'commit']);

/** Says what is asked of the store, and when rows are there. */
function told<T extends Store | ClusterStore>(store: T, events: string[]): T {
  return new Proxy(store, {
    get(target, name: string) {
      const value: unknown = target[name as keyof T];
      if (typeof value !== 'function') return value;
      if (!TOLD.has(name)) return value.bind(target);
      return async (...args: unknown[]) => {
        events.push(name);
        const result = await value.apply(target, args);
        if (name === 'addRows') events.push('rows are stored');
        return result;
      };
    },
  });
}

/** Does one thing after the other, each of which takes a while, as a disk does. */
function slow(store: Store, sleep: (ms: number) => Promise<void>): Store {
  let last: Promise<unknown> = Promise.resolve();
  return new Proxy(store, {
    get(target, name) {
      const method = target[name as keyof Store] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const work = async () => {
          await sleep(5);
          return method.apply(target, args);
        };
        last = last.then(work, work);
        return last;
      };
    },
  });
}

/** A source of one row, and the input that is as much in memory. */
const ONE: Source = {
  columns: ['n'],
  column: undefined,
  async *rows() {
    yield { line: 1, cells: ['0'], fields: { n: '0' } };
  },
};
const SMALL = { name: '1 row', bytes: Buffer.from('{"n":"0"}\n') };

describe('the first rows of a job', () => {
  it('are stored with it where its input is in memory', async () => {
    const events: string[] = [];
    const { engine, clock } = setUp(noting(events), 0, {
      store: told(new MemoryStore(), events),
      openSource: async (_job, _signal, held) => {
        events.push(held === SMALL ? 'plan' : 'plan from the file');
        return ONE;
      },
    });
    const { job } = await engine.submit(spec('j1', clock), SMALL);
    assert.deepEqual([job.planned, job.counters.tasks], [true, 1]);
    const done = await finished(engine, clock, 'j1');
    assert.deepEqual([done.state, done.counters.completed], ['completed', 1]);
    const steps = events.filter((event) => event !== 'job');
    assert.deepEqual(steps, ['plan', 'createJob', 'task 0', 'commit']);
    await engine.close();
  });

  it('are planned behind it where one is refused, or a share for the day holds', async () => {
    const damage = { class: 'invalid', code: 'input.row_invalid', message: 'no row' } as const;
    const damaged: Source = {
      ...ONE,
      async *rows() {
        yield* ONE.rows();
        yield { line: 2, cells: [], fields: {}, damage };
      },
    };
    for (const [source, rowsPerDay] of [
      [damaged, 0],
      [ONE, 9],
    ] as const) {
      const events: string[] = [];
      const { engine, clock } = setUp(noting(events), 0, {
        store: told(new MemoryStore(), events),
        openSource: async () => source,
        limits: { ...LIMITS, rowsPerDay: () => rowsPerDay },
      });
      const { job } = await engine.submit(spec('j1', clock), SMALL);
      assert.equal(job.planned, false);
      const done = await finished(engine, clock, 'j1');
      assert.equal(done.counters.completed, 1);
      assert.equal(done.counters.discarded, source === damaged ? 1 : 0);
      assert.ok(events.includes('addRows'));
      await engine.close();
    }
  });

  it('are worked on while they are on their way to the store, and answered behind it', async () => {
    const events: string[] = [];
    const memory = new MemoryStore();
    const rig = setUp(noting(events), 3);
    const { clock } = rig;
    await rig.engine.close();
    const store = told(
      slow(memory, (ms) => clock.sleep(ms)),
      events,
    );
    const { engine } = setUp(noting(events), 3, { store }, clock);
    let submitted = false;
    const submit = engine.submit(spec('j1', clock)).then(() => {
      submitted = true;
    });
    await clock.run(() => submitted);
    await submit;
    const job = await finished(engine, clock, 'j1');
    assert.deepEqual(
      [job.state, job.counters.completed, job.counters.records],
      ['completed', 3, 3],
    );
    const at = (event: string) => events.indexOf(event);
    assert.ok(at('addRows') < at('task 0'), `${events}`);
    assert.ok(at('task 2') < at('rows are stored'), `${events}`);
    assert.ok(at('addRows') < at('commit'), `${events}`);
    await engine.close();
  });

  it('stay with the node that adds them, where it has nothing else to do', async () => {
    const events: string[] = [];
    const rig = new ClusterRig(noting(events), ONE);
    const cluster = told(rig.cluster, events);
    const [first, other] = await Promise.all([rig.node('a', { cluster }), rig.node('b')]);
    // Until its last claim was in vain.
    await rig.clock.run(() => false, rig.clock.monoMs() + 5_000);
    events.length = 0;
    const begins = async (id: string, input?: typeof SMALL) => {
      events.length = 0;
      await first.submit(spec(id, rig.clock), input);
      const seen = await rig.clock.run(() => events.includes('task 0'), rig.clock.monoMs() + 100);
      assert.ok(seen, 'the task does not begin');
      const before = events.slice(0, events.indexOf('task 0'));
      let over = false;
      const settled = first.settled(id).finally(() => {
        over = true;
      });
      await rig.clock.run(() => over, rig.clock.monoMs() + 60_000);
      assert.equal((await settled).counters.completed, 1);
      await rig.clock.run(() => false, rig.clock.monoMs() + 5_000);
      return before.filter((event) => event !== 'job');
    };
    assert.deepEqual(await begins('j1'), ['createJob', 'addRows', 'rows are stored']);
    assert.deepEqual(await begins('j2', SMALL), ['createJob']);
    const { path } = spec('j2', rig.clock).input;
    assert.deepEqual(Buffer.from(await rig.cluster.readFile(path, 0)), SMALL.bytes);
    await Promise.all([first.close(), other.close()]);
  });

  it('wake nobody else, and neither does the end of what they were', async () => {
    const events: string[] = [];
    const others: string[] = [];
    const rig = new ClusterRig(noting(events), ONE);
    const worker = { leads: false, watchAll: false, cluster: told(rig.cluster, others) };
    const [first, other] = await Promise.all([rig.node('a'), rig.node('b', worker)]);
    await rig.clock.run(() => false, rig.clock.monoMs() + 5_000);
    others.length = 0;
    await first.submit(spec('j1', rig.clock), SMALL);
    let over = false;
    const settled = first.settled('j1').finally(() => {
      over = true;
    });
    // Before it looks again by itself.
    await rig.clock.run(() => over, rig.clock.monoMs() + 100);
    await rig.clock.run(() => false, rig.clock.monoMs() + 10);
    assert.ok(over, 'the job has not ended');
    assert.equal((await settled).counters.completed, 1);
    assert.deepEqual(others, []);
    await Promise.all([first.close(), other.close()]);
  });
});
