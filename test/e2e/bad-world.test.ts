/** A full disk, a directory that cannot be written, memory that runs out: nothing done is lost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { writeCollectors, writeWords } from './collector-files.ts';
import { jobIdOf, jsonLines, scratch, sluice, start } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;
const mounted: string[] = [];

before(() => {
  writeCollectors(cwd);
  const words = Array.from({ length: 12_000 }, (_, i) => `word-${'x'.repeat(200)}-${i}`);
  writeWords(join(cwd, 'many.csv'), words);
  writeWords(join(cwd, 'few.csv'), ['one', 'two', 'three']);
  writeFileSync(join(cwd, 'file.txt'), 'x');
});

after(() => {
  for (const path of mounted) spawnSync('umount', ['-l', path]);
  directory[Symbol.dispose]();
});

/** A small file system of its own; only root may have one, elsewhere the test is skipped. */
function mount(test: TestContext, name: string, options: string): string | undefined {
  const path = join(cwd, name);
  mkdirSync(path);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  if (status === 0) {
    mounted.push(path);
    if (isBounded(path)) return path;
  }
  test.skip('no file system can be mounted here');
  return undefined;
}

/** Whether it takes less than 8 MB; not each kernel keeps to what it was told. */
function isBounded(path: string): boolean {
  const probe = join(path, 'probe');
  try {
    writeFileSync(probe, Buffer.alloc(8e6));
    return false;
  } catch {
    return true;
  } finally {
    spawnSync('rm', ['-f', probe]);
  }
}

const pace = (input: string, data: string) => ['run', './own/pace.ts', input, '--data', data];

describe('a disk', { concurrency: 2 }, () => {
  it('that is full stops the job, which goes on once there is room', async (test) => {
    const data = mount(test, 'full', 'size=6m');
    if (data === undefined) return;
    const running = start([...pace('many.csv', data), '--json'], { cwd });
    const ended = await running.ended;
    assert.equal(ended.code, 1, ended.stdout.slice(-2_000));
    const { error } = jsonLines(ended.stdout).at(-1) as { error: Record<string, string> };
    assert.equal(error.code, 'store.full');
    assert.match(String(error.hint), /resume/);
    const jobId = await jobIdOf(running);
    const { status } = spawnSync('mount', ['-o', 'remount,size=200m', data]);
    if (status !== 0) return test.skip('no file system can be made larger here');
    const resumed = await sluice(['jobs', 'resume', jobId, '--data', data, '--json'], { cwd });
    assert.equal(resumed.code, 0, resumed.stderr);
    const { tasks, completed, records } = jsonLines(resumed.stdout).at(-1) ?? {};
    assert.deepEqual([tasks, completed, records], [12_000, 12_000, 12_000]);
  });

  it('that is full ends a server, which goes on once it is started with room', async (test) => {
    const data = mount(test, 'served', 'size=6m');
    if (data === undefined) return;
    const serve = [
      'serve',
      '--port',
      '0',
      '--data',
      data,
      '--collector',
      './own/pace.ts',
      '--json',
    ];
    const serving = start(serve, { cwd });
    const [line] = await serving.said(/\{"type":"serving".*\}/);
    const { url, firstKey } = JSON.parse(line) as { url: string; firstKey: string };
    const remote = ['--server', url, '--token', firstKey];
    const submitted = await sluice(['submit', 'pace', 'many.csv', ...remote], { cwd });
    const jobId = submitted.stdout.trim();
    const ended = await serving.ended;
    assert.equal(ended.code, 1, ended.stderr.slice(-2_000));
    const { error } = jsonLines(ended.stdout).at(-1) as { error: Record<string, string> };
    assert.equal(error.code, 'store.full');
    const { status } = spawnSync('mount', ['-o', 'remount,size=200m', data]);
    if (status !== 0) return test.skip('no file system can be made larger here');
    const again = start(serve, { cwd });
    await again.said(/\{"type":"serving".*\}/);
    const watched = await sluice(['jobs', 'watch', jobId, '--data', data, '--json'], { cwd });
    again.child.kill('SIGTERM');
    await again.ended;
    const { tasks, completed, records } = jsonLines(watched.stdout).at(-1) ?? {};
    assert.deepEqual([tasks, completed, records], [12_000, 12_000, 12_000]);
  });

  it('that has no room for the input says so before there is a job', async (test) => {
    const data = mount(test, 'tiny', 'size=1m');
    if (data === undefined) return;
    const ended = await sluice(pace('many.csv', data), { cwd });
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /\[store\.full\]/);
  });

  it('that has no room for the results keeps them in the job', async (test) => {
    const out = mount(test, 'out', 'size=64k');
    if (out === undefined) return;
    const args = [...pace('many.csv', 'data-out'), '-o', join(out, 'results.csv')];
    const ended = await sluice(args, { cwd });
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /\[output\.full\]/);
    const jobId = /\bj_[a-z0-9]+/.exec(ended.stderr)?.[0] ?? '';
    const again = await sluice(['jobs', 'download', jobId, '--data', 'data-out'], { cwd });
    assert.equal(again.stdout.trimEnd().split('\n').length, 12_001);
  });

  it('that cannot be written is named', async (test) => {
    const data = mount(test, 'readonly', 'ro,size=1m');
    if (data === undefined) return;
    for (const path of [data, join(data, 'below')]) {
      const ended = await sluice(pace('few.csv', path), { cwd });
      assert.equal(ended.code, 1, ended.stderr);
      assert.match(ended.stderr, /\[store\.unwritable\]/);
    }
  });

  it('with a file where the directory should be is named as well', async () => {
    const ended = await sluice(pace('few.csv', 'file.txt'), { cwd });
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(
      ended.stderr,
      /file\.txt cannot be written[^\n]*\n[^\n]+\n {2}\[store\.unwritable\]/,
    );
  });
});

describe('memory', () => {
  it('that a collector uses up ends the process, and what was done is kept', async () => {
    const words = Array.from({ length: 60 }, (_, i) => `word${i}`);
    writeWords(join(cwd, 'leak.csv'), words);
    const args = ['run', './own/leaks.ts', 'leak.csv', '--data', 'data-leak', '--json'];
    const running = start([...args, '--concurrency', '1'], {
      cwd,
      env: { NODE_OPTIONS: '--max-old-space-size=400' },
    });
    const ended = await running.ended;
    assert.notEqual(ended.code, 0);
    const jobId = await jobIdOf(running);
    const show = ['jobs', 'show', jobId, '--json', '--data', 'data-leak'];
    const job = JSON.parse((await sluice(show, { cwd })).stdout) as {
      counters: { completed: number; records: number };
    };
    assert.ok(job.counters.completed < words.length);
    assert.equal(job.counters.completed, job.counters.records);
    const cancel = await sluice(['jobs', 'cancel', jobId, '--data', 'data-leak'], { cwd });
    assert.equal(cancel.code, 0, cancel.stderr);
  });
});
