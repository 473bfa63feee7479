/** Which of the flags that commands share is listed where: none that does nothing for its command. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runProgram } from './program.ts';
import type { Io } from './workbench.ts';

const BASICS = ['--config', '--json', '--quiet', '--verbose'];
const SERVER = ['--data', '--tenant', '--server', '--token'];
const DISPLAY = ['--progress', '--color'];
const SHARED = [...BASICS, ...SERVER, ...DISPLAY];

/** Commands that ask no server, with those of SERVER that they take all the same. */
const HERE: Readonly<Record<string, readonly string[]>> = {
  serve: ['--data', '--tenant'],
  worker: ['--data'],
  doctor: ['--data'],
  'db backup': ['--data'],
  'db copy': ['--data'],
  'bench here': ['--data'],
  upload: [],
  demo: [],
  completion: [],
};
const SHOWS_WORK = /^(run|demo|jobs (watch|resume|retry)|(campaigns|leads|channels) collect)$/;
/** Their output has a format of its own. */
const ERRORS_AS_JSON = /^(report|files manifest|jobs download|collections export)$/;

describe('flags that commands share', () => {
  it('are listed where they do something', async () => {
    const commands = await leaves([]);
    assert.ok(commands.size > 60, `${commands.size}`);
    for (const [name, help] of commands) {
      const listed = SHARED.filter((flag) => new RegExp(`^ .*${flag}\\b`, 'm').test(help));
      const basics = name === 'completion' ? [] : BASICS;
      const here = name.startsWith('sandbox ') ? [] : HERE[name];
      const display = SHOWS_WORK.test(name) ? DISPLAY : [];
      assert.deepEqual(listed, [...basics, ...(here ?? SERVER), ...display], name);
      assert.equal(/errors as NDJSON/.test(help), ERRORS_AS_JSON.test(name), name);
    }
  });
});

/** The help of each command that has none below it. */
async function leaves(path: readonly string[]): Promise<Map<string, string>> {
  let help = '';
  const stream = { write: (text: string) => (help += text) };
  const io = { stdin: process.stdin, stdout: stream, stderr: stream, env: {}, cwd: '/' };
  const open = () => Promise.reject(new Error('help opened a data directory'));
  await runProgram([...path, '--help'], io as unknown as Io, { open, prepareEngine: open });
  const [, below] = help.split(/^Commands:$/m);
  if (below === undefined) return new Map([[path.join(' '), help]]);
  const found = new Map<string, string>();
  for (const [, name = ''] of below.matchAll(/^ {2}([a-z]\S*)/gm)) {
    if (name === 'help') continue;
    for (const [each, text] of await leaves([...path, name])) found.set(each, text);
  }
  return found;
}
