/** The command line against a server, as its users meet it: `--server`, `submit`, the socket. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeCollectors } from './collector-files.ts';
import { jobIdOf, jsonLines, type Running, scratch, sluice, start } from './sluice-process.ts';

const directory = scratch();
const cwd = directory.path;
let server: Running;
let url: string;
let key: string;
/** A website that never answers, but for what it is told of. */
const site = createServer((request, response) => {
  if (request.url === '/hook') response.end();
});
let port: number;

async function serve(at: string): Promise<Running> {
  const own = ['--collector', 'own/pace.ts', '--allow-host', `127.0.0.1:${port}`];
  const args = ['serve', '--port', at, '--json', '--data', 'served', ...own];
  const running = start(args, { cwd });
  const line = (await running.said(/\{"type":"serving".*\}/))[0];
  const told = JSON.parse(line) as { url: string; firstKey?: string };
  url = told.url;
  key ??= told.firstKey as string;
  return running;
}

before(async () => {
  writeCollectors(cwd);
  const word = (i: number) => (i % 10 === 9 ? 'bad' : i === 20 ? 'worse' : 'w') + i;
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${word(i)}`);
  writeFileSync(join(cwd, 'words.csv'), `id,word\n${rows.join('\n')}\n`);
  const many = Array.from({ length: 400 }, (_, i) => `w${i}`);
  writeFileSync(join(cwd, 'many.csv'), `word\n${many.join('\n')}\n`);
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  port = (site.address() as AddressInfo).port;
  writeFileSync(join(cwd, 'silent.txt'), `http://127.0.0.1:${port}/\n`);
  server = await serve('0');
});

after(async () => {
  server.child.kill('SIGKILL');
  await server.ended;
  site.closeAllConnections();
  site.close();
  directory[Symbol.dispose]();
});

const env = () => ({ SLUICE_SERVER: url, SLUICE_TOKEN: key });
/** Against the server, by the environment. */
const there = (...args: string[]) => sluice(args, { cwd, env: env() });
const following = (...args: string[]) => start(args, { cwd, env: env() });
const read = (file: string) => readFileSync(join(cwd, file), 'utf8');

async function submitted(...args: string[]): Promise<string> {
  const ended = await there('submit', 'pace', ...args);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^j_[0-9a-z]+\n$/);
  return ended.stdout.trim();
}

/** The request to the silent site goes out in its own time. */
async function untilLimits() {
  for (;;) {
    const ended = await there('limits', 'ls');
    if (/ {2}1 /.test(ended.stdout)) return ended;
  }
}

describe('--server', () => {
  it('run gives the file that a run here gives, and ends like it', async () => {
    const [here, far] = await Promise.all([
      sluice(['run', './own/pace.ts', 'words.csv', '-o', 'here.csv'], { cwd }),
      there('run', 'pace', 'words.csv', '-o', 'far.csv'),
    ]);
    assert.deepEqual([here.code, far.code], [3, 3], far.stderr);
    assert.equal(read('far.csv'), read('here.csv'));
    assert.match(far.stderr, /40 rows: 35 done, 5 failed[\s\S]*Results: far\.csv/);
    const piped = await there('run', 'pace', 'words.csv', '-q', '--allow-failed', '5');
    assert.equal(piped.code, 0, piped.stderr);
    assert.equal(piped.stdout, read('here.csv'));
    const stdin = read('words.csv');
    const read0 = start(['run', 'pace', '-', '--json'], { cwd, env: env(), stdin });
    const lines = jsonLines((await read0.ended).stdout);
    assert.equal(lines[0]?.type, 'start');
    assert.ok(lines.some(({ type, final }) => type === 'task.failed' && final === true));
    const last = lines.at(-1) as Record<string, unknown>;
    assert.deepEqual([last.type, last.state, last.rows], ['summary', 'completed', 40]);
  });

  it('submit, watch, show, download, retry one group, remove', async () => {
    const id = await submitted('words.csv');
    const watched = await there('jobs', 'watch', id);
    assert.equal(watched.code, 3, watched.stderr);
    const shown = await there('jobs', 'show', id, '--json');
    const [{ failures }] = jsonLines(shown.stdout) as [{ failures: { name: string }[] }];
    assert.equal(failures.length, 2);
    const [{ name: only }] = failures.slice(-1) as [{ name: string }];
    const retried = await there('jobs', 'retry', id, '--only', only, '-o', 'retried.csv');
    assert.equal(retried.code, 3);
    assert.match(retried.stderr, /: 1 of 40 rows left/);
    const named = ['--failed', '--only', only];
    const all = await there('jobs', 'download', id, '--failed', '-o', 'failed.csv');
    assert.equal(all.stderr, 'Failed rows: failed.csv\n');
    assert.match(read('failed.csv'), /^line,code,reason,id,word\n(?:\d+,[^\n]+\n){5}$/);
    const one = await there('jobs', 'download', id, ...named);
    assert.match(one.stdout, /^line,[^\n]+\n22,[^\n]+,20,worse20\n$/);
    // The same file, from the same directory without its server.
    const own = ['--data', 'served'];
    const here = await sluice(['jobs', 'download', id, ...named, ...own], { cwd });
    assert.equal(here.stdout, one.stdout, here.stderr);
    const other = await there('jobs', 'download', id, '--failed', '-o', 'failed.jsonl');
    assert.equal(other.code, 2);
    assert.match(other.stderr, /--failed writes the rows of the input as CSV/);
    const download = await there('jobs', 'download', id, '-o', 'all.jsonl');
    assert.match(download.stderr, /^40 rows with 35 records: all\.jsonl\n$/);
    assert.equal(jsonLines(read('all.jsonl')).length, 40);
    const list = await there('jobs', 'ls', '--state', 'completed');
    assert.match(list.stdout, new RegExp(`^${id} .*words\\.csv`, 'm'));
    assert.equal((await there('jobs', 'rm', id)).code, 2);
    assert.equal((await there('jobs', 'rm', id, '--yes')).code, 0);
    assert.equal((await there('jobs', 'show', id)).code, 4);
  });

  it('says what is wrong with the code and the exit of the same error here', async () => {
    const cases: readonly (readonly [string[], Record<string, string>, number, RegExp])[] = [
      [['jobs', 'show', 'j_none'], {}, 4, /There is no job j_none[\s\S]*\[job\.not_found\]/],
      [['jobs', 'ls'], { SLUICE_TOKEN: 'sk_wrong' }, 5, /\[auth\.invalid\]/],
      [['run', 'pace', 'words.csv'], { SLUICE_TOKEN: '' }, 5, /\[auth\.missing\]/],
      [['jobs', 'ls'], { SLUICE_SERVER: 'http://127.0.0.1:1' }, 6, /\[server\.unreachable\]/],
      [['run', 'pac', 'words.csv'], {}, 2, /Did you mean pace\?[\s\S]*\[collector\.not_found\]/],
      [['run', 'pace', 'words.csv', '-o', './words.csv'], {}, 2, /is the input itself/],
      [['run', 'pace', 'words.csv', '--opt', 'mss=1'], {}, 2, /Did you mean ms\?/],
      [['run', 'contacts', 'many.csv', '-c', 'no'], {}, 2, /\[input\.column_missing\]/],
      [['run', './own/pace.ts', 'words.csv'], {}, 2, /serve --collector \.\/own\/pace\.ts/],
      [['run', 'pace', 'none.csv'], {}, 2, /\[input\.not_found\]/],
      [['run', 'pace', 'words.csv', '--host-rate', '1/s'], {}, 2, /give it to `sluice serve`/],
      [['run', 'pace'], {}, 2, /pace needs an input/],
    ];
    for (const [args, more, code, words] of cases) {
      const ended = await sluice(args, { cwd, env: { ...env(), ...more } });
      assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, words);
    }
  });

  it('Ctrl-C leaves the job alone and says how to come back', async () => {
    const run = following('run', 'pace', 'many.csv', '--opt', 'ms=400', '--concurrency', '4');
    const id = await jobIdOf(run);
    await run.said(/start job=/);
    run.child.kill('SIGINT');
    const ended = await run.ended;
    assert.equal(ended.code, 130);
    assert.match(ended.stderr, /Detached in /);
    assert.match(ended.stderr, new RegExp(`The job goes on. Watch it: sluice jobs watch ${id}`));
    const list = await there('jobs', 'ls', '--state', 'running', '--json');
    assert.deepEqual(
      jsonLines(list.stdout).map((job) => job.id),
      [id],
    );
    const timed = await there('jobs', 'resume', id, '--timeout', '300ms');
    assert.equal(timed.code, 124, timed.stderr);
    const paused = await there('jobs', 'pause', id);
    assert.match(paused.stderr, new RegExp(`Job ${id} is paused`));
    const resumed = following('jobs', 'resume', id, '--cancel-on-interrupt');
    await resumed.said(/start job=/);
    resumed.child.kill('SIGINT');
    assert.equal((await resumed.ended).code, 130);
    assert.match(resumed.output.stderr, /Cancelling the job[\s\S]*Cancelled in /);
  });

  it('follows over a restart of the server', async () => {
    const id = await submitted('many.csv', '--opt', 'ms=25', '--concurrency', '4');
    const watch = following('jobs', 'watch', id, '--json');
    await watch.said(/"completed":[1-9]/);
    server.child.kill('SIGTERM');
    await server.ended;
    const plain = following('jobs', 'watch', id);
    assert.equal((await plain.ended).code, 6, 'one that was never there is not waited for');
    server = await serve(new URL(url).port);
    const ended = await watch.ended;
    assert.equal(ended.code, 0, ended.stderr);
    const summary = jsonLines(ended.stdout).at(-1) as Record<string, unknown>;
    assert.deepEqual([summary.state, summary.records], ['completed', 400]);
  });

  it('lists collectors, limits and schedules', async () => {
    const list = await there('collectors', 'ls');
    assert.match(list.stdout, /^contacts [\s\S]*^pace/m);
    const described = await there('collectors', 'describe', 'pace');
    assert.deepEqual(Object.keys(JSON.parse(described.stdout).options.properties), ['ms', 'pages']);
    const id = await submitted('many.csv', '--opt', 'ms=2000', '--concurrency', '1');
    const inUse = new RegExp(`job ${id}: 1 of 1 slots in use`);
    // The first row begins in its own time.
    while (!inUse.test((await there('limits', 'why', id)).stdout));
    await there('jobs', 'cancel', id);
    const silent = await there('submit', 'contacts', 'silent.txt', '-q');
    const { stdout: limits } = await untilLimits();
    assert.match(limits, new RegExp(`^host +127\\.0\\.0\\.1:${port} +1 `, 'm'));
    await there('jobs', 'cancel', silent.stdout.trim());
    const made = await there(
      ...['schedules', 'create', 'pace', '--cron', '@daily', '--name', 'nightly'],
      ...['--time-zone', 'Europe/Paris', '--jitter', '1m', '--input-of', id, '--opt', 'ms=0'],
    );
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stderr, /^Next: \d{4}-\d\d-\d\d 2[23]:00, /);
    const schedule = made.stdout.trim();
    const run = await there('schedules', 'run', schedule);
    assert.match(run.stdout, /^j_\w+\n$/);
    const history = await there('schedules', 'history', schedule);
    assert.match(history.stdout, /started \(by hand\) +j_\w+ +(?:running|completed)/);
    assert.match((await there('schedules', 'pause', schedule)).stderr, /It is paused/);
    assert.match((await there('schedules', 'ls')).stdout, /nightly +@daily +Europe\/Paris +paused/);
    assert.equal((await there('schedules', 'show', schedule)).code, 0);
    assert.equal((await there('schedules', 'rm', schedule)).code, 0);
    const gone = await there('schedules', 'run', schedule);
    assert.equal(gone.code, 4);
    assert.match(gone.stderr, /schedule\.not_found/);
  });
});

describe('webhooks', () => {
  it('are made, tested, changed and removed', async () => {
    const hook = `http://127.0.0.1:${port}/hook`;
    const made = await there('webhooks', 'create', hook, '--event', 'job.failed');
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^\S{20,}\n$/);
    const id = /Webhook (\S+) tells/.exec(made.stderr)?.[1] as string;
    const ping = await there('webhooks', 'test', id);
    assert.deepEqual([ping.code, ping.stderr], [0, 'Ping delivered: 200.\n']);
    const gone = 'http://127.0.0.1:1/';
    assert.equal((await there('webhooks', 'set', id, '--url', gone, '--disable')).code, 2);
    const disabled = await there('webhooks', 'set', id, '--disable');
    assert.match(disabled.stderr, /is inactive/);
    assert.match((await there('webhooks', 'ls')).stdout, /job\.failed +inactive +http/);
    assert.match((await there('webhooks', 'deliveries', id)).stdout, /ping +— +1 +delivered/);
    assert.equal((await there('webhooks', 'rm', id)).code, 0);
    assert.equal((await there('webhooks', 'test', id)).code, 4);
  });
});

describe('leads of a server', () => {
  it('names the lists that an earlier job still has', async () => {
    assert.equal((await there('leads', 'lists', 'add', 'followers', '@ada')).code, 0);
    // Without an account the job waits.
    const first = await there('leads', 'collect', '--timeout', '1s');
    assert.equal(first.code, 124, first.stderr);
    const id = /\bj_[a-z0-9]+/.exec(first.stderr)?.[0] as string;
    const again = await there('leads', 'collect');
    assert.equal(again.code, 0, again.stderr);
    const line = `^warning: 1 list is still with job ${id}.*jobs show ${id}`;
    assert.match(again.stderr, new RegExp(`${line}.*\\nNo list is due`, 'm'));
    assert.equal((await there('jobs', 'cancel', id)).code, 0);
  });
});

describe('in the data directory of a server', () => {
  const beside = (...args: string[]) => sluice([...args, '--data', 'served'], { cwd });

  it('submit and jobs reach it without an address or a key', async () => {
    const sent = await beside('submit', 'pace', 'words.csv', '--idempotency-key', 'once');
    assert.equal(sent.code, 0, sent.stderr);
    const id = sent.stdout.trim();
    assert.match(sent.stderr, new RegExp(`jobs watch ${id} --data served`));
    const again = await beside('submit', 'pace', 'words.csv', '--idempotency-key', 'once');
    assert.equal(again.stdout.trim(), id);
    assert.match(again.stderr, /The same job as before/);
    assert.doesNotMatch(again.stderr, /warning/);
    const words = read('words.csv');
    writeFileSync(join(cwd, 'later.csv'), words.replace('w1', 'x1'));
    const later = ['pace', 'later.csv', '--idempotency-key', 'once'];
    const warning = /^warning: .*later\.csv.* first call with this key, words\.csv/m;
    assert.match((await beside('submit', ...later)).stderr, warning);
    const [told] = jsonLines((await beside('submit', ...later, '--json')).stdout);
    assert.match(JSON.stringify(told?.warnings), /"other_input"/);
    assert.match((await there('run', ...later, '-o', 'later-out.csv')).stderr, warning);
    assert.equal((await beside('jobs', 'watch', id)).code, 3);
    assert.equal((await beside('jobs', 'rm', id, '--yes')).code, 0);
    const run = await beside('run', './own/pace.ts', 'words.csv');
    assert.equal(run.code, 4);
    assert.match(run.stderr, new RegExp(`with --server ${url}`));
  });

  it('db backup copies it while it works', async () => {
    const { stdout } = await beside('submit', 'pace', 'words.csv', '--opt', 'ms=4000');
    const backup = await beside('db', 'backup', 'copy');
    assert.equal(backup.code, 0, backup.stderr);
    assert.match(backup.stderr, /[1-9]\d* inputs/);
    const twice = await beside('db', 'backup', 'copy');
    assert.match(twice.stderr, /store\.backup_exists/);
    const restored = await sluice(['jobs', 'resume', stdout.trim(), '--data', 'copy', '--json'], {
      cwd,
      env: { SLUICE_COLLECTORS: './own/pace.ts' },
    });
    assert.equal(jsonLines(restored.stdout).at(-1)?.state, 'completed', restored.stderr);
  });

  it('without one, submit says what to do, and schedules are only kept', async () => {
    const nowhere = await sluice(['submit', 'contacts', 'words.csv'], { cwd });
    assert.equal(nowhere.code, 4);
    assert.match(nowhere.stderr, /sluice serve[\s\S]*server\.needed/);
    const args = ['schedules', 'create', 'contacts', '--cron', '@daily', '--data', 'none'];
    const refused = await sluice(args, { cwd });
    assert.match(refused.stderr, /contacts needs an input, .*--input-of/);
    const quick = ['schedules', 'create', 'leads', '--cron', '*/20 * * * * *', '--data', 'none'];
    const made = await sluice(quick, { cwd });
    const ticks = /^Next: \S+ (\S+), \S+ (\S+), \S+ (\S+) UTC\.$/m.exec(made.stderr)?.slice(1);
    const short = ticks?.map((tick) => tick.replace(/^\d\d:\d\d/, '')).toSorted();
    assert.deepEqual(short, ['', ':20', ':40'], made.stderr);
    const preview = await sluice(['schedules', 'preview', '0 7 * * *', '-n', '2'], { cwd });
    assert.match(preview.stdout, /^\d{4}-\d\d-\d\dT07:00:00\.000Z\n.*T07:00:00\.000Z\n$/);
    const wrong = await sluice(['schedules', 'preview', '0 25 * * *'], { cwd });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /schedule\.cron_invalid/);
  });
});
