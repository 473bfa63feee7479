/** Hosts that allow little, more of them than fit into memory, do not hold up the others. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import { LIMITS, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const LOOK_AHEAD = 400;
const MINUTE_MS = 60_000;

/** `hosts` of one start a minute with 20 rows each, and 500 hosts of one row behind them. */
async function work(hosts: number) {
  const clock = new VirtualClock();
  const slowRows = hosts * 20;
  const rows = slowRows + 500;
  const slow = new Set<number>();
  let others = 0;
  const laneOf = (n: number): LaneKey =>
    n < slowRows ? `slow:${Math.floor(n / 20)}` : `quick:${n}`;
  const collector: Collector<{ n: string }> = {
    name: 'test',
    lanes: ({ n }) => [laneOf(Number(n))],
    limits: (lane) =>
      lane.startsWith('slow:')
        ? { concurrency: 1, rate: { perSecond: 1 / 60, burst: 1 }, breaker: false }
        : { concurrency: 2, rate: 'none', breaker: false },
    async collect({ n }, { signal }) {
      await clock.sleep(100, signal);
      if (Number(n) < slowRows) slow.add(Math.floor(Number(n) / 20));
      else others += 1;
      return { records: [] };
    },
  };
  const limits = { ...LIMITS, nodeSlots: 50, jobSlots: 0, lookAhead: LOOK_AHEAD };
  const { engine } = setUp(collector as Collector, rows, { limits }, clock);
  await engine.submit(spec('j1', clock));
  await clock.run(() => others === 500 && slow.size === hosts, MINUTE_MS / 2);
  const end = { others, slow: slow.size };
  await engine.abort();
  return end;
}

for (const hosts of [40, 150, 250]) {
  it(`are all asked in their first minute, and all others: ${hosts} of them`, async () => {
    assert.deepEqual(await work(hosts), { others: 500, slow: hosts });
  });
}

it('take a part of the memory that is bounded', async () => {
  const { others, slow } = await work(2_000);
  assert.equal(others, 0);
  // Four times the look-ahead, two to four rows of each that came late.
  assert.ok(slow > 300 && slow < 900, `${slow}`);
});
