import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type FileReader, Machine } from './machine.ts';

const GIB = 2 ** 30;

function readingsOf(texts: Record<string, string>, openFiles?: number) {
  const files: FileReader = { text: (path) => texts[path], count: () => openFiles };
  const machine = new Machine(files, 16 * GIB);
  try {
    return machine.read();
  } finally {
    machine.close();
  }
}

test('cgroup version 2: the tightest limit on the way up, less what can be dropped', () => {
  const { memoryBytes, memoryBytesMax } = readingsOf({
    '/proc/self/cgroup': '0::/kube/pod/app\n',
    '/sys/fs/cgroup/kube/pod/app/memory.max': 'max\n',
    '/sys/fs/cgroup/kube/pod/memory.max': `${2 * GIB}\n`,
    '/sys/fs/cgroup/kube/pod/memory.current': `${GIB}\n`,
    '/sys/fs/cgroup/kube/pod/memory.stat': 'anon 5\ninactive_file 1024\nactive_file 7\n',
    '/sys/fs/cgroup/kube/memory.max': `${8 * GIB}\n`,
  });
  assert.deepEqual([memoryBytes, memoryBytesMax], [GIB - 1_024, 2 * GIB]);
});

test('cgroup version 1', () => {
  const { memoryBytes, memoryBytesMax } = readingsOf({
    '/proc/self/cgroup': '5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n',
    '/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': `${GIB}\n`,
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${GIB / 2}\n`,
    '/sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 512\n',
  });
  assert.deepEqual([memoryBytes, memoryBytesMax], [GIB / 2 - 512, GIB]);
});

test('no container: what the machine has and has left', () => {
  const { memoryBytes, memoryBytesMax } = readingsOf({
    '/proc/self/cgroup': '0::/\n',
    '/proc/meminfo': `MemTotal: 1 kB\nMemAvailable: ${12 * 2 ** 20} kB\n`,
  });
  assert.deepEqual([memoryBytes, memoryBytesMax], [4 * GIB, 16 * GIB]);
});

test('nothing to read: the process itself, and nothing guessed', () => {
  const readings = readingsOf({});
  assert.ok((readings.memoryBytes as number) > 1e6);
  assert.equal(readings.memoryBytesMax, 16 * GIB);
  assert.ok(!('openFiles' in readings) && !('openFilesMax' in readings));
});

test('open files and their limit', () => {
  const limits =
    'Limit      Soft Limit  Hard Limit\nMax open files            1024   4096   files\n';
  const { openFiles, openFilesMax } = readingsOf({ '/proc/self/limits': limits }, 77);
  assert.deepEqual([openFiles, openFilesMax], [77, 1_024]);
  // None can be opened to count them.
  const full = readingsOf({ '/proc/self/limits': limits }, Number.POSITIVE_INFINITY);
  assert.equal(full.openFiles, 1_024);
});

test('a process that can open no more files is read all the same', () => {
  const module = JSON.stringify(new URL('./machine.ts', import.meta.url).href);
  const script = `
    import { openSync } from 'node:fs';
    const { Machine } = await import(${module});
    const machine = new Machine();
    try { for (;;) openSync('/dev/null'); } catch {}
    const { openFiles, openFilesMax } = machine.read();
    process.stdout.write(openFiles === openFilesMax ? 'full' : '');
    machine.close();`;
  const words = ['ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e'];
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', ...words, script], { encoding: 'utf8' });
  assert.equal(stdout, 'full', stderr);
});

test('a blocked event loop shows, and the next reading starts anew', async () => {
  const machine = new Machine();
  try {
    await new Promise((resolve) => setTimeout(resolve, 30));
    machine.read();
    // The first tick after a reading only starts the clock.
    await new Promise((resolve) => setTimeout(resolve, 30));
    const untilMs = performance.now() + 80;
    while (performance.now() < untilMs);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const { loopDelayMs, memoryBytes, memoryBytesMax } = machine.read();
    assert.ok((loopDelayMs as number) >= 50, `${loopDelayMs}`);
    assert.ok((memoryBytes as number) > 0 && (memoryBytesMax as number) > 0);
  } finally {
    machine.close();
  }
});
