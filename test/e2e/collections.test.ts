/** What is kept across jobs, from the command line: here, and over a server. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { jsonLines, type Running, scratch, sluice, start } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;

/** Each word stands for two people; one of them is in every list. */
const COLLECTOR = `
export const name = 'people';
export const defaults = { output: 'record' };
export async function* collect({ value }, ctx) {
  const people = ['ada', value];
  const known = await ctx.kept.get('people', people);
  yield {
    records: people.map((id) => ({ id, known: known.has(id) })),
    keep: [
      ...people.map((key, record) => (
        { collection: 'people', key, value: { word: value }, op: 'first', record }
      )),
      { collection: 'lists', key: 'last', value, op: 'put' },
    ],
    done: true,
  };
}`;

before(() => {
  mkdirSync(join(cwd, 'own'));
  writeFileSync(join(cwd, 'own', 'people.ts'), COLLECTOR);
  writeFileSync(join(cwd, 'one.txt'), 'bob\neve\n');
  writeFileSync(join(cwd, 'two.txt'), 'eve\nmax\n');
});
after(() => directory[Symbol.dispose]());

const here = async (...args: string[]) => {
  const ended = await sluice([...args, '--data', 'here'], { cwd });
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
};

async function collected(list: string): Promise<unknown[]> {
  const more = ['--format', 'jsonl', '--records', '-q', '--concurrency', '1'];
  return jsonLines((await here('run', './own/people.ts', list, ...more)).stdout);
}

describe('collections', () => {
  it('are empty before anything is kept', async () => {
    const none = await here('collections', 'ls');
    assert.deepEqual([none.stdout, none.stderr], ['', 'There are none.\n']);
  });

  it('bring each entry once over several runs, and are looked at', async () => {
    const ids = (records: unknown[]) => (records as { id: string }[]).map(({ id }) => id).sort();
    assert.deepEqual(ids(await collected('one.txt')), ['ada', 'bob', 'eve']);
    assert.deepEqual(await collected('two.txt'), [{ id: 'max', known: false }]);
    const sizes = jsonLines((await here('collections', 'ls', '--json')).stdout);
    assert.deepEqual(sizes, [
      { name: 'lists', entries: 1 },
      { name: 'people', entries: 4 },
    ]);
    const shown = await here('collections', 'show', 'people', '--prefix', 'e');
    assert.match(shown.stdout, /^KEY +VALUE[^\n]*\neve +\{"word":"eve"\} /);
    const few = jsonLines(
      (await here('collections', 'show', 'people', '-n', '2', '--json')).stdout,
    );
    assert.deepEqual(
      few.map(({ key, revision }) => [key, revision]),
      [
        ['ada', 1],
        ['bob', 1],
      ],
    );
  });

  it('are exported, whole or in part', async () => {
    const [written, recent] = await Promise.all([
      here('collections', 'export', 'people', '-o', 'people.csv'),
      here('collections', 'export', 'people', '--changed-since', '1h'),
      here('collections', 'export', 'people', '--out', 'people.parquet'),
    ]);
    assert.match(written.stderr, /^4 entries of people: people\.csv$/m);
    const lines = readFileSync(join(cwd, 'people.csv'), 'utf8').trimEnd().split('\n');
    assert.equal(lines[0], 'key,first,changed,word');
    assert.match(lines[1] ?? '', /^ada,\d{4}-[^,]+Z,\d{4}-[^,]+Z,bob$/);
    assert.equal(lines.length, 5);
    assert.equal(jsonLines(recent.stdout).length, 4);
    assert.equal(readFileSync(join(cwd, 'people.parquet')).subarray(0, 4).toString(), 'PAR1');
  });

  it('say what cannot be done', async () => {
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ['show none', 4, /There is no collection none\.[\s\S]*collection\.not_found/],
      ['show people --changed-since soon', 2, /--changed-since takes a day/],
      ['export people -o people.xyz', 2, /output\.format_unknown/],
    ];
    const check = async ([words, code, message]: (typeof cases)[number]) => {
      const args = ['collections', ...words.split(' '), '--data', 'here'];
      const ended = await sluice(args, { cwd });
      assert.equal(ended.code, code, `${words}: ${ended.stderr}`);
      assert.match(ended.stderr, message);
    };
    await Promise.all(cases.map(check));
  });

  it('are delivered: a row a key, as it is now, however often', async () => {
    const rows = async (file: string) => {
      const instance = await DuckDBInstance.create(join(cwd, file), { access_mode: 'READ_ONLY' });
      const connection = await instance.connect();
      const sql = 'SELECT key, word, sluice_id FROM people ORDER BY key';
      const found = (await connection.runAndReadAll(sql)).getRows();
      connection.closeSync();
      instance.closeSync();
      return found;
    };
    const people = ['ada', 'bob', 'eve', 'max'].map((key) => [
      key,
      key === 'ada' ? 'bob' : key,
      `people.${key}`,
    ]);
    const deliver = ['collections', 'export', 'people', '--deliver', 'duckdb:kept.duckdb'];
    const some = await here(...deliver, '--prefix', 'a');
    assert.match(some.stderr, /^Delivered: 1 entry of people in duckdb:/);
    assert.deepEqual(await rows('kept.duckdb'), people.slice(0, 1));
    const named = { SLUICE_DESTINATIONS: 'lake=duckdb:other.duckdb#people' };
    for (let i = 0; i < 2; i += 1) {
      const args = [...deliver, '--deliver', 'lake', '--data', 'here'];
      const ended = await sluice(args, { cwd, env: named });
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(await rows('kept.duckdb'), people);
      assert.deepEqual(await rows('other.duckdb'), people);
    }
    const refused = async (...args: string[]) => {
      const ended = await sluice([...args, '--data', 'here'], { cwd });
      assert.equal(ended.code, 2, ended.stderr);
      return ended.stderr;
    };
    const parquet = ['collections', 'export', 'people', '--deliver', 'parquet:lake'];
    assert.match(await refused(...parquet), /rows have no keys.*sink\.invalid/s);
    assert.match(await refused(...deliver, '-o', 'a.csv'), /--deliver takes none of --output/);
  });

  it('are the same over a server', async () => {
    const server: Running = start(['serve', '--port', '0', '--json', '--data', 'here'], { cwd });
    const told = JSON.parse((await server.said(/\{"type":"serving".*\}/))[0]);
    const env = { SLUICE_SERVER: told.url as string, SLUICE_TOKEN: told.firstKey as string };
    const there = async (...args: string[]) => {
      const ended = await sluice(['collections', ...args], { cwd, env });
      assert.equal(ended.code, 0, ended.stderr);
      return ended.stdout;
    };
    const [sizes, entries] = await Promise.all([
      there('ls', '--json'),
      there('show', 'people', '-n', '3', '--json'),
      there('export', 'people', '-o', 'there.csv'),
      there('export', 'people', '--deliver', 'duckdb:there.duckdb'),
    ]);
    assert.equal(jsonLines(sizes).length, 2);
    assert.deepEqual(
      jsonLines(entries).map(({ key }) => key),
      ['ada', 'bob', 'eve'],
    );
    const [mine, theirs] = ['people.csv', 'there.csv'].map((file) =>
      readFileSync(join(cwd, file), 'utf8'),
    );
    assert.equal(theirs, mine);
    server.child.kill('SIGTERM');
    assert.equal((await server.ended).code, 0);
  });
});
