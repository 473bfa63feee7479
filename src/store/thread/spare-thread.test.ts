import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { startSpareThread, takeThread } from './spare-thread.ts';
import { openThreadStore } from './thread-store.ts';

describe('the spare thread of the store', () => {
  it('is one, and is taken once', async () => {
    startSpareThread();
    startSpareThread();
    const first = takeThread();
    const second = takeThread();
    const ids = [first.threadId, second.threadId];
    await Promise.all([first.terminate(), second.terminate()]);
    assert.equal(ids[1], (ids[0] as number) + 1);
  });

  it('opens a store, and the next one gets a thread of its own', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-spare-'));
    try {
      startSpareThread();
      for (const name of ['one', 'two', 'one']) {
        const store = await openThreadStore({ path: join(directory, name), mode: 'owner' });
        const epoch = await store.nextEpoch().finally(() => store.close());
        assert.ok(epoch > 0);
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('that has ended is not taken', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    startSpareThread();
    const [spare] = await started;
    await spare.terminate();
    const taken = takeThread();
    assert.notEqual(taken.threadId, -1);
    await taken.terminate();
  });

  it('does not keep a process alive that opens nothing', async () => {
    const module = new URL('./spare-thread.ts', import.meta.url).href;
    const script = `(await import('${module}')).startSpareThread(); process.stdout.write('left')`;
    const args = ['--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
    assert.equal(stdout, 'left');
  });
});
