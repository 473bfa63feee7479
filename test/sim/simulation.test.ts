/**
 * Hundreds of simulated lives. A failure names its seed: `SIM_SEED=17 npm run test:sim` replays it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulate } from './simulate.ts';

const SEEDS = 300;
const only = process.env.SIM_SEED;
const seeds = only === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(only)];

describe('simulation', () => {
  it(`keeps every promise over ${seeds.length} seeds`, async () => {
    let deaths = 0;
    let throttled = 0;
    let requests = 0;
    for (const seed of seeds) {
      const result = await simulate(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      deaths += result.deaths;
      throttled += result.throttled;
      requests += result.requests;
    }
    // The faults that the run is about must have happened.
    if (only === undefined) {
      assert.ok(deaths > SEEDS / 3, `only ${deaths} deaths`);
      assert.ok(throttled > SEEDS, `only ${throttled} answers of 429`);
      assert.ok(requests > 10_000);
    }
  });

  it('gives the same life for the same seed', async () => {
    const [first, second] = [await simulate(7), await simulate(7)];
    assert.deepEqual(first, second);
  });
});
