/** What commands answer: nothing of a start where there is none, and what to do next. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeCollectors, writeWords } from './collector-files.ts';
import { jsonLines, scratch, sluice, start } from './sluice-process.ts';

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

describe('a new tenant', () => {
  it('is told with its limits and the command that makes a key for it', async () => {
    const at = ['--data', 'tenants'];
    const plain = await sluice(['tenants', 'create', 'acme', ...at], { cwd });
    assert.match(plain.stderr, /^Tenant acme is there: weight 1, no limits of its own\.$/m);
    const command = 'sluice keys create NAME --for acme --data tenants';
    assert.match(plain.stderr, new RegExp(`^A key for it: ${command}$`, 'm'));
    const limits = ['--weight', '2', '--concurrency', '5', '--rows-per-day', '1000'];
    const more = [...limits, '--upload-max', '2GiB', ...at];
    const limited = await sluice(['tenants', 'create', 'beta', ...more], { cwd });
    const words = 'weight 2, 5 rows at once, 1,000 rows a day, uploads of 2.0 GiB at most';
    assert.match(limited.stderr, new RegExp(`^Tenant beta is there: ${words}\\.$`, 'm'));
    const set = await sluice(['tenants', 'set', 'beta', '--disable', ...at], { cwd });
    assert.match(set.stderr, /^Tenant beta: weight 2, .* at most, disabled\.\n$/);
    const json = await sluice(['tenants', 'create', 'gamma', '--json', ...at], { cwd });
    assert.deepEqual([jsonLines(json.stdout)[0]?.name, json.stderr], ['gamma', '']);
    const quiet = await sluice(['tenants', 'create', 'delta', '-q', ...at], { cwd });
    assert.equal(quiet.stderr, '');
    const listed = await sluice(['keys', 'create', 'first', '--for', 'acme', ...at], { cwd });
    assert.equal(listed.code, 0, listed.stderr);
  });
});

describe('a data directory that is not there', () => {
  const at = ['--data', 'mistyped'];
  const made = () => existsSync(join(cwd, 'mistyped'));

  it('is not made by doctor, which says whether it could be', async () => {
    const { code, stdout } = await sluice(['doctor', ...at], { cwd });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok +data directory +\S+mistyped is not there yet, and can be made$/m);
    assert.match(stdout, /^ok +disk space +\S+ \S+ free$/m);
    assert.match(stdout, /^ok +database +there is none yet$/m);
    assert.equal(made(), false);
    writeFileSync(join(cwd, 'a-file'), '');
    const beside = await sluice(['doctor', '--data', 'a-file/data'], { cwd });
    assert.equal(beside.code, 1, beside.stdout);
    assert.match(
      beside.stdout,
      /^error +data directory +\S+data is not there, and cannot be made/m,
    );
    const file = await sluice(['doctor', '--data', 'a-file'], { cwd });
    assert.match(file.stdout, /^error +data directory +\S+a-file is no directory/m);
  });

  it('is not made by leads collect, nor by what reads', async () => {
    for (const args of [
      ['leads', 'collect'],
      ['leads', 'lists', 'ls'],
      ['channels', 'ls'],
      ['collections', 'ls'],
      ['limits', 'ls'],
      ['limits', 'why', 'j_none'],
      ['jobs', 'ls'],
      ['jobs', 'show', 'j_none'],
      ['nodes', 'ls'],
      ['report', 'j_none', '-o', 'x.html'],
      ['files', 'manifest', 'j_none'],
    ]) {
      const { stderr } = await sluice([...args, ...at], { cwd });
      assert.equal(made(), false, args.join(' '));
      if (args[1] === 'collect') assert.match(stderr, /store\.missing/);
    }
  });
});

describe('leads collect', () => {
  it('says how lists are added where there is none, here and on a server', async () => {
    const at = ['--data', 'no-lists'];
    const refused = async () => {
      const { code, stderr } = await sluice(['leads', 'collect', ...at], { cwd });
      assert.equal(code, 2, stderr);
      return stderr;
    };
    await sluice(['accounts', 'add', 'x', 'a', '--secret', 'token', ...at], { cwd });
    assert.match(await refused(), /no lead list to collect: none was added\.\n.* lists add follow/);
    await sluice(['leads', 'lists', 'add', 'followers', '@a', ...at], { cwd });
    await sluice(['leads', 'lists', 'set', '1', '--disable', ...at], { cwd });
    const serve = start(['serve', '--port', '0', ...at], { cwd });
    await serve.said(/http:\/\/127\.0\.0\.1:\d+/);
    assert.match(await refused(), /the only one is switched off\.\n.* lists set LIST --enable/);
    serve.child.kill('SIGTERM');
    await serve.ended;
    const empty = await sluice(['leads', 'collect', '--lead-list-id', ',', ...at], { cwd });
    assert.match(empty.stderr, /--lead-list-id takes the number of a list/);
  });
});

describe('a dialler in a private network', () => {
  it('is refused with what allows it, in the summary and when its account is tried', async () => {
    const list = 'campaign,client,url,user,password\nc1,a,http://10.1.2.3/vicidial,u,pass1234\n';
    writeFileSync(join(cwd, 'diallers.csv'), list);
    const at = ['--data', 'diallers'];
    const args = ['campaigns', 'collect', 'diallers.csv', '--single', ...at];
    const cycle = await sluice(args, { cwd });
    assert.equal(cycle.code, 3, cycle.stderr);
    const hint = /allow it by name: --allow-host 10\.1\.2\.3, or the setting allowHosts/;
    assert.match(cycle.stdout, /^c1: 10\.1\.2\.3 is at .* a private address/m);
    assert.match(cycle.stdout, hint);
    const tried = await sluice(['accounts', 'test', 'c1/a', ...at], { cwd });
    assert.match(tried.stderr, hint);
  });
});

describe('what a command says beside its data', () => {
  it('is left out with --quiet, and errors are not', async () => {
    const at = ['--data', 'quiet', '-q'];
    const talk = async (...words: string[]) => {
      const { code, stdout, stderr } = await sluice([...words, ...at], { cwd });
      assert.deepEqual([code, stderr], [0, ''], words.join(' '));
      return stdout.trim();
    };
    await talk('keys', 'create', 'first');
    await talk('webhooks', 'create', 'https://example.com/hook');
    await talk('accounts', 'add', 'x', 'one', '--secret', 'token-of-one');
    await talk('accounts', 'rest', 'one');
    await talk('accounts', 'rm', 'one');
    const id = await talk('leads', 'schedule', '--every', '20m');
    await talk('schedules', 'pause', id);
    await talk('schedules', 'rm', id);
    await talk('schedules', 'ls');
    const gone = await sluice(['schedules', 'rm', id, ...at], { cwd });
    assert.match(gone.stderr, /schedule\.not_found/);
  });

  it('counts one thing as one', async () => {
    writeWords(join(cwd, 'one.csv'), ['one']);
    const at = ['--data', 'one'];
    const run = await sluice(['run', './own/pace.ts', 'one.csv', '--json', ...at], { cwd });
    const id = String(jsonLines(run.stdout)[0]?.jobId);
    const download = await sluice(['jobs', 'download', id, '-o', 'one-out.csv', ...at], { cwd });
    assert.match(download.stderr, /^1 row with \d+ records?: one-out\.csv\n$/);
    const backup = await sluice(['db', 'backup', 'one-backup', ...at], { cwd });
    assert.match(backup.stderr, /, 1 input\.\n$/);
    const gone = await sluice(['jobs', 'rm', id, ...at], { cwd });
    assert.match(gone.stderr, /with 1 row and /);
  });

  it('ends each sentence once', async () => {
    const at = ['--data', 'sentences'];
    await sluice(['accounts', 'add', 'x', 'one', '--secret', 'token-of-one', ...at], { cwd });
    const rest = await sluice(['accounts', 'rest', 'one', ...at], { cwd });
    assert.match(rest.stderr, /: Somebody asked for it\.\n$/);
    const retired = await sluice(['accounts', 'retire', 'one', ...at], { cwd });
    assert.equal(retired.stderr, 'Account one of x: retired.\n');
  });
});
