/** What goes wrong in a simulated cluster, and what people ask of it meanwhile. */
import { pick, randomInt } from '../../src/base/random.ts';
import type { World } from './cluster-simulate.ts';
import type { SimNode } from './sim-nodes.ts';

const FAULTS_MS = 40_000;
const HOW = ['refused', 'late', 'unheard'] as const;

/** Plays them by itself; `over` once nothing more goes wrong. */
export function playFaults(world: World): { readonly over: boolean } {
  const { clock, random, troubles } = world;
  const state = { over: false };
  const count = randomInt(random, 0, 8);
  for (let i = 0; i < count; i += 1) {
    clock.after(randomInt(random, 0, FAULTS_MS), () => playOne(world));
  }
  if (random.next() < 0.4) {
    troubles.deathAtCall = 0.000_5;
    troubles.deathAtCommit = 0.01;
  }
  const actions = random.next() < 0.4 ? randomInt(random, 1, 4) : 0;
  for (let i = 0; i < actions; i += 1) {
    clock.after(randomInt(random, 1_000, FAULTS_MS), () => ask(world));
  }
  clock.after(FAULTS_MS, () => {
    troubles.deathAtCall = 0;
    troubles.deathAtCommit = 0;
    troubles.slow = 0;
  });
  // Somebody resumes what was paused.
  clock.after(FAULTS_MS + 12_000, () => {
    state.over = true;
    void resumeAll(world);
  });
  return state;
}

function playOne(world: World): void {
  const { clock, random, nodes, faults, leaseMs } = world;
  const up = [...nodes.up()];
  if (up.length === 0) return;
  const node = pick(random, up);
  switch (pick(random, ['die', 'freeze', 'freeze', 'cut', 'cut', 'drain', 'join', 'outage'])) {
    case 'die':
      faults.deaths += 1;
      nodes.kill(node);
      return;
    case 'freeze':
      nodes.freeze(node, leaseMs * (0.1 + 2 * random.next()), random.next() < 0.3);
      return;
    case 'cut':
      faults.cuts += 1;
      cut(world, node, leaseMs * 2 * random.next());
      return;
    case 'drain':
      // Where it is the last, another one comes first.
      if (up.length === 1) nodes.start();
      if (random.next() < 0.5) nodes.drain(node);
      else void world.cluster.askDrain(node.machine.name);
      return;
    case 'join':
      if (up.length >= 6) return;
      faults.joins += 1;
      nodes.start();
      return;
    case 'outage': {
      faults.outages += 1;
      const ms = leaseMs * 2 * random.next();
      const how = pick(random, HOW);
      const untilMs = clock.monoMs() + ms;
      for (const each of nodes.alive()) each.link.cut({ untilMs, how });
    }
  }
}

function cut({ clock, random }: World, { link }: SimNode, ms: number): void {
  link.cut({ untilMs: clock.monoMs() + ms, how: pick(random, HOW) });
}

/** Somebody moves a job, at any node. What becomes of it shows in the store. */
function ask(world: World): void {
  const { random, nodes, clock } = world;
  const up = [...nodes.up()];
  const node = up.length === 0 ? undefined : pick(random, up);
  const engine = node?.engine;
  if (!engine) return;
  const { id } = pick(random, world.jobs);
  const done = () => {};
  switch (pick(random, ['pause', 'pause', 'cancel', 'retry', 'retry'])) {
    case 'pause':
      engine.pause(id).then(done, done);
      clock.after(randomInt(random, 0, 6_000), () => {
        const other = [...nodes.up()].at(-1)?.engine;
        other?.resume(id).then(done, done);
      });
      return;
    case 'cancel':
      void cancel(world, id);
      return;
    case 'retry':
      engine.retryDiscarded(id).then(done, done);
  }
}

/** Who cancels asks again until it was done. */
async function cancel(world: World, id: string): Promise<void> {
  const { random, nodes, clock } = world;
  for (let i = 0; i < 20; i += 1) {
    let done = false;
    const engine = pick(random, [...nodes.up()])?.engine;
    engine?.cancel(id).then(
      () => {
        done = true;
      },
      (error: { code?: string }) => {
        done = error.code === 'job.conflict' || error.code === 'job.not_found';
      },
    );
    await clock.sleep(3_000);
    if (done) return;
  }
}

async function resumeAll(world: World): Promise<void> {
  const { nodes, clock, cluster } = world;
  for (;;) {
    const paused = await cluster.store.jobs({ states: ['paused'], limit: 100 });
    for (const { id } of paused) {
      [...nodes.up()][0]?.engine?.resume(id).catch(() => {});
    }
    if (paused.length === 0) return;
    await clock.sleep(2_000);
  }
}
