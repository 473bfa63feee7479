import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { shellWord } from './shell-word.ts';

it('gives words that a shell takes as they were', () => {
  const words = ['http.404', './my data/x', '*=127.0.0.1:80', "it's $HOME `x`", '', 'a|b', '\\'];
  assert.equal(shellWord('http.404'), 'http.404');
  const line = words.map(shellWord).join(' ');
  const said = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  assert.deepEqual(said.split('\0').slice(0, -1), words);
});
