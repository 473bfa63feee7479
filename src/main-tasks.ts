/** Task managers for programs that use Sluice as a library. */
import { systemClock } from './base/clock.ts';
import { SluiceError } from './base/errors.ts';
import { systemRandom } from './base/random.ts';
import { BackgroundTasks, MemoryShelf } from './engine/tasks/background.ts';
import { DocumentShelf } from './engine/tasks/document-shelf.ts';
import { TaskManager } from './engine/tasks/task-manager.ts';
import type { TaskManagerOptions } from './engine/tasks/task-types.ts';

/**
 * Makes a task manager: `await using tasks = createTaskManager()`. Limits come from the options,
 * else from the environment, else from the profile. Throws `task.option`.
 */
export function createTaskManager(options: TaskManagerOptions = {}): TaskManager {
  return new TaskManager({ env: process.env, ...options });
}

export interface BackgroundSettings {
  /** A folder in which they survive the process; default: they are kept in memory. */
  readonly directory?: string;
}

/**
 * Tasks by name, with a status and a result by id. They are closed with their manager. Rejects with
 * `task.closed` where that is closed already, and with `store.*`.
 */
export async function createBackgroundTasks(
  tasks: TaskManager,
  { directory }: BackgroundSettings = {},
): Promise<BackgroundTasks> {
  if (tasks.closed) throw new SluiceError('task.closed');
  const parts = { tasks, clock: systemClock, random: systemRandom };
  if (directory === undefined) return new BackgroundTasks({ ...parts, shelf: new MemoryShelf() });
  const { openThreadStore } = await import('./store/thread/thread-store.ts');
  const store = await openThreadStore({ path: directory, mode: 'owner' });
  return new BackgroundTasks({ ...parts, shelf: new DocumentShelf(store, systemClock) });
}
