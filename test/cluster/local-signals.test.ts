/** The faults that a simulation asks for are the faults that it gets, by seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { LocalHub, type SignalFaults } from '../../src/cluster/local-signals.ts';
import { exerciseSignals, type Hearer, hearer } from '../conformance/signals.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

exerciseSignals('a hub in one process', async () => {
  const hub = new LocalHub({ clock: systemClock });
  return async () => hub.node();
});

async function play(seed: number, faults: SignalFaults): Promise<Hearer[]> {
  const clock = new VirtualClock();
  const hub = new LocalHub({ clock, random: seededRandom(seed), faults });
  const nodes = await Promise.all([hearer(hub.node()), hearer(hub.node())]);
  for (let i = 0; i < 1_000; i += 1) {
    await nodes[0]!.signals.post({ kind: 'job', jobId: `j_${i}` });
    await nodes[0]!.signals.hint(`j_${i}`, 1);
  }
  await clock.run(() => false);
  return nodes;
}

test('notices and hints are lost, doubled and late as planned', async () => {
  const [, node] = (await play(1, { lose: 0.5, double: 0.2, delayMs: 1_000 })) as [Hearer, Hearer];
  const heard = node.notices.map((notice) => ('jobId' in notice ? notice.jobId : ''));
  assert.ok(heard.length > 500 && heard.length < 700, `${heard.length} notices`);
  assert.ok(new Set(heard).size < heard.length, 'some came twice');
  assert.ok(new Set(heard).size < 600, 'some did not come');
  assert.notDeepEqual(heard, heard.toSorted(byNumber), 'some overtook others');
  const again = await play(1, { lose: 0.5, double: 0.2, delayMs: 1_000 });
  assert.deepEqual(again[1]!.notices, node.notices);
  assert.deepEqual(again[1]!.hints, node.hints);
});

test('without faults everything arrives once and in order', async () => {
  const nodes = await play(2, { lose: 0, double: 0, delayMs: 0 });
  assert.equal(nodes[1]!.notices.length, 1_000);
  assert.equal(nodes[0]!.hints.length + nodes[1]!.hints.length, 1_000);
});

test('a node that is cut off hears and says nothing, and is told so afterwards', async () => {
  const clock = new VirtualClock();
  const hub = new LocalHub({ clock, random: seededRandom(1) });
  const signals = hub.node();
  const [cut, other] = [await hearer(signals), await hearer(hub.node())];
  signals.cut();
  await cut.signals.post({ kind: 'loans' });
  await other.signals.post({ kind: 'nodes' });
  await other.signals.hint('j_1', 2);
  await clock.run(() => false);
  assert.deepEqual([cut.notices, cut.hints, cut.gaps], [[], [], 0]);
  assert.deepEqual(other.notices, [{ kind: 'nodes' }]);
  signals.mend();
  assert.equal(cut.gaps, 1);
  await cut.signals.post({ kind: 'loans' });
  await clock.run(() => false);
  assert.deepEqual(other.notices, [{ kind: 'nodes' }, { kind: 'loans' }]);
});

function byNumber(a: string, b: string): number {
  return Number(a.slice(2)) - Number(b.slice(2));
}
