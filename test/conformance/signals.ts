/** What signals between nodes promise, within one process or through a database. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Notice, type Signals, WAKES_MAX } from '../../src/cluster/signals.ts';

const PATIENCE_MS = 30_000;
/** Long enough that what should not come would have come. */
const STILL_MS = 150;

/** A node and what it has heard. */
export interface Hearer {
  readonly signals: Signals;
  readonly hints: string[];
  readonly notices: Notice[];
  gaps: number;
}

/** Signals of one node more in the same cluster. */
export type MakeSignals = () => Promise<Signals>;

export async function hearer(signals: Signals): Promise<Hearer> {
  const heard: Hearer = { signals, hints: [], notices: [], gaps: 0 };
  await signals.listen({
    onHint: (jobId) => heard.hints.push(jobId),
    onNotice: (notice) => heard.notices.push(notice),
    onGap: () => {
      heard.gaps += 1;
    },
  });
  return heard;
}

export async function eventually(is: () => boolean | Promise<boolean>, what: string) {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await is())) {
    if (performance.now() > endMs) assert.fail(`not in ${PATIENCE_MS} ms: ${what}`);
    await delay(5);
  }
}

/** `open` gives a new cluster, in which each call of what it returns makes a node. */
export function exerciseSignals(name: string, open: () => Promise<MakeSignals>): void {
  describe(`${name} as signals`, () => {
    const opened: Signals[] = [];
    const cluster = async (nodes: number): Promise<Hearer[]> => {
      const make = await open();
      return Promise.all(
        Array.from({ length: nodes }, async () => {
          const signals = await make();
          opened.push(signals);
          return hearer(signals);
        }),
      );
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((signals) => signals.close()));
    });
    const hintsOf = (nodes: readonly Hearer[]) => nodes.flatMap(({ hints }) => hints);

    test('a notice of each kind reaches every node, the one that said it too', async () => {
      const nodes = await cluster(3);
      const notices: Notice[] = [
        { kind: 'job', jobId: 'j_1' },
        { kind: 'documents', of: 'tenants' },
        { kind: 'loans' },
        { kind: 'nodes' },
      ];
      for (const notice of notices) await nodes[1]!.signals.post(notice);
      for (const node of nodes) {
        await eventually(() => node.notices.length >= notices.length, 'all notices');
        assert.deepEqual(node.notices, notices);
        assert.deepEqual(node.hints, []);
      }
    });

    test('a hint of two shards wakes two of three idle nodes', async () => {
      const nodes = await cluster(3);
      await nodes[0]!.signals.hint('j_1', 2);
      await eventually(() => hintsOf(nodes).length >= 2, 'two hints');
      await delay(STILL_MS);
      assert.deepEqual(hintsOf(nodes), ['j_1', 'j_1']);
      assert.ok(nodes.every(({ hints }) => hints.length <= 1));
    });

    test('a hint of many shards wakes every idle node once', async () => {
      const nodes = await cluster(3);
      await nodes[0]!.signals.hint('j_1', 1_000_000);
      await eventually(() => nodes.every(({ hints }) => hints.length >= 1), 'a hint each');
      await delay(STILL_MS);
      assert.deepEqual(hintsOf(nodes), ['j_1', 'j_1', 'j_1']);
    });

    test('a node that is full is left alone, and woken again once it has room', async () => {
      const [full, idle] = (await cluster(2)) as [Hearer, Hearer];
      full.signals.idle(false);
      await full.signals.hint('j_1', 5);
      await eventually(() => idle.hints.length > 0, 'a hint of the idle one');
      await delay(STILL_MS);
      assert.deepEqual(full.hints, []);
      idle.signals.idle(false);
      full.signals.idle(true);
      await idle.signals.hint('j_2', 1);
      await eventually(() => full.hints.length > 0, 'a hint of the other');
    });

    test('where nobody has time, hints do not heap up, and the first idle node hears one', async () => {
      const nodes = await cluster(2);
      for (const { signals } of nodes) signals.idle(false);
      for (let i = 0; i < 20; i += 1) await nodes[0]!.signals.hint(`j_${i}`, WAKES_MAX);
      await delay(STILL_MS);
      assert.deepEqual(hintsOf(nodes), []);
      nodes[1]!.signals.idle(true);
      await nodes[0]!.signals.hint('j_last', 1);
      await eventually(() => nodes[1]!.hints.length > 0, 'a hint');
      assert.deepEqual(nodes[0]!.hints, []);
    });

    test('a hint of no shards wakes nobody', async () => {
      const [node] = (await cluster(1)) as [Hearer];
      await node.signals.hint('j_1', 0);
      await delay(STILL_MS);
      assert.deepEqual(node.hints, []);
    });

    test('of a flood of notices nothing is missed: told, or said to be missing', async () => {
      const [from, to] = (await cluster(2)) as [Hearer, Hearer];
      const jobs = Array.from({ length: 3_000 }, (_, i) => `j_${i}`);
      await Promise.all(jobs.map((jobId) => from.signals.post({ kind: 'job', jobId })));
      await from.signals.post({ kind: 'nodes' });
      await eventually(
        () => to.gaps > 0 || to.notices.some(({ kind }) => kind === 'nodes'),
        'the last notice',
      );
      if (to.gaps === 0) {
        const heard = new Set(to.notices.map((notice) => 'jobId' in notice && notice.jobId));
        assert.ok(jobs.every((jobId) => heard.has(jobId)));
      }
    });

    test('a node that has closed hears and says nothing', async () => {
      const [gone, left] = (await cluster(2)) as [Hearer, Hearer];
      await gone.signals.close();
      await left.signals.post({ kind: 'loans' });
      await left.signals.hint('j_1', 2);
      await gone.signals.post({ kind: 'nodes' });
      await gone.signals.hint('j_2', 1);
      await eventually(() => left.notices.length > 0 && left.hints.length > 0, 'what was said');
      await delay(STILL_MS);
      assert.deepEqual([gone.notices, gone.hints, gone.gaps], [[], [], 0]);
      assert.deepEqual([left.notices, left.hints], [[{ kind: 'loans' }], ['j_1']]);
    });
  });
}
