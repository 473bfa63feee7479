/**
 * Many simulated lives of clusters. A failure names its seed: `SIM_SEED=17 node --test
 * test/sim/cluster-simulation.test.ts` replays it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClusterSimResult, simulateCluster } from './cluster-simulate.ts';

const SEEDS = 120;
const CALM_SEEDS = 20;
const only = process.env.SIM_SEED;
const seeds = only === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(only)];

async function lives(of: readonly number[], calm: boolean): Promise<ClusterSimResult[]> {
  const results: ClusterSimResult[] = [];
  for (const seed of of) {
    const result = await simulateCluster(seed, { calm }).catch((error: unknown) => {
      throw new Error(`seed ${seed}${calm ? ', calm' : ''}`, { cause: error });
    });
    results.push(result);
  }
  return results;
}

function sum(results: readonly ClusterSimResult[], of: (result: ClusterSimResult) => number) {
  return results.reduce((all, result) => all + of(result), 0);
}

describe('simulation of clusters', () => {
  it(`keeps every promise over ${seeds.length} seeds`, async () => {
    const results = await lives(seeds, false);
    if (only !== undefined) return;
    // The faults that the run is about must have happened.
    const least = {
      deaths: SEEDS,
      deathsBeforeCall: SEEDS / 4,
      deathsAfterCall: SEEDS / 4,
      freezesBeyondLease: SEEDS / 3,
      sleeps: SEEDS / 8,
      cuts: SEEDS / 2,
      outages: SEEDS / 4,
      refusedCalls: SEEDS,
      lostAnswers: SEEDS,
      lateCalls: SEEDS,
      slowCalls: SEEDS,
      drains: SEEDS / 4,
      joins: SEEDS / 4,
      lostSignals: SEEDS,
      lateSignals: SEEDS,
      doubledSignals: SEEDS,
      fencedCalls: SEEDS,
    };
    for (const [name, wanted] of Object.entries(least)) {
      const happened = sum(results, ({ faults }) => faults[name as keyof typeof least]);
      assert.ok(happened >= wanted, `only ${happened} ${name}`);
    }
    assert.ok(sum(results, ({ throttled }) => throttled) > SEEDS);
    assert.ok(sum(results, ({ calls }) => calls.get('askLoans') ?? 0) > SEEDS);
    // Few pages are asked for twice, though nodes die, freeze and are cut off all the time.
    const repeated = sum(results, (result) => result.repeated);
    const served = sum(results, (result) => result.served);
    assert.ok(repeated < 0.06 * served, `${repeated} of ${served} pages were asked for again`);
  });

  it('asks for nothing twice where nothing goes wrong', { skip: only !== undefined }, async () => {
    const results = await lives(
      Array.from({ length: CALM_SEEDS }, (_, i) => i + 1),
      true,
    );
    assert.equal(
      sum(results, ({ repeated }) => repeated),
      0,
    );
    assert.ok(sum(results, ({ served }) => served) > 1_000);
  });

  it('gives the same life for the same seed', { skip: only !== undefined }, async () => {
    const [first, second] = [await simulateCluster(7), await simulateCluster(7)];
    assert.deepEqual(first, second);
  });
});
