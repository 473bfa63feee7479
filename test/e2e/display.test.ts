/** What people see: plain lines for logs, compared with a golden file, and the live block on a pty. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { writeCollectors, writeWords } from './collector-files.ts';
import { BIN, scratch, sluice, start } from './sluice-process.ts';

const GOLDEN = fileURLToPath(new URL('../golden/plain-run.txt', import.meta.url));
const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const COLUMNS = 70;

const directory = scratch();
const cwd = directory.path;

before(() => {
  writeCollectors(cwd);
  const words = Array.from({ length: 30 }, (_, i) => `${i % 10 === 3 ? 'bad' : 'good'}${i}`);
  writeWords(join(cwd, 'words.csv'), words);
});
after(() => directory[Symbol.dispose]());

/** What differs from run to run, made equal. */
function steady(text: string): string {
  return text
    .replaceAll(cwd, 'DIR')
    .replace(/\bj_[a-z0-9]+/g, 'j_ID')
    .replace(/in \d[\d.]* m?s\b/g, 'in TIME')
    .replace(/ per_second=\S+| eta_s=\S+/g, '');
}

describe('plain output', () => {
  it('is the golden file, without a carriage return or a colour', async () => {
    const args = ['run', './own/pace.ts', 'words.csv', '--data', 'plain', '--retries', '0'];
    const { stderr, code } = await sluice([...args, '-o', 'out.csv'], { cwd });
    assert.equal(code, 3);
    assert.doesNotMatch(stderr, /[\r\x1b]/);
    const text = steady(stderr);
    if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, text);
    assert.equal(text, readFileSync(GOLDEN, 'utf8'));
  });

  it('says nothing with --quiet', async () => {
    const args = ['run', './own/pace.ts', 'words.csv', '--data', 'quiet', '-o', 'q.csv', '-q'];
    const ended = await sluice([...args, '--retries', '0'], { cwd });
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [3, '', '']);
  });
});

const noPty = spawnSync('script', ['--version']).status !== 0 && 'there is no `script` here';

describe('the live block', { skip: noPty }, () => {
  /** The command on a terminal of its own; what the terminal is sent comes out on stdout. */
  const onTerminal = (args: string) =>
    start(
      ['-qefc', `stty cols ${COLUMNS} rows 12; ${process.execPath} ${BIN} ${args}`, '/dev/null'],
      {
        cwd,
        stdinOpen: true,
        command: ['script'],
        env: { TERM: 'xterm-256color', NO_COLOR: '' },
      },
    );

  it('moves, fits, ends with a summary and gives the cursor back', async () => {
    const running = onTerminal(
      'run ./own/pace.ts words.csv --data tty -o tty.csv --retries 0 --concurrency 3 --opt ms=100',
    );
    const { code, stdout } = await running.ended;
    assert.equal(code, 3, stdout);
    assert.ok(stdout.includes(HIDE) && stdout.lastIndexOf(SHOW) > stdout.lastIndexOf(HIDE));
    const text = stripVTControlCharacters(stdout);
    const shares = [...text.matchAll(/(\d+) \/ 30/g)].map(([, done]) => Number(done));
    assert.ok(new Set(shares).size >= 3, `seen: ${shares.join(' ')}`);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    for (const line of text.split(/[\r\n]+/)) {
      if (/ \/ 30|Ctrl-C|slots in use/.test(line)) assert.ok(line.length < COLUMNS, line);
    }
    assert.match(text, /Completed in [\d.]+ m?s\. 30 rows: 27 done, 3 failed, 27 records\./);
    assert.match(text, /3 {2}collector\.\w+ {2}/);
    assert.match(text, /Results: tty\.csv\s*$/);
  });

  it('says what the next Ctrl-C does, and how to go on', async () => {
    const running = onTerminal(
      'run ./own/pace.ts words.csv --data int -o int.csv --concurrency 2 --opt ms=1000',
    );
    await running.said(/[1-9] \/ 30/);
    running.child.stdin?.write('\x03');
    const { code, stdout } = await running.ended;
    const text = stripVTControlCharacters(stdout);
    assert.equal(code, 130, text);
    assert.match(text, /Ctrl-C to drain/);
    assert.match(text, /Draining\. Ctrl-C again to stop at once/);
    assert.match(text, /Resume: sluice jobs resume j_\w+ --data int -o int\.csv/);
    assert.ok(stdout.lastIndexOf(SHOW) > stdout.lastIndexOf(HIDE));
  });
});
