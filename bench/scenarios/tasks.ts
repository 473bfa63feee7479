/**
 * What the task manager itself costs: functions that do nothing, 16 at once, beside p-queue, which
 * knows neither tenants nor lanes; and calls that do nothing in two threads, beside piscina.
 */
import type { TaskLoad, TaskLoadDone } from '../contenders/tasks-load.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const TASKS = 200_000;
const CALLS = 100_000;
const AT_ONCE = 16;
const QUEUE = 'p-queue';
const POOL = 'piscina';

export const scenario: Scenario = {
  name: 'tasks',
  what: `${TASKS.toLocaleString('en-US')} functions that do nothing, ${AT_ONCE} at once, and calls of two threads`,
  must: ['tasks/s', 'tasks/s, tenants and lanes', 'calls of threads/s'].map((metric) => ({
    metric,
    text: '≥ 1×',
    holds: ({ ratio }: Figure) => ratio >= 1,
  })),
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const run = (who: 'sluice' | 'peer', what: TaskLoad['what']) => async () => {
    const all = what === 'threads' ? CALLS : TASKS;
    const input: TaskLoad = { what, tasks: ctx.quick ? all / 10 : all, atOnce: AT_ONCE };
    const file = new URL(`../contenders/tasks-${who}.ts`, import.meta.url);
    const { done, wallMs } = (await ctx.child<TaskLoadDone>({ file, input })).value;
    if (done !== input.tasks) throw new Error(`${who}: only ${done} of ${input.tasks}`);
    return done / (wallMs / 1_000);
  };
  const runs = await ctx.repeat({
    plain: run('sluice', 'plain'),
    shared: run('sluice', 'shared'),
    queue: run('peer', 'plain'),
    threads: run('sluice', 'threads'),
    pool: run('peer', 'threads'),
  });
  return [
    figure('tasks', 'tasks/s', runs.plain, runs.queue, QUEUE),
    figure('tasks', 'tasks/s, tenants and lanes', runs.shared, runs.queue, QUEUE),
    figure('tasks', 'calls of threads/s', runs.threads, runs.pool, POOL),
  ];
}
