/**
 * Many nodes in one process, in virtual time, over one store in memory: how much they ask of the
 * store, how well they use their seats, how fair they are. What a store call costs is not measured
 * here (`cluster-store.bench.ts` does), only how many there are. Each answer takes 4 ms.
 *
 * A world that takes too long is stopped, and what there is by then is told.
 *
 * Two worlds for each number of nodes: 100 tenants with a short job each; and six tenants that
 * always have work, for their shares.
 *
 * `node bench/cluster-sim.ts [nodes, default 10, 30 and 100] [tenants, default 100] [real s, 35]`
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { greedyTenants, manyTenants, SEATS, SimWorld } from './cluster-sim-world.ts';

const [nodesAsked, tenantsAsked, secondsAsked] = process.argv.slice(2).map(Number);
const SIZES = nodesAsked === undefined ? [10, 30, 100] : [nodesAsked];
const TENANTS = tenantsAsked ?? 100;
const REAL_MS = (secondsAsked ?? 35) * 1_000;

const GREEDY_TASKS_PER_NODE = 300;
const LIMIT_MS = 3_600_000;
const SAMPLE_MS = 100;
/** Shares are taken from when seats are full until somebody runs out, ms. */
const WARM_MS = 2_000;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const heap = () => {
  gc();
  return process.memoryUsage().heapUsed;
};
const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

/**
 * Plays until all tasks have ended and all jobs too, or real time is over; true where they have.
 * Calls `sample` now and then.
 */
async function play(world: SimWorld, realMs: number, sample: () => void): Promise<boolean> {
  const untilMs = performance.now() + realMs;
  const { clock, cluster, tenants } = world;
  let open = tenants.length;
  let looking = false;
  let nextMs = clock.monoMs();
  const done = () => {
    if (clock.monoMs() >= nextMs) {
      nextMs = clock.monoMs() + SAMPLE_MS;
      sample();
      if (world.ended >= world.tasks && !looking) {
        looking = true;
        void cluster.store.jobs({ states: ['running'], limit: 10_000 }).then((jobs) => {
          open = jobs.length;
          looking = false;
        });
      }
    }
    return open === 0 || performance.now() > untilMs;
  };
  if (!(await clock.run(done, clock.monoMs() + LIMIT_MS))) throw new Error('the jobs hang');
  return open === 0;
}

async function manyShortJobs(nodes: number): Promise<void> {
  const realMs = performance.now();
  const world = new SimWorld(manyTenants(TENANTS));
  const { clock, counter } = world;
  const before = heap();
  await world.start(nodes);
  const perNode = (heap() - before) / nodes;
  counter.reset();
  await clock.run(() => false, clock.monoMs() + 10_000);
  const rest = [...counter.kinds].map(([name, { calls }]) => `${name} ${(calls / 10).toFixed(1)}`);
  counter.reset();
  const startMs = clock.monoMs();
  const startWallMs = clock.wallMs();
  await world.submit();
  let halfMs = 0;
  let halfWorkedMs = 0;
  let lastMs = 0;
  let slices = 0;
  const whole = await play(world, REAL_MS, () => {
    if (halfMs === 0 && world.ended >= world.tasks / 2) {
      halfMs = clock.monoMs() - startMs;
      halfWorkedMs = world.workedMs;
      for (const { membership } of world.engines)
        slices = Math.max(slices, membership?.holdings.slices ?? 0);
    }
    if (world.ended < world.tasks) lastMs = clock.monoMs() - startMs;
  });
  const seconds = (clock.monoMs() - startMs) / 1_000;
  const tasks = world.ended;
  const jobs = await world.cluster.store.jobs({ limit: 10_000 });
  const wrong = jobs.filter(({ counters, state }) => {
    return state !== 'running' && counters.completed !== counters.tasks;
  }).length;
  const finished = jobs.flatMap(({ finishedMs }) => finishedMs ?? []);
  const took = finished.map((ms) => (ms - startWallMs) / 1_000);
  const mean = took.reduce((a, b) => a + b, 0) / took.length;
  const seatMs = nodes * SEATS;
  say(`\n${nodes} nodes of ${SEATS} seats, ${TENANTS} tenants`);
  say(`  ${tasks} of ${world.tasks} tasks ended${whole ? '' : ': stopped, real time was over'}`);
  say(`  ${seconds.toFixed(1)} virtual s, ${(performance.now() - realMs).toFixed(0)} real ms`);
  say(`  jobs with a task missing: ${wrong}`);
  say(`  at rest, calls/s: ${rest.join(', ')}`);
  if (whole)
    say(`  seats in use: ${percent(halfWorkedMs / (halfMs * seatMs))} until half of them,`);
  say(
    `    ${percent(world.workedMs / (lastMs * seatMs))} until ${whole ? 'the last one' : 'then'}`,
  );
  if (whole) say(`  slowest tenant: ${Math.max(...took).toFixed(1)} s, mean ${mean.toFixed(1)} s`);
  if (halfMs > 0) say(`  slices of one node at most, at half: ${slices}`);
  say(`  heap of a node that rests: ${(perNode / 1_024).toFixed(0)} KiB`);
  const sizes = counter.claims.filter((size) => size > 0).sort((a, b) => a - b);
  const at = (part: number) => sizes[Math.floor(part * (sizes.length - 1))];
  const empty = counter.claims.length - sizes.length;
  say(`  claims: ${sizes.length} of ${at(0.05)} / ${at(0.5)} / ${at(0.95)} tasks (p5/50/95),`);
  say(`    ${empty} empty`);
  say('  call                calls/s  per 1,000 tasks  rows/call');
  const kinds = [...counter.kinds].sort(([, a], [, b]) => b.calls - a.calls);
  let all = 0;
  for (const [name, { calls, rows }] of kinds) {
    all += calls;
    const line = [calls / seconds, (calls * 1_000) / tasks, rows / calls];
    const [each, per, size] = line.map((value) => value.toFixed(1)) as [string, string, string];
    say(`  ${name.padEnd(18)} ${each.padStart(8)} ${per.padStart(16)} ${size.padStart(10)}`);
  }
  say(
    `  all: ${(all / seconds).toFixed(0)} calls/s, ${((all * 1_000) / tasks).toFixed(0)} per 1,000`,
  );
}

async function shares(nodes: number): Promise<void> {
  const realMs = performance.now();
  const world = new SimWorld(greedyTenants(nodes * GREEDY_TASKS_PER_NODE));
  const { clock, tenants, active, cluster } = world;
  await world.start(nodes);
  await world.submit();
  const startMs = clock.monoMs();
  const used = new Map<string, number>();
  let over = false;
  let samples = 0;
  await play(world, 15_000, () => {
    const free = tenants.some(({ name }) => (active.get(name) ?? 0) === 0);
    if (clock.monoMs() - startMs < WARM_MS || over) return;
    // Somebody has less than it could use from here on.
    over = free || world.ended > 0.8 * world.tasks;
    if (over) return;
    samples += 1;
    for (const { name } of tenants) used.set(name, (used.get(name) ?? 0) + (active.get(name) ?? 0));
  });
  const sum = [...used.values()].reduce((a, b) => a + b, 0);
  const weights = tenants.reduce((all, { weight }) => all + weight, 0);
  const off = tenants.map(({ name, weight }) => {
    const due = weight / weights;
    return (used.get(name) ?? 0) / sum / due - 1;
  });
  const worst = off.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  const jobs = await cluster.store.jobs({ limit: 100 });
  const ends = jobs.flatMap(({ finishedMs, createdMs }) =>
    finishedMs === undefined ? [] : (finishedMs - createdMs) / 1_000,
  );
  say(`  shares of six tenants that always have work (${world.tasks} tasks, no lanes):`);
  say(`    off their weights by ${percent(worst)} at most over ${(samples / 10).toFixed(1)} s;`);
  say(`    each: ${off.map(percent).join(', ')}`);
  if (ends.length > 0) say(`    the last ended after ${Math.max(...ends).toFixed(1)} s`);
  say(`    ${percent(sum / samples / (nodes * SEATS))} of the seats in use;`);
  say(`    ${(performance.now() - realMs).toFixed(0)} real ms`);
}

for (const nodes of SIZES) {
  await manyShortJobs(nodes);
  await shares(nodes);
}
// What nodes still wait for is of this process alone.
process.exit();
