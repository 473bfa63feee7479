/** Prints the CPU time, µs, that a name costs in caches that keep few of them and many. */
import { systemClock } from '../../src/base/clock.ts';
import { NAME_CACHE_DEFAULTS, NameCache } from '../../src/transport/name-cache.ts';

const NAMES = 40_000;
const found = { addresses: ['192.0.2.1'], ttlMs: undefined };

async function cost(namesMax: number): Promise<number> {
  const options = { ...NAME_CACHE_DEFAULTS, namesMax };
  const cache = new NameCache({ resolve: async () => found }, systemClock, options);
  const before = process.cpuUsage();
  for (let n = 0; n < NAMES; n += 1) {
    await cache.addresses(`h${n}.test`);
    await cache.addresses('often.test');
  }
  return process.cpuUsage(before).user / NAMES;
}

await cost(100);
process.stdout.write(JSON.stringify([await cost(100), await cost(10_000)]));
