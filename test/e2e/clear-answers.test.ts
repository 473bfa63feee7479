/** What commands answer: nothing of a start where there is none, and what to do next. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeCollectors, writeWords } from './collector-files.ts';
import { jsonLines, scratch, sluice } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;
before(() => {
  writeCollectors(cwd);
  writeWords(join(cwd, 'words.csv'), ['one', 'two']);
});
after(() => directory[Symbol.dispose]());

describe('jobs', () => {
  it('that cannot go on are refused before anything says that they start', async () => {
    const at = ['--data', 'over'];
    const run = await sluice(['run', './own/pace.ts', 'words.csv', '--json', ...at], { cwd });
    const jobId = String(jsonLines(run.stdout)[0]?.jobId);
    for (const [verb, code] of [
      ['resume', 'job.conflict'],
      ['retry', 'job.nothing_to_retry'],
    ] as const) {
      const refused = await sluice(['jobs', verb, jobId, '--json', ...at], { cwd });
      const lines = jsonLines(refused.stdout) as { error?: { code: string } }[];
      assert.deepEqual(
        lines.map(({ error }) => error?.code),
        [code],
      );
      const told = await sluice(['jobs', verb, jobId, ...at], { cwd });
      assert.match(told.stderr, /^error: Job /);
      assert.match(told.stderr, new RegExp(`\\[${code}\\]`));
    }
  });
});
