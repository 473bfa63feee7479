/** `sluice run … | head -1`: the reader goes away, in the middle of a job and at its end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { jsonLines, scratch, start } from './sluice-process.ts';

const ROWS = 60;
const COLLECTOR = `export default {
  name: 'slow',
  defaults: { concurrency: 2 },
  async collect({ n }) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { records: [{ n }] };
  },
};`;

describe('where the reader of the output goes away', () => {
  const directory = scratch();
  const cwd = directory.path;
  before(() => {
    writeFileSync(join(cwd, 'slow.ts'), COLLECTOR);
    const numbers = Array.from({ length: ROWS }, (_, n) => `${n}`.padEnd(2_000, 'x'));
    writeFileSync(join(cwd, 'rows.csv'), ['n', ...numbers].join('\n'));
  });
  after(() => directory[Symbol.dispose]());

  it('ends quietly in the middle of a job, which can be resumed', async () => {
    const run = start(['run', './slow.ts', 'rows.csv', '--json', '-o', 'out.csv'], { cwd });
    await run.said(/"type":"start".*\n/);
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    assert.deepEqual([code, stderr], [141, '']);
    const id = jsonLines(run.output.stdout)[0]?.jobId as string;
    const resumed = await start(['jobs', 'resume', id, '-o', 'out.csv'], { cwd }).ended;
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stderr, new RegExp(`${ROWS} rows: ${ROWS} done, 0 failed`));
  });

  it('ends as the job did once it is over', async () => {
    const run = start(['run', './slow.ts', 'rows.csv', '-o', '-', '--progress', 'plain'], { cwd });
    await run.said(/Job j_/);
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /error|kept/);
    const id = /\bj_[a-z0-9]+/.exec(stderr)?.[0] as string;
    const shown = await start(['jobs', 'show', id, '--json'], { cwd }).ended;
    assert.equal(jsonLines(shown.stdout)[0]?.state, 'completed');
  });
});
