/** Stopping and going on: signals, a second process, the same key twice, a killed process. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeCollectors, writeWords } from './collector-files.ts';
import {
  BIN,
  type Ended,
  jobIdOf,
  jsonLines,
  type Running,
  scratch,
  sluice,
  start,
} from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;
const WORDS = Array.from({ length: 60 }, (_, i) => `word${i}`);
const EXPECTED = `word,sluice_word,page,status,error\n${WORDS.map(
  (word) => `${word},${word.toUpperCase()},1,completed,\n`,
).join('')}`;

before(() => {
  writeCollectors(cwd);
  writeWords(join(cwd, 'words.csv'), WORDS);
  writeWords(join(cwd, 'mixed.csv'), ['good', 'bad1', 'bad2', 'fine']);
});
after(() => directory[Symbol.dispose]());

/** Four rows at a time, each as long as `ms`: long enough to be caught in the middle. */
function slow(data: string, ms: number, more: readonly string[] = []) {
  return start(
    ['run', './own/pace.ts', 'words.csv', '--data', data, '-o', `${data}.csv`, '--json'].concat(
      ['--concurrency', '4', '--opt', `ms=${ms}`],
      more,
    ),
    { cwd },
  );
}

const underWay = /"completed":[1-9]/;

function summary(ended: Ended): Record<string, number | string> {
  return jsonLines(ended.stdout).at(-1) as Record<string, number | string>;
}

async function resumed(data: string, jobId: string): Promise<Ended> {
  const args = ['jobs', 'resume', jobId, '--data', data, '-o', `${data}.csv`, '--json'];
  const ended = await sluice(args, { cwd });
  assert.equal(readFileSync(join(cwd, `${data}.csv`), 'utf8'), EXPECTED);
  return ended;
}

describe('interruption', { concurrency: 3 }, () => {
  it('the first Ctrl-C finishes what runs, and the rest is resumed', async () => {
    const running = slow('drain', 300);
    const jobId = await jobIdOf(running);
    await running.said(underWay);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    const { state, open, completed, failed } = summary(ended);
    assert.equal(state, 'interrupted');
    assert.ok(Number(open) > 0 && Number(completed) >= 4 && failed === 0, ended.stdout);
    const shown = await sluice(['jobs', 'show', jobId, '--data', 'drain', '--json'], { cwd });
    const [{ activeMs } = {}] = jsonLines(shown.stdout);
    assert.ok(Number(activeMs) >= 300, `${activeMs} ms are kept of rows that took 300 ms`);
    assert.equal((await resumed('drain', jobId)).code, 0);
  });

  it('is none where the last rows end while it drains', async () => {
    writeWords(join(cwd, 'four.csv'), WORDS.slice(0, 4));
    const args = ['./own/ends-draining.ts', 'four.csv', '--data', 'drained', '-o', 'drained.csv'];
    const running = start(['run', ...args, '--json'], { cwd });
    await running.said(/all have begun/);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 0, ended.stderr);
    const { state, open, completed, output } = summary(ended);
    assert.deepEqual([state, open, completed, output], ['completed', 0, 4, 'drained.csv']);
    assert.match(readFileSync(join(cwd, 'drained.csv'), 'utf8'), /\nword3,word3,completed,/);
  });

  it('comes later: what is asked about more than jobs is answered while a run works', async () => {
    writeWords(join(cwd, 'asked.csv'), WORDS.slice(0, 4));
    const at = ['--data', 'asked'];
    const running = start(['run', './own/ends-draining.ts', 'asked.csv', ...at], { cwd });
    await running.said(/all have begun/);
    const added = await sluice(['accounts', 'add', 'x', 'me', ...at], {
      cwd,
      stdin: 'secret\n',
    });
    assert.equal(added.code, 0, added.stderr);
    const refused = await sluice(['accounts', 'add', 'x', 'me', ...at], { cwd, stdin: 'x\n' });
    assert.match(refused.stderr, /\[account\.exists\]/);
    const listed = await sluice(['accounts', 'ls', '--json', ...at], { cwd });
    assert.deepEqual(
      jsonLines(listed.stdout).map(({ service, name }) => [service, name]),
      [['x', 'me']],
    );
    const why = `It was locked${' again'.repeat(20)}, and nobody knows the way out of it.`;
    await sluice(['accounts', 'retire', 'me', '--why', why, ...at], { cwd });
    const table = await sluice(['accounts', 'ls', ...at], { cwd });
    assert.match(table.stdout, /ID +REASON\n.* retired /);
    assert.ok(table.stdout.endsWith(`  ${why}\n`), table.stdout);
    assert.equal((await sluice(['schedules', 'ls', ...at], { cwd })).code, 0);
    running.child.kill('SIGINT');
    assert.equal((await running.ended).code, 0);
  });

  it('the second one sends running rows back, which lose no attempt', async () => {
    const running = slow('abort', 700);
    const jobId = await jobIdOf(running);
    await running.said(underWay);
    running.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 100));
    running.child.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 130);
    const show = await sluice(['jobs', 'show', jobId, '--json', '--data', 'abort'], { cwd });
    const job = JSON.parse(show.stdout) as { counters: { failedAttempts: number } };
    assert.equal(job.counters.failedAttempts, 0);
    const args = ['jobs', 'resume', jobId, '--data', 'abort', '--timeout', '300ms', '--json'];
    const late = await sluice(args, { cwd });
    assert.equal(late.code, 124, late.stderr);
    assert.equal(summary(late).state, 'interrupted');
  });

  it('SIGTERM drains within the grace, then stops by itself', async () => {
    const env = { SLUICE_DRAIN_GRACE: '200ms' };
    const running = start(
      ['run', './own/pace.ts', 'words.csv', '--data', 'term', '--opt', 'ms=80000', '--json'],
      { cwd, env },
    );
    await running.said(/"type":"job.planned"/);
    const startedMs = performance.now();
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    assert.equal(ended.code, 143, ended.stderr);
    assert.ok(performance.now() - startedMs < 60_000, 'the rows were waited for');
    assert.equal(summary(ended).open, WORDS.length);
  });

  it('a killed run is resumed to the same result', async () => {
    const running = slow('killed', 250);
    const jobId = await jobIdOf(running);
    await running.said(underWay);
    running.child.kill('SIGKILL');
    await running.ended;
    const list = await sluice(['jobs', 'ls', '--data', 'killed'], { cwd });
    assert.match(list.stdout, new RegExp(`^${jobId} +waiting `, 'm'));
    const show = await sluice(['jobs', 'show', jobId, '--data', 'killed'], { cwd });
    assert.match(show.stdout, /^ {2}No process works on it$/m);
    assert.match(
      show.stdout,
      new RegExp(`^Resume: sluice jobs resume ${jobId} --data killed$`, 'm'),
    );
    const partly = ['jobs', 'download', jobId, '--data', 'killed', '-o', 'partly.csv'];
    assert.match(
      (await sluice(partly, { cwd })).stderr,
      /so far, the job is not done: partly\.csv/,
    );
    const watch = await sluice(['jobs', 'watch', jobId, '--data', 'killed'], { cwd });
    assert.equal(watch.code, 4);
    assert.match(watch.stderr, /No process works on it. Resume: sluice jobs resume/);
    const ended = await resumed('killed', jobId);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(summary(ended).records, WORDS.length);
  });

  it('says how to go on, in words', async () => {
    const running = start(
      ['run', './own/pace.ts', 'words.csv', '--data', 'in words', '-o', 'w.csv'].concat([
        '--opt',
        'ms=300',
        '--resolve',
        '*=127.0.0.1:9',
        '--no-robots',
        '--concurrency',
        '4',
      ]),
      { cwd },
    );
    const jobId = await jobIdOf(running);
    await running.said(/start job=/);
    running.child.kill('SIGINT');
    const { stderr } = await running.ended;
    assert.match(stderr, /Draining/);
    assert.match(stderr, /Results so far: sluice jobs download/);
    const [, command = ''] = /Resume: sluice (.*)\n/.exec(stderr) ?? [];
    const flags = "--data 'in words' --resolve '*=127.0.0.1:9' --no-robots -o w.csv";
    assert.equal(command, `jobs resume ${jobId} ${flags}`);
    const shell = ['sh', '-c', `'${process.execPath}' '${BIN}' ${command}`];
    const ended = await sluice([], { cwd, command: shell });
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(readFileSync(join(cwd, 'w.csv'), 'utf8'), EXPECTED);
  });
});

describe('a second process', { concurrency: 3 }, () => {
  it('lists, watches, downloads, pauses and resumes a job that another one runs', async () => {
    const running = slow('second', 2_500);
    const jobId = await jobIdOf(running);
    await running.said(underWay);
    const at = ['--data', 'second'];
    const list = await sluice(['jobs', 'ls', '--json', ...at], { cwd });
    assert.equal(jsonLines(list.stdout)[0]?.state, 'running');
    const partly = await sluice(['jobs', 'download', jobId, ...at], { cwd });
    assert.equal(partly.code, 0, partly.stderr);
    assert.equal(partly.stdout.split('\n').length, EXPECTED.split('\n').length);
    assert.match(partly.stdout, /word0,WORD0,1,completed/);
    assert.doesNotMatch(partly.stdout, /word59,WORD59/);
    const busy = await sluice(['run', './own/pace.ts', 'words.csv', ...at], { cwd });
    assert.equal(busy.code, 4);
    assert.match(busy.stderr, new RegExp(`in use by process ${running.child.pid}`));
    const watching = start(['jobs', 'watch', jobId, '--json', ...at], { cwd });
    await watching.said(/"type":"start"/);
    const pause = await sluice(['jobs', 'pause', jobId, ...at], { cwd });
    assert.equal(pause.code, 0, pause.stderr);
    assert.match(pause.stderr, /is paused/);
    assert.equal((await running.ended).code, 8);
    const watched = await watching.ended;
    assert.equal(summary(watched).state, 'paused');
    const again = await sluice(['jobs', 'pause', jobId, ...at], { cwd });
    assert.equal(again.code, 4, again.stderr);
    const show = await sluice(['jobs', 'show', jobId, ...at], { cwd });
    assert.match(show.stdout, new RegExp(`^Resume: sluice jobs resume ${jobId} --data `, 'm'));
    const resume = ['jobs', 'resume', jobId, '--timeout', '50ms', '--json', ...at];
    assert.equal((await sluice(resume, { cwd })).code, 124);
  });

  it('follows what it has the owner go on with, and writes the results', async () => {
    const running = slow('asked', 1_000);
    const jobId = await jobIdOf(running);
    await running.said(underWay);
    const resume = ['jobs', 'resume', jobId, '--data', 'asked', '-o', 'asked-2.csv', '--json'];
    for (const flags of [['--host-rate', '5/s'], ['--no-robots'], ['--resolve', '*=127.0.0.1:9']]) {
      const refused = await sluice([...resume, ...flags], { cwd });
      assert.equal(refused.code, 2, refused.stdout);
      assert.match(refused.stdout, new RegExp(`${flags[0]} belongs to the process that works`));
    }
    const ended = await sluice(resume, { cwd });
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(jsonLines(ended.stdout)[0]?.type, 'start');
    const { state, records, output } = summary(ended);
    assert.deepEqual([state, records, output], ['completed', WORDS.length, 'asked-2.csv']);
    assert.equal(readFileSync(join(cwd, 'asked-2.csv'), 'utf8'), EXPECTED);
    assert.equal((await running.ended).code, 0);
  });

  it('says that what it follows goes on, is paused, or left by its owner', async () => {
    const follow = async (data: string, end: (run: Running, jobId: string) => unknown) => {
      const running = slow(data, 2_500);
      const jobId = await jobIdOf(running);
      await running.said(underWay);
      const resume = ['jobs', 'resume', jobId, '--data', data, '-o', `${data}-2.csv`];
      const following = start(resume, { cwd });
      await following.said(/rows left/);
      await end(running, jobId);
      const ended = await following.ended;
      await running.ended;
      return { ...ended, command: `sluice ${resume.join(' ')}\n` };
    };
    const [paused, left] = await Promise.all([
      follow('halted', async (_, id) => {
        const at = [id, '--data', 'halted'];
        const resume = ['jobs', 'resume', ...at, '-o', 'late.csv', '--timeout', '300ms'];
        const late = await sluice(resume, { cwd });
        assert.equal(late.code, 124, late.stderr);
        assert.match(late.stderr, /The job goes on. Watch it: sluice jobs watch/);
        assert.equal(existsSync(join(cwd, 'late.csv')), false);
        await sluice(['jobs', 'pause', ...at], { cwd });
      }),
      follow('left', ({ child }) => child.kill('SIGINT')),
    ]);
    assert.equal(paused.code, 8, paused.stderr);
    assert.ok(paused.stderr.includes(`\nResume: ${paused.command}`), paused.stderr);
    assert.equal(left.code, 4, left.stderr);
    assert.ok(left.stderr.includes(`No process works on it. Resume: ${left.command}`), left.stderr);
    assert.equal(existsSync(join(cwd, 'left-2.csv')), false);
  });

  it('follows rows that it has the owner try again', async () => {
    writeWords(join(cwd, 'some-bad.csv'), ['bad1', 'bad2', ...WORDS.slice(0, 16)]);
    const at = ['--data', 'again'];
    const args = ['./own/pace.ts', 'some-bad.csv', '--retries', '0', '--concurrency', '2'];
    const running = start(['run', ...args, '--opt', 'ms=1500', '--json', ...at], { cwd });
    const jobId = await jobIdOf(running);
    await running.said(/"discarded":2/);
    const retry = ['jobs', 'retry', jobId, '--allow-failed', '2', ...at];
    const again = await sluice(retry, { cwd });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /: 2 rows are tried again\n[\s\S]*18 rows: 16 done, 2 failed/);
    assert.equal(again.stdout.split('\n').length, 20);
    assert.equal((await running.ended).code, 3);
  });

  it('cancels', async () => {
    const running = slow('cancel', 2_500);
    const jobId = await jobIdOf(running);
    await running.said(underWay);
    const cancel = await sluice(['jobs', 'cancel', jobId, '--data', 'cancel'], { cwd });
    assert.equal(cancel.code, 0, cancel.stderr);
    const ended = await running.ended;
    assert.equal(ended.code, 8);
    const { tasks, completed, cancelled, open } = summary(ended) as Record<string, number>;
    assert.equal(open, 0);
    assert.equal((completed as number) + (cancelled as number), tasks);
  });

  it('retries failed rows, all or of one kind, and deletes', async () => {
    const at = ['--data', 'retry'];
    const run = ['run', './own/pace.ts', 'mixed.csv', '--retries', '0', '--json', ...at];
    const first = await sluice(run, { cwd });
    assert.equal(first.code, 3);
    assert.equal((await sluice([...run, '--allow-failed', '50%'], { cwd })).code, 0);
    const jobId = String(summary(first).jobId);
    const retry = await sluice(['jobs', 'retry', jobId, '--json', ...at], { cwd });
    assert.equal(retry.code, 3, retry.stderr);
    assert.equal(summary(retry).failed, 2);
    const none = await sluice(['jobs', 'retry', jobId, '--only', 'x', ...at], { cwd });
    assert.equal(none.code, 2, none.stderr);
    assert.match(none.stderr, /There are: collector.threw.*\n.*usage.unknown/);
    const show = await sluice(['jobs', 'show', jobId, ...at], { cwd });
    const [, only] =
      /jobs retry \S+ --data retry --only (collector.threw)\n/.exec(show.stdout) ?? [];
    const some = await sluice(['jobs', 'retry', jobId, '--only', `${only}`, ...at], { cwd });
    assert.equal(some.code, 3, some.stderr);
    assert.match(some.stderr, /: 2 rows are tried again\n[\s\S]*4 rows: 2 done, 2 failed/);
    assert.equal((await sluice(['jobs', 'rm', jobId, ...at], { cwd })).code, 2);
    assert.equal((await sluice(['jobs', 'rm', jobId, '--yes', ...at], { cwd })).code, 0);
    assert.equal((await sluice(['jobs', 'show', jobId, ...at], { cwd })).code, 4);
  });

  it('the same key again answers with the same job', async () => {
    const args = ['run', './own/pace.ts', 'words.csv', '--data', 'key', '--json'];
    const key = [...args, '--idempotency-key', 'k1'];
    const [first, second] = [await sluice(key, { cwd }), await sluice(key, { cwd })];
    assert.equal(second.code, 0, second.stderr);
    assert.equal(summary(second).jobId, summary(first).jobId);
    assert.equal(summary(second).records, WORDS.length);
    const jobs = await sluice(['jobs', 'ls', '--json', '--data', 'key'], { cwd });
    assert.equal(jsonLines(jobs.stdout).length, 1);
  });

  it('the same key asks for the job as it is, whatever else is asked for', async () => {
    const key = ['words.csv', '--data', 'key-other', '--idempotency-key', 'k2'];
    const first = await sluice(['run', './own/pace.ts', ...key, '-o', 'first.csv'], { cwd });
    assert.equal(first.code, 0, first.stderr);
    const other = ['run', './own/strays.ts', ...key, '-o', 'second.csv'];
    assert.equal((await sluice(other, { cwd })).code, 0);
    const [one, two] = ['first.csv', 'second.csv'].map((name) => readFileSync(join(cwd, name)));
    assert.deepEqual(two, one);
    writeWords(join(cwd, 'later.csv'), ['later', ...WORDS.slice(1)]);
    const later = ['later.csv', ...key.slice(1), '-o', 'third.csv'];
    const third = await sluice(['run', './own/pace.ts', ...later], { cwd });
    assert.match(
      third.stderr,
      /^warning: .*later\.csv is not .* first call with this key, words\.csv: /m,
    );
    const again = await sluice(['run', './own/pace.ts', ...key, '-o', 'fourth.csv'], { cwd });
    assert.doesNotMatch(again.stderr, /first call with this key/);
    const empty = await sluice(['run', './own/pace.ts', 'words.csv', '--idempotency-key', ''], {
      cwd,
    });
    assert.equal(empty.code, 2);
  });

  it('the input is never the output', async () => {
    const text = readFileSync(join(cwd, 'words.csv'), 'utf8');
    symlinkSync('words.csv', join(cwd, 'link.csv'));
    for (const output of ['words.csv', './link.csv']) {
      const args = ['run', './own/pace.ts', 'words.csv', '--data', 'same', '-o', output];
      const ended = await sluice(args, { cwd });
      assert.equal(ended.code, 2, ended.stderr);
      assert.match(ended.stderr, /is the input itself/);
    }
    assert.equal(readFileSync(join(cwd, 'words.csv'), 'utf8'), text);
  });

  it('a reader that goes away ends the command quietly', async () => {
    const run = await sluice(['run', './own/pace.ts', 'words.csv', '--data', 'pipe', '--json'], {
      cwd,
    });
    const jobId = String(summary(run).jobId);
    const running = start(['jobs', 'download', jobId, '--data', 'pipe'], { cwd });
    running.child.stdout?.destroy();
    const ended = await running.ended;
    assert.equal(ended.stderr, '');
  });
});
