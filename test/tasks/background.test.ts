import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { createBackgroundTasks, createTaskManager, type TaskContext } from '../../src/index.ts';

const sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms, signal);

describe('background tasks in memory', () => {
  it('are answered with an id, a status and a result', async () => {
    await using tasks = createTaskManager();
    const background = await createBackgroundTasks(tasks);
    background.define('add', ({ a, b }: { a: number; b: number }) => a + b, { kind: 'analytics' });
    background.define('wait', async (ms: number, ctx: TaskContext) => {
      ctx.progress(0, 1);
      await sleep(ms, ctx.signal);
    });
    background.define('refuse', () => Promise.reject(new RangeError('no such luck')));
    const id = await background.submit('add', { a: 1, b: 2 });
    assert.equal(await background.result(id), 3);
    const { state, name, endedMs } = await background.status(id);
    assert.deepEqual([state, name, endedMs !== undefined], ['completed', 'add', true]);
    const waits = await background.submit('wait', 60_000);
    while ((await background.status(waits)).state !== 'running') await sleep(1);
    assert.deepEqual((await background.status(waits)).progress, { done: 0, total: 1 });
    assert.equal(background.cancel(waits), true);
    await assert.rejects(background.result(waits), { code: 'task.cancelled' });
    await assert.rejects(background.result(await background.submit('refuse', 0)), /no such luck/);
    await assert.rejects(background.submit('unknown', 1), { code: 'task.undefined' });
    await assert.rejects(background.status('b_none'), { code: 'task.unknown' });
    await background.close();
  });
});

describe('background tasks in a folder', () => {
  it('are closed with their manager, and leave what has not ended to the next', async (test) => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-tasks-'));
    test.after(() => rmSync(directory, { recursive: true, force: true }));
    const tasks = createTaskManager();
    const background = await createBackgroundTasks(tasks, { directory });
    background.define('wait', (ms: number, ctx: TaskContext) => sleep(ms, ctx.signal));
    const id = await background.submit('wait', 60_000);
    await tasks.close({ graceMs: 0 });
    await background.close();
    await assert.rejects(createBackgroundTasks(tasks, { directory }), { code: 'task.closed' });

    await using next = createTaskManager();
    const again = await createBackgroundTasks(next, { directory });
    again.define('wait', () => 'this time');
    assert.equal(await again.resume(), 1);
    assert.equal(await again.result(id), 'this time');
  });

  it('are gone on with by the next process after a kill', async (test) => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-tasks-'));
    test.after(() => rmSync(directory, { recursive: true, force: true }));
    const file = new URL('../fixtures/background-program.ts', import.meta.url).pathname;
    const program = spawn(process.execPath, [file, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    program.stdout.setEncoding('utf8');
    for await (const text of program.stdout) {
      said += text;
      if (said.endsWith('\n')) break;
    }
    const { done, left } = JSON.parse(said) as { done: string; left: string[] };
    program.kill('SIGKILL');
    await once(program, 'exit');

    await using tasks = createTaskManager();
    const background = await createBackgroundTasks(tasks, { directory });
    assert.equal(await background.result(done), 42);
    const first = left[0] as string;
    await assert.rejects(background.result(first), { code: 'task.left' });
    background.define('double', (n: number) => n * 2);
    background.define('hang', (n: number) => `${n} after all`);
    assert.equal(await background.resume(), left.length);
    assert.equal(await background.resume(), 0);
    const results = await Promise.all(left.map((id) => background.result(id)));
    assert.deepEqual(results, ['1 after all', '2 after all']);
    await background.close();
  });
});
