/** Functions that do nothing, through p-queue, and calls of a module's through piscina. */
import PQueue from 'p-queue';
import { Piscina } from 'piscina';
import type { TaskLoad, TaskLoadDone } from './tasks-load.ts';

async function run({ what, tasks, atOnce }: TaskLoad): Promise<TaskLoadDone> {
  const queue = new PQueue({ concurrency: atOnce });
  const pool =
    what === 'threads'
      ? new Piscina({
          filename: new URL('./tasks-work.ts', import.meta.url).href,
          name: 'nothing',
          minThreads: 2,
          maxThreads: 2,
        })
      : undefined;
  const one = (n: number): Promise<unknown> => pool?.run(n) ?? queue.add(async () => n);
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => one(n)));
  const startedMs = performance.now();
  const results = await Promise.all(Array.from({ length: tasks }, (_, n) => one(n)));
  const wallMs = performance.now() - startedMs;
  await pool?.destroy();
  return { done: results.filter((each, n) => each === n).length, wallMs };
}

const load = JSON.parse(process.argv.at(-1) ?? '') as TaskLoad;
process.stdout.write(`${JSON.stringify(await run(load))}\n`);
