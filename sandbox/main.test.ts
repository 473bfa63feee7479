/** The stand-ins as processes of their own: what they print, and that they end when told. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

describe('node sandbox/main.ts', { concurrency: true }, () => {
  it('starts sites, writes their files and ends when stdin closes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    try {
      const child = run(
        'sites',
        '--count',
        '20',
        '--dir',
        directory,
        '--json',
        '--until-stdin-closes',
      );
      const end = ended(child);
      const facts = JSON.parse(await firstLine(child));
      assert.equal(facts.kind, 'sites');
      const rows = (await readFile(facts.truthFile, 'utf8')).trim().split('\n');
      assert.ok(rows.length >= 20);
      const { website } = JSON.parse(rows[1] as string);
      assert.ok((await readFile(facts.csvFile, 'utf8')).includes(website));
      assert.ok(facts.resolveRules.includes(`*.de=127.0.0.1:${facts.port}`));
      const stats = await fetch(`http://127.0.0.1:${facts.port}/__stats`);
      assert.equal(((await stats.json()) as { requests: number }).requests, 0);
      child.stdin?.end();
      assert.equal(await end, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('starts a warehouse, with the key of its account', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    try {
      const child = run(
        'bigquery',
        '--dir',
        directory,
        '--rows',
        '3',
        '--json',
        '--until-stdin-closes',
      );
      const end = ended(child);
      const facts = JSON.parse(await firstLine(child));
      assert.equal(facts.kind, 'bigquery');
      const rows = (await readFile(facts.truthFile, 'utf8')).trim().split('\n');
      assert.equal(rows.length, 3);
      const { token_uri } = JSON.parse(await readFile(facts.keyFile, 'utf8'));
      assert.equal(token_uri, `${facts.url}/token`);
      child.stdin?.end();
      assert.equal(await end, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('starts channels and writes their files', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    try {
      const small = ['--channels', '2', '--posts', '10', '--latency-scale', '0'];
      const child = run('telegram', ...small, '--dir', directory, '--json', '--until-stdin-closes');
      const end = ended(child);
      const facts = JSON.parse(await firstLine(child));
      assert.equal(facts.kind, 'telegram');
      assert.match(await readFile(facts.csvFile, 'utf8'), /^channel,note\n/);
      const [line = ''] = (await readFile(facts.truthFile, 'utf8')).split('\n');
      const page = await fetch(`${facts.url}/s/${JSON.parse(line).channel}`);
      assert.match(await page.text(), /tgme_channel_history/);
      child.stdin?.end();
      assert.equal(await end, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('starts the API of X and writes its files', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    try {
      const words = '--lists 4 --list-size 50 --limits me:1 --faults reset:0 --odd-lists';
      const files = ['--dir', directory, '--json', '--until-stdin-closes'];
      const child = run('x', ...words.split(' '), ...files);
      const end = ended(child);
      const facts = JSON.parse(await firstLine(child));
      assert.equal(facts.kind, 'x');
      assert.match(await readFile(facts.listsFile, 'utf8'), /^id,name,source,target\n/);
      const [line = ''] = (await readFile(facts.truthFile, 'utf8')).split('\n');
      assert.equal(JSON.parse(line).kind, 'list');
      const [, row = ''] = (await readFile(facts.accountsFile, 'utf8')).split('\n');
      const headers = { authorization: `Bearer ${row.split(',')[1]}` };
      const me = await fetch(`${facts.url}/2/users/me`, { headers });
      assert.equal(me.headers.get('x-rate-limit-limit'), '1');
      await me.text();
      child.stdin?.end();
      assert.equal(await end, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('ends on SIGTERM, also with a request in work', async () => {
    const child = run(
      'latency',
      '--law',
      'log-normal',
      '--median-ms',
      '60000',
      '--max-ms',
      '60000',
      '--json',
    );
    const end = ended(child);
    const { url } = JSON.parse(await firstLine(child));
    const call = fetch(`${url}/slow`).catch((error: Error) => error.name);
    child.kill('SIGTERM');
    assert.equal(await end, 0);
    assert.equal(await call, 'TypeError');
  });

  it('refuses what it does not know, with status 2', async () => {
    const wrong = [['farm'], ['pages', '--port', 'x']];
    assert.deepEqual(await Promise.all(wrong.map((args) => ended(run(...args)))), [2, 2]);
  });
});
