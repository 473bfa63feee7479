/** The demo, small: it ends well, leaves nothing running and no directory behind. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { DemoFigures } from '../../src/cli/demo/summary.ts';
import { jsonLines, scratch, sluice } from './sluice-process.ts';

it('the demo of leads ends as the truth has it, with one account set aside', async () => {
  using directory = scratch();
  const ended = await sluice(['demo', 'leads', '--count', '200', '--json'], {
    cwd: directory.path,
    env: { TMPDIR: directory.path },
  });
  assert.equal(ended.code, 0, ended.stderr);
  const { users, quarantined } = jsonLines(ended.stdout).at(-1) as Record<string, unknown[]>;
  assert.equal(users?.length, 3);
  assert.match(String(quarantined), /^account-1: X says: Your account is suspended/);
  const left = readdirSync(directory.path).filter((name) => name.startsWith('sluice'));
  assert.deepEqual(left, []);
});

it('the demo of media ends as the truth has it', async () => {
  using directory = scratch();
  const ended = await sluice(['demo', 'media', '--count', '2', '--json'], {
    cwd: directory.path,
    env: { TMPDIR: directory.path },
  });
  assert.equal(ended.code, 0, ended.stderr + ended.stdout);
  const { checks, wrong } = jsonLines(ended.stdout).at(-1) as Record<string, unknown>;
  assert.deepEqual(wrong, []);
  assert.ok(Number(checks) > 150, String(checks));
  const left = readdirSync(directory.path).filter((name) => name.startsWith('sluice'));
  assert.deepEqual(left, []);
});

it('the demo collects, compares, and cleans up', async () => {
  using directory = scratch();
  const temporary = join(directory.path, 'tmp');
  mkdirSync(temporary);
  const ended = await sluice(['demo', '--count', '48', '--json'], {
    cwd: directory.path,
    env: { TMPDIR: temporary },
  });
  assert.equal(ended.code, 0, ended.stderr);
  const figures = jsonLines(ended.stdout).at(-1) as unknown as DemoFigures & { type: string };
  assert.equal(figures.type, 'demo');
  assert.deepEqual(figures.findings.surprises, []);
  assert.ok(figures.findings.completed > 30 && figures.findings.failed > 0);
  assert.ok(figures.sampleMs > 0 && figures.durationMs > 0 && figures.sampleRows >= 5);
  assert.ok(existsSync(figures.output));
  const left = readdirSync(temporary).filter((name) => name.startsWith('sluice'));
  assert.deepEqual(left, ['sluice-demo.csv']);
  assert.deepEqual(readdirSync(directory.path), ['tmp']);
});

it('the demo of channels collects, notices changes, compares, and cleans up', async () => {
  using directory = scratch();
  const temporary = join(directory.path, 'tmp');
  mkdirSync(temporary);
  const ended = await sluice(['demo', 'channels', '--count', '3', '--json'], {
    cwd: directory.path,
    env: { TMPDIR: temporary },
  });
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  const figures = jsonLines(ended.stdout).at(-1) ?? {};
  assert.deepEqual(figures.surprises, []);
  assert.deepEqual([figures.completed, figures.rows], [3, 5]);
  assert.deepEqual([figures.changes, figures.told], [3, 3]);
  const left = readdirSync(temporary).filter((name) => name.startsWith('sluice'));
  assert.deepEqual(left, ['sluice-demo-channels.jsonl']);
});
