/** Functions that do nothing, through the task manager. Argument and answer as in `tasks-load.ts`. */
import { createTaskManager, type LaneKey } from '../../src/index.ts';
import type { TaskLoad, TaskLoadDone } from './tasks-load.ts';

const TENANTS = 10;
const LANES = 100;

async function run({ what, tasks, atOnce }: TaskLoad): Promise<TaskLoadDone> {
  await using manager = createTaskManager({
    workers: atOnce,
    threads: 2,
    lane: () => ({ concurrency: atOnce, rate: 'none', breaker: false }),
  });
  const module = new URL('./tasks-work.ts', import.meta.url);
  const work = { module, name: 'nothing' };
  const lanes = Array.from({ length: LANES }, (_, n): [LaneKey] => [`host:${n}.example`]);
  const one = (n: number): Promise<unknown> => {
    if (what === 'threads') return manager.run(work, [n]);
    const shared = { tenant: `t${n % TENANTS}`, lanes: lanes[n % LANES] ?? [] };
    return manager.run(async () => n, [], what === 'shared' ? shared : {});
  };
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => one(n)));
  const startedMs = performance.now();
  const results = await Promise.all(Array.from({ length: tasks }, (_, n) => one(n)));
  const wallMs = performance.now() - startedMs;
  return { done: results.filter((each, n) => each === n).length, wallMs };
}

const load = JSON.parse(process.argv.at(-1) ?? '') as TaskLoad;
process.stdout.write(`${JSON.stringify(await run(load))}\n`);
