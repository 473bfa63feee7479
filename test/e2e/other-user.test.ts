/** What a user sees who may read a data directory and not write to it. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS, migrate } from '../../src/store/sqlite/migrations.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { spec } from '../conformance/store-fixtures.ts';
import { writeCollectors, writeWords } from './collector-files.ts';
import { jobIdOf, jsonLines, scratch, sluice, start } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;
/** Root may write everywhere; of others the permissions are enough. */
const isRoot = process.getuid?.() === 0;
const uid = isRoot ? 65_534 : undefined;
let reads = true;

before(async () => {
  writeCollectors(cwd);
  writeWords(join(cwd, 'words.csv'), ['one', 'two', 'three']);
  chmodSync(cwd, 0o755);
  // A checkout may lie where nobody else gets.
  reads = (await sluice(['collectors', 'ls'], { cwd: '/', uid })).code === 0;
});
after(() => {
  for (const name of readdirSync(cwd)) allow(join(cwd, name), 0o700);
  directory[Symbol.dispose]();
});

/** Sets who may do what with a directory, and lets everyone read what is in it. */
function allow(path: string, mode: number): void {
  if (!statSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path, { recursive: true })) {
    const each = join(path, String(name));
    chmodSync(each, statSync(each).isDirectory() ? 0o755 : 0o444);
  }
  chmodSync(path, mode);
}

async function madeJob(data: string): Promise<string> {
  const run = ['run', './own/pace.ts', 'words.csv', '--data', data, '--json'];
  const ended = await sluice(run, { cwd });
  assert.equal(ended.code, 0, ended.stderr);
  return String(jsonLines(ended.stdout).at(-1)?.jobId);
}

async function refused(data: string, missing: RegExp): Promise<void> {
  for (const args of [
    ['jobs', 'ls'],
    ['jobs', 'show', 'j_1'],
  ]) {
    const ended = await sluice([...args, '--data', data], { cwd, uid });
    assert.equal(ended.code, 1, ended.stdout + ended.stderr);
    assert.match(ended.stderr, missing);
    assert.match(ended.stderr, /its owner.*\n {2}\[store\.unreadable\]\n$/);
  }
}

function skipped(test: TestContext): boolean {
  if (!reads) test.skip('another user cannot run this checkout');
  return !reads;
}

describe('a user who may only read', () => {
  it('reads a directory that nobody works in, and leaves it as it was', async (test) => {
    if (skipped(test)) return;
    const jobId = await madeJob('rests');
    const data = join(cwd, 'rests');
    allow(data, 0o555);
    const names = readdirSync(data);
    const of = (args: readonly string[]) =>
      sluice([...args, '--data', 'rests'], { cwd, uid }).then((ended) => {
        assert.equal(ended.code, 0, ended.stderr);
        return ended.stdout;
      });
    const listed = jsonLines(await of(['jobs', 'ls', '--json']));
    assert.deepEqual(
      listed.map(({ id }) => id),
      [jobId],
    );
    assert.match(await of(['jobs', 'show', jobId]), /rows 3, done 3/);
    assert.match(await of(['jobs', 'show', jobId, '--task', '1']), /"word":"two"/);
    assert.match(await of(['jobs', 'download', jobId]), /\nthree,THREE,1,completed,\n$/);
    assert.deepEqual(readdirSync(data), names);
    const removed = await sluice(['jobs', 'rm', jobId, '--yes', '--data', 'rests'], { cwd, uid });
    assert.match(removed.stderr, /\[store\.unwritable\]/);
  });

  it('lists what is kept beside jobs, and leaves it as it was', async (test) => {
    if (skipped(test)) return;
    const at = ['--data', 'kept'];
    const made = async (args: readonly string[], stdin = '') => {
      const ended = await sluice([...args, ...at], { cwd, stdin });
      assert.equal(ended.code, 0, ended.stderr);
      return ended.stdout.trim();
    };
    await made(['keys', 'create', 'mine']);
    await made(['tenants', 'create', 'acme']);
    await made(['accounts', 'add', 'x', 'first'], '{"token":"t"}');
    const webhook = await made(['webhooks', 'create', 'https://example.com/', '--json']);
    const { id } = JSON.parse(webhook) as { id: string };
    await made(['leads', 'lists', 'add', 'followers', '@somebody']);
    const data = join(cwd, 'kept');
    allow(data, 0o555);
    const names = readdirSync(data);
    const lists: readonly (readonly [args: string, shown: RegExp])[] = [
      ['keys ls', /\(server\) +mine/],
      ['tenants ls', /acme +1/],
      ['accounts ls', /x +first +ready/],
      ['webhooks ls', /active +https:/],
      ['leads lists ls', /1 +followers of @somebody/],
      ['leads lists show 1', /followers of @somebody/],
      [`webhooks deliveries ${id}`, /^$/],
      ['schedules ls', /^$/],
    ];
    for (const [args, shown] of lists) {
      const ended = await sluice([...args.split(' '), ...at], { cwd, uid });
      assert.equal(ended.code, 0, ended.stderr);
      assert.match(ended.stdout, shown, args);
    }
    assert.deepEqual(readdirSync(data), names);
    const added = await sluice(['tenants', 'create', 'other', ...at], { cwd, uid });
    assert.match(added.stderr, /\[store\.unwritable\]/);
  });

  it('reads beside the process that works there', async (test) => {
    if (!isRoot) return test.skip('this takes two users');
    if (skipped(test)) return;
    await madeJob('beside');
    allow(join(cwd, 'beside'), 0o755);
    const run = ['run', './own/pace.ts', 'words.csv', '--data', 'beside', '--opt', 'ms=600000'];
    const running = start(run, { cwd });
    try {
      const jobId = await jobIdOf(running);
      const at = ['--data', 'beside'];
      const show = await sluice(['jobs', 'show', jobId, '--json', ...at], { cwd, uid });
      assert.equal(jsonLines(show.stdout)[0]?.state, 'running', show.stderr);
      const watching = start(['jobs', 'watch', jobId, '--progress', 'plain', ...at], { cwd, uid });
      await watching.said(/start job=/);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      watching.child.kill('SIGINT');
      const watched = await watching.ended;
      assert.equal(watched.code, 130, watched.stderr);
      assert.doesNotMatch(watched.stderr, /No process works/);
    } finally {
      running.child.kill('SIGKILL');
      await running.ended;
    }
  });

  it('is told which permission is missing', async (test) => {
    if (skipped(test)) return;
    const path = join(cwd, 'open');
    const owner = await openSqliteStore({ path, mode: 'owner' });
    await owner.createJob(spec('j_1'));
    cpSync(path, join(cwd, 'killed'), { recursive: true });
    cpSync(path, join(cwd, 'closed-log'), { recursive: true });
    await owner.close();
    allow(path, 0o755);
    chmodSync(join(path, 'sluice.db'), 0o200);
    await refused('open', /permission to read sluice\.db\./);
    chmodSync(path, 0o600);
    await refused('open', /permission to enter it\./);
    allow(join(cwd, 'closed-log'), 0o555);
    chmodSync(join(cwd, 'closed-log', 'sluice.db-wal'), 0o200);
    await refused('closed-log', /permission to read sluice\.db-wal, where/);
    rmSync(join(cwd, 'killed', 'sluice.db-shm'));
    allow(join(cwd, 'killed'), 0o555);
    await refused('killed', /permission to write in it/);
    mkdirSync(join(cwd, 'older'));
    const older = new Database(join(cwd, 'older', 'sluice.db'));
    migrate(older, MIGRATIONS.slice(0, 1));
    older.close();
    allow(join(cwd, 'older'), 0o555);
    await refused('older', /of an older Sluice/);
  });
});
