/** Collectors of a user's own: good ones work, bad ones harm nobody but their own rows. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CollectorFile, writeCollectors, writeWords } from './collector-files.ts';
import { BIN, jobIdOf, jsonLines, scratch, sluice, start } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;

before(() => {
  writeCollectors(cwd);
  writeWords(join(cwd, 'words.csv'), ['one', 'two', 'three']);
});
after(() => directory[Symbol.dispose]());

function run(file: CollectorFile, more: readonly string[] = []) {
  const args = ['run', `./own/${file}`, 'words.csv', '--data', `data-${file}`];
  return sluice([...args, ...more], { cwd });
}

describe('a collector of one’s own', { concurrency: 2 }, () => {
  it('finds sluice and zod from anywhere, and its results go to stdout', async () => {
    const ended = await run('pace.ts', ['--opt', 'pages=2']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(
      ended.stdout,
      'word,sluice_word,page,status,error\n' +
        ['one', 'two', 'three']
          .map((word) => {
            const upper = word.toUpperCase();
            return `${word},${upper}; ${upper},1; 2,completed,\n`;
          })
          .join(''),
    );
    assert.match(ended.stderr, /^Job j_\w+\nstart job=/);
  });

  it('is a module whatever a package.json beside it says', async () => {
    const project = join(cwd, 'commonjs');
    mkdirSync(project);
    writeCollectors(project);
    writeFileSync(join(project, 'package.json'), '{"type":"commonjs"}');
    const args = ['run', './own/pace.ts', '../words.csv', '--data', 'data-commonjs'];
    const ended = await sluice(args, { cwd: project });
    assert.equal(ended.code, 0, ended.stderr);
  });

  it('writes one line a record where that is asked for', async () => {
    const output = join(cwd, 'records.jsonl');
    const more = ['--opt', 'pages=2', '--records', '-o', output, '--data', 'data-records'];
    const ended = await run('pace.ts', more);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(jsonLines(readFileSync(output, 'utf8')).length, 6);
    const at = ['--data', 'data-records'];
    const jobs = jsonLines((await sluice(['jobs', 'ls', '--json', ...at], { cwd })).stdout);
    const again = ['jobs', 'download', String(jobs[0]?.id), '--records', '-o', 'again.csv', ...at];
    assert.equal((await sluice(again, { cwd })).stderr, '6 records: again.csv\n');
    const none = await sluice(['jobs', 'ls', '--state', 'failed', ...at], { cwd });
    assert.equal(none.stderr, 'No job is failed.\n');
  });

  it('may be gone when its results are downloaded', async () => {
    const project = join(cwd, 'moved');
    mkdirSync(project);
    writeCollectors(project);
    const at = { cwd: project };
    const args = ['run', './own/pace.ts', '../words.csv', '--opt', 'pages=2', '--json'];
    const run = await sluice(args, at);
    const jobId = String(jsonLines(run.stdout).at(-1)?.jobId);
    const before = await sluice(['jobs', 'download', jobId], at);
    assert.equal(before.stderr, '');
    for (const lose of [
      (path: string) => writeFileSync(path, 'export const name = ;'),
      (path: string) => rmSync(path),
    ]) {
      lose(join(project, 'own', 'pace.ts'));
      const after = await sluice(['jobs', 'download', jobId], at);
      assert.equal(after.code, 0, after.stderr);
      assert.equal(after.stdout, before.stdout);
      assert.match(
        after.stderr,
        /^warning: The collector in .*pace\.ts cannot be used: .* records\.\n$/,
      );
      assert.equal((await sluice(['jobs', 'download', jobId, '-q'], at)).stderr, '');
    }
    for (const name of ['typed.parquet', 'typed.sqlite', 'records.jsonl']) {
      const more = ['--records', '-o', name, '-q'];
      const after = await sluice(['jobs', 'download', jobId, ...more], at);
      assert.deepEqual([after.code, after.stderr], [0, ''], name);
    }
  });

  it('says that there is no space for standard output, without a stack', async () => {
    const said =
      /^error: There is no space left for standard output\.\n.*\n {2}\[output\.full\]\n$/;
    for (const args of ['run ./own/pace.ts words.csv -q --data full', 'collectors ls']) {
      const text = `'${process.execPath}' '${BIN}' ${args} >/dev/full`;
      const ended = await sluice([], { cwd, command: ['sh', '-c', text] });
      assert.equal(ended.code, 1, ended.stderr);
      assert.match(ended.stderr, said);
    }
  });

  it('that throws loses its row alone', async () => {
    const ended = await run('throws.ts');
    assert.equal(ended.code, 3);
    assert.match(ended.stdout, /two,[^\n]*failed,.*two is too much/);
    assert.match(ended.stdout, /three,three,completed/);
  });

  it('that cannot make a plan fails the job: no row is to blame', async () => {
    const threw = await run('throws-planning.ts');
    assert.equal(threw.code, 1, threw.stderr);
    assert.match(threw.stderr, /error: The collector threw: no plan\./);
    const [jobId = ''] = /\bj_\w+/.exec(threw.stderr) ?? [];
    const watch = ['jobs', 'watch', jobId, '--data', 'data-throws-planning.ts'];
    const watched = await sluice([...watch, '--json'], { cwd });
    assert.equal(watched.code, 1);
    const show = await sluice(['jobs', 'show', ...watch.slice(2), '--json'], { cwd });
    const [{ activeMs } = {}] = jsonLines(show.stdout);
    assert.equal(jsonLines(watched.stdout).at(-1)?.durationMs, Math.round(Number(activeMs)));
    const refused = await run('refuses-planning.ts');
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, /error: Too few rows\.\n.*\n {2}\[own\.too_few\]/);
  });

  it('that never answers is left behind after its time', async () => {
    const ended = await run('hangs.ts');
    assert.equal(ended.code, 3, ended.stderr);
    assert.match(ended.stdout, /two,[^\n]*failed,attempt.timeout/);
    assert.match(ended.stdout, /three,three,completed/);
  });

  it('that throws where nobody can catch it ends the run with the way to go on', async () => {
    const ended = await run('throws-late.ts');
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(
      ended.stderr,
      /error: Something was thrown outside of all rows: too late \(at .*late.*\)/,
    );
    assert.match(ended.stderr, /is kept\.\nResume: .*jobs resume j_\w+/);
    assert.doesNotMatch(ended.stderr, /Node\.js v/);
  });

  it('that throws where nobody can catch it says so to whoever wants errors alone', async () => {
    const quiet = await run('throws-late.ts', ['-q', '--data', 'late-quiet']);
    assert.match(quiet.stderr, /^error: Something was thrown outside of all rows: too late/);
    const lines = await run('throws-late.ts', ['--json', '--data', 'late-json']);
    const last = jsonLines(lines.stdout).at(-1) as { error: { code: string } };
    assert.equal(last.error.code, 'collector.stray');
  });

  it('that ends the process is not taken for the end of the job', async () => {
    const ended = await run('exits.ts', ['-o', 'exits.csv']);
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /\[collector.exited\]\n[\s\S]*Resume: .*jobs resume j_\w+/);
  });

  it('needs rows where it has no plan of its own', async () => {
    const none = await sluice(['run', './own/pace.ts', '--data', 'no-rows'], { cwd });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /pace needs an input/);
  });

  it('that leaves rejected promises behind is told so, and ends its rows', async () => {
    const ended = await run('strays.ts');
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /three,three,completed/);
    assert.match(ended.stderr, /a promise that nobody waits for: a stray of its own/);
  });

  it('that yields nonsense fails with what is wrong', async () => {
    const ended = await run('nonsense.ts', ['--retries', '0']);
    assert.equal(ended.code, 3, ended.stderr);
    for (const word of ['one', 'two', 'three']) {
      assert.match(ended.stdout, new RegExp(`${word},[^\\n]*failed,"?\\w+\\.\\w+: `));
    }
  });

  it('that exports none, or cannot be loaded, is refused with the reason', async () => {
    for (const [file, reason] of [
      ['nothing.ts', /exports no collector/],
      ['broken.ts', /cannot be used: line 1: /],
      ['missing-import.ts', /no-such-package/],
      ['wrong-defaults.ts', /defaults\.concurrency/],
      ['wrong-lanes.ts', /its lanes is no function/],
    ] as const) {
      const ended = await run(file);
      assert.equal(ended.code, 2, file);
      assert.match(ended.stderr, reason);
      assert.match(ended.stderr, /\[collector\.invalid\]/);
    }
  });

  it('that holds the thread can be killed, and what was done before is kept', async () => {
    const running = start(
      ['run', './own/spins.ts', 'words.csv', '--data', 'data-spins', '--concurrency', '1'],
      { cwd },
    );
    const jobId = await jobIdOf(running);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    running.child.kill('SIGKILL');
    await running.ended;
    const show = await sluice(['jobs', 'show', jobId, '--json', '--data', 'data-spins'], { cwd });
    assert.equal(show.code, 0, show.stderr);
    const job = JSON.parse(show.stdout) as { state: string };
    assert.equal(job.state, 'running');
    const cancel = await sluice(['jobs', 'cancel', jobId, '--data', 'data-spins'], { cwd });
    assert.equal(cancel.code, 0, cancel.stderr);
  });
});
