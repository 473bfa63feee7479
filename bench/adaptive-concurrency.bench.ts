/**
 * How well a number of slots that nobody told is learned: servers of many kinds, simulated event by
 * event, each beside the best of all fixed numbers. One line a case: goodput of the best fixed
 * number and as a ratio to it that of the controller (mean and worst of the seeds), and the mean
 * limit of the last ten seconds.
 *
 * `node bench/adaptive-concurrency.bench.ts [seeds] [part of a name]`
 */
import { AdaptiveConcurrency } from '../src/admission/adaptive-concurrency.ts';
import { seededRandom } from '../src/base/random.ts';
import {
  fixed,
  knee,
  refusing,
  runLoad,
  type ServerModel,
  work,
} from '../test/sim/loaded-server.ts';

const SEEDS = Number(process.argv[2] ?? 5);
const PART = process.argv[3] ?? '';
const END_MS = 60_000;
const FIXED = [
  1, 2, 5, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30, 33, 36, 40, 50, 60, 80, 100, 150, 200,
];

interface Case {
  readonly name: string;
  readonly server: ServerModel;
  readonly start?: number;
  readonly fromMs?: number;
}

const halves = (atMs: number) => (atMs < 30_000 ? 30 : 15);
const doubles = (atMs: number) => (atMs < 30_000 ? 15 : 30);
const drops = (atMs: number) => (atMs < 10_000 ? 200 : 30);
const CASES: Case[] = [];
for (const sigma of [0, 0.3, 0.7]) {
  for (const start of [10, 200]) {
    const server = { work: work(100, sigma), speed: knee(30) };
    CASES.push({ name: `knee 30, 100 ms, sigma ${sigma}, from ${start}`, server, start });
  }
  CASES.push({
    name: `halving 30 to 15, sigma ${sigma}`,
    server: { work: work(100, sigma), speed: knee(halves) },
  });
  CASES.push({
    name: `doubling 15 to 30, sigma ${sigma}`,
    server: { work: work(100, sigma), speed: knee(doubles) },
  });
  CASES.push({
    name: `drop 200 to 30, sigma ${sigma}`,
    server: { work: work(100, sigma), speed: knee(drops, 1) },
    fromMs: 10_000,
  });
}
for (const ms of [50, 100, 500]) {
  const server = { work: work(ms), speed: () => 1, answer: refusing(() => 30, ms) };
  CASES.push({ name: `refusing beyond 30, ${ms} ms`, server });
  CASES.push({
    name: `refusing, halving, ${ms} ms`,
    server: { ...server, answer: refusing(halves, ms) },
  });
  CASES.push({
    name: `refusing, drop 200 to 30, ${ms} ms`,
    server: { ...server, answer: refusing(drops, ms) },
    fromMs: 10_000,
  });
}
for (const power of [0.5, 1, 3]) {
  CASES.push({
    name: `knee 30, power ${power}`,
    server: { work: work(100, 0.3), speed: knee(30, power) },
  });
}
for (const ms of [2, 20, 500, 2_000]) {
  CASES.push({ name: `knee 30, ${ms} ms`, server: { work: work(ms, 0.3), speed: knee(30) } });
}
CASES.push({ name: 'knee 5', server: { work: work(100, 0.3), speed: knee(5) } });
CASES.push({ name: 'knee 120', server: { work: work(100, 0.3), speed: knee(120) } });
for (const sigma of [0.3, 1]) {
  const queue = { work: work(50, sigma), speed: () => 1, slots: 30 };
  CASES.push({ name: `queue of 30, sigma ${sigma}`, server: queue });
  CASES.push({
    name: `queue of 30, line 20, 503s, sigma ${sigma}`,
    server: { ...queue, lineMax: 20 },
  });
  CASES.push({
    name: `queue of 30, time-outs at 500 ms, sigma ${sigma}`,
    server: { ...queue, timeoutMs: 500 },
  });
  CASES.push({
    name: `no knee, 50 ms, sigma ${sigma}`,
    server: { work: work(50, sigma), speed: () => 1 },
  });
}
CASES.push({
  name: 'one after another, 5 ms',
  server: { work: work(5, 0.3), speed: () => 1, slots: 1 },
});
CASES.push({
  name: 'sheds beyond 30',
  server: { work: work(100, 0.3), speed: () => 1, slots: 30, lineMax: 0 },
});
CASES.push({
  name: 'soft, 1/(1+n/50)',
  server: { work: work(50, 0.3), speed: (n) => 1 / (1 + n / 50) },
});
CASES.push({
  name: 'no knee, 10 % faults',
  server: { work: work(50, 0.3), speed: () => 1, faults: 0.1 },
});
CASES.push({ name: 'no knee, heavy tail', server: { work: work(50, 1.5), speed: () => 1 } });
CASES.push({ name: 'no knee, 2 s', server: { work: work(2_000, 0.3), speed: () => 1 } });

console.log(`${'case'.padEnd(44)}  best fixed      mean   worst   limit`);
for (const { name, server, start = 10, fromMs = 0 } of CASES.filter((c) => c.name.includes(PART))) {
  let bestGoodput = 0;
  let best = 0;
  for (const limit of FIXED) {
    const { goodput } = runLoad(server, fixed(limit), seededRandom(limit), END_MS, { fromMs });
    if (goodput > bestGoodput * 1.001) {
      bestGoodput = goodput;
      best = limit;
    }
  }
  const ratios: number[] = [];
  let late = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const controller = new AdaptiveConcurrency({ min: 1, max: 200, start });
    const run = runLoad(server, controller, seededRandom(seed), END_MS, { fromMs });
    ratios.push(run.goodput / bestGoodput);
    late += run.limits.slice(-10).reduce((a, b) => a + b, 0) / 10 / SEEDS;
    if (process.env.TRACE) console.log(run.limits.join(' '));
  }
  const mean = ratios.reduce((a, b) => a + b) / SEEDS;
  console.log(
    `${name.padEnd(44)}${`${bestGoodput.toFixed(0)}/s at ${best}`.padStart(14)}` +
      `${mean.toFixed(3).padStart(8)}${Math.min(...ratios)
        .toFixed(3)
        .padStart(8)}${late.toFixed(0).padStart(8)}`,
  );
}
