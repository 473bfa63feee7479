/** `sluice db copy`: a data directory becomes a Postgres, in which its jobs go on. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { usePostgres } from '../fakes/postgres-rig.ts';
import { writeCollectors, writeWords } from './collector-files.ts';
import { jobIdOf, jsonLines, scratch, sluice, start } from './sluice-process.ts';

const WORDS = Array.from({ length: 60 }, (_, i) => `word${i}`);
const EXPECTED = `word,sluice_word,page,status,error\n${WORDS.map(
  (word) => `${word},${word.toUpperCase()},1,completed,\n`,
).join('')}`;

describe('sluice db copy', () => {
  const postgres = usePostgres({ settings: { fsync: 'off' } });
  const directory = scratch();
  const cwd = directory.path;
  before(() => {
    writeCollectors(cwd);
    writeWords(join(cwd, 'words.csv'), WORDS);
    writeWords(join(cwd, 'mixed.csv'), ['good', 'bad1', 'bad2', 'fine']);
  });
  after(() => directory[Symbol.dispose]());

  const here = (args: string, env: Readonly<Record<string, string>> = {}) =>
    sluice(args.split(' '), { cwd, env });
  const pace = ['run', './own/pace.ts', '--data', 'here', '--json'];

  it('has the jobs, their results and inputs, and goes on with what was under way', async () => {
    const failed = await sluice([...pace, 'mixed.csv', '-o', 'mixed.out.csv'], { cwd });
    const [mixed = ''] = /\bj_[a-z0-9]+/.exec(failed.stdout) ?? [];
    const running = start(
      [...pace, 'words.csv', '-o', 'words.out.csv', '--concurrency', '4', '--opt', 'ms=700'],
      { cwd },
    );
    const job = await jobIdOf(running);
    await running.said(/"completed":[1-9]/);
    const url = await postgres.databaseUrl();
    const held = await here(`db copy --data here --to ${url}`);
    assert.match(held.stderr, /store\.in_use/, 'not while it is worked on');
    running.child.kill('SIGINT');
    assert.equal((await running.ended).code, 130);

    const copied = await here(`db copy --data here --to ${url}`);
    assert.equal(copied.code, 0, copied.stderr);
    assert.match(
      copied.stderr,
      /^Copied: 2 jobs with 64 rows, 2 inputs, \d+ settings, 0 kept entries\./m,
    );
    assert.match(copied.stderr, /secret\.key/);
    assert.doesNotMatch(copied.stderr, /p%40ss|p@ss/);
    const again = await here(`db copy --data here --to ${url}`);
    assert.match(again.stderr, /holds 2 jobs[\s\S]*store\.not_empty/);

    // Nothing is taken from where it was.
    rmSync(join(cwd, 'here'), { recursive: true });
    const there = { SLUICE_DATABASE_URL: url };
    const shown = jsonLines((await here('jobs ls --data there --json', there)).stdout);
    assert.deepEqual(shown.map(({ id }) => id).sort(), [mixed, job].sort());
    const args = `jobs download ${mixed} --data there -o again.csv`;
    const downloaded = await here(args, there);
    assert.equal(downloaded.code, 0, downloaded.stderr);
    const file = (name: string) => readFileSync(join(cwd, name), 'utf8');
    assert.equal(file('again.csv'), file('mixed.out.csv'));
    const resumed = await here(`jobs resume ${job} --data there -o resumed.csv --json`, there);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(file('resumed.csv'), EXPECTED);
    const retried = await here(`jobs retry ${mixed} --data there --json`, there);
    assert.equal(jsonLines(retried.stdout).at(-1)?.failed, 2, retried.stderr);
  });

  it('says where there is nothing, or nowhere to copy to', async () => {
    const url = await postgres.databaseUrl();
    assert.match((await here(`db copy --data none --to ${url}`)).stderr, /store\.missing/);
    assert.match((await here('db copy --data none')).stderr, /--to[\s\S]*usage\.invalid/);
    const refused = await here('db copy --data none --to not-a-url');
    assert.match(refused.stderr, /store\.(refused|missing)/);
  });
});
