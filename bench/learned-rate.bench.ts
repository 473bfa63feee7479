/**
 * How well a rate that nobody told is learned: hosts with token buckets and windows, simulated
 * event by event. One line a case: mean and worst wall time as a ratio to the arithmetic ideal,
 * mean rejections a host, requests before their Retry-After had passed.
 *
 * `node bench/learned-rate.bench.ts [seeds]`
 */
import { LearnedRate } from '../src/admission/learned-rate.ts';
import { seededRandom } from '../src/base/random.ts';
import { type LimitedHost, runHost } from '../test/sim/limited-host.ts';

const SEEDS = Number(process.argv[2] ?? 60);
const BASE: LimitedHost = {
  rows: 10,
  perSecond: 1,
  burst: 1,
  latencyMs: 20,
  retryAfter: 'ceil',
  slots: 16,
};

const CASES: [string, Partial<LimitedHost>][] = [];
for (const burst of [1, 2]) {
  for (const latencyMs of [1, 50, 500]) {
    CASES.push([`1/s burst ${burst} ${latencyMs} ms`, { burst, latencyMs }]);
  }
}
for (const perSecond of [0.2, 2, 10]) {
  for (const rows of [10, 100, 1_000]) {
    CASES.push([`${perSecond}/s ${rows} rows`, { perSecond, rows }]);
  }
}
CASES.push(['1/s 80 rows', { rows: 80 }]);
CASES.push(['1/s burst 2 80 rows', { rows: 80, burst: 2 }]);
CASES.push(['10/s burst 10 1,000 rows', { perSecond: 10, burst: 10, rows: 1_000 }]);
CASES.push(['1/s burst 10 100 rows', { perSecond: 1, burst: 10, rows: 100 }]);
CASES.push(['100/s burst 20 10,000 rows', { perSecond: 100, burst: 20, rows: 10_000 }]);
CASES.push(['60/min window 300 rows', { perSecond: 1, windowMs: 60_000, rows: 300 }]);
CASES.push(['10/s window 500 rows', { perSecond: 10, windowMs: 1_000, rows: 500 }]);
for (const perSecond of [0.2, 1, 10]) {
  CASES.push([`${perSecond}/s exact 100 rows`, { perSecond, rows: 100, retryAfter: 'exact' }]);
  CASES.push([`${perSecond}/s none 100 rows`, { perSecond, rows: 100, retryAfter: 'none' }]);
}
const halved = { atMs: 60_000, factor: 0.5 };
CASES.push(['10/s halved 1,000 rows', { perSecond: 10, rows: 1_000, change: halved }]);
for (const latencyMs of [1, 50, 500]) {
  CASES.push([`no limit 500 rows ${latencyMs} ms`, { perSecond: Infinity, rows: 500, latencyMs }]);
}

console.log('case                                wall/ideal  worst  429s  early');
for (const [name, part] of CASES) {
  const host = { ...BASE, ...part };
  let sum = 0;
  let worst = 0;
  let rejected = 0;
  let early = 0;
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const random = seededRandom(seed * 7_919 + 1);
    const run = runHost(host, new LearnedRate(random), random);
    const idealMs =
      host.perSecond === Infinity ? (host.rows / host.slots) * host.latencyMs : run.idealMs;
    sum += run.wallMs / idealMs;
    worst = Math.max(worst, run.wallMs / idealMs);
    rejected += run.rejected;
    early += run.early;
  }
  const figures = [
    (sum / SEEDS).toFixed(3),
    worst.toFixed(3),
    (rejected / SEEDS).toFixed(2),
    early,
  ];
  console.log(`${name.padEnd(36)}${figures.map((f) => String(f).padStart(8)).join('')}`);
}
