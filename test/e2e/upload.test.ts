import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startS3 } from '../../sandbox/s3/start-s3.ts';
import { scratch, sluice, start } from './sluice-process.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'SANDBOX', AWS_SECRET_ACCESS_KEY: 'SANDBOX-SECRET' };

describe('sluice upload', () => {
  it('uploads files at once, tells each, and fails for those that are not there', async (t) => {
    const s3 = await startS3();
    t.after(() => s3.close());
    using directory = scratch();
    const large = randomBytes(18 * 2 ** 20);
    writeFileSync(join(directory.path, 'large.bin'), large);
    writeFileSync(join(directory.path, 'small.txt'), 'small');
    const env = { ...KEYS, AWS_ENDPOINT_URL_S3: s3.url };
    const args = ['upload', 'large.bin', 'small.txt', 'nowhere', '--to', 's3://bucket/p', '--json'];
    const { code, stdout } = await sluice(args, { cwd: directory.path, env });
    const lines = stdout.trim().split('\n');
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(code, 3, stdout);
    const of = (file: string) => told.find((line) => line.file === file);
    assert.deepEqual([of('large.bin')?.sent, of('large.bin')?.size], [3, large.length]);
    assert.equal(of('small.txt')?.type, 'uploaded');
    assert.equal(of('nowhere')?.code, 'files.unreadable');
    const object = s3.truth.find(({ key }) => key === 'p/large.bin');
    assert.equal(object?.sha256, createHash('sha256').update(large).digest('hex'));
    const again = await sluice(['upload', 'large.bin', '--to', 's3://bucket/p'], {
      cwd: directory.path,
      env,
    });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /1 of 1 files, 18\.0 MiB of 18\.0 MiB/);
    assert.equal(s3.stats().asked.UploadPart, 3, 'nothing was sent again');
  });

  it('says what is wrong with the place', async () => {
    using directory = scratch();
    const cwd = directory.path;
    writeFileSync(join(cwd, 'a.txt'), 'a');
    const missing = await sluice(['upload', 'a.txt'], { cwd });
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /--to is missing/);
    const wrong = await sluice(['upload', 'a.txt', '--to', 's3://b'], { cwd, env: KEYS });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /is no name of a bucket.*\n.*--to.*\n.*\[files\.place_invalid\]/);
  });

  it('tells what is wrong with the storage once, and with each file in words', async (t) => {
    const s3 = await startS3();
    t.after(() => s3.close());
    using directory = scratch();
    const cwd = directory.path;
    const env = { ...KEYS, AWS_ENDPOINT_URL_S3: s3.url };
    const files = ['a.txt', 'b.txt'];
    for (const file of files) writeFileSync(join(cwd, file), '');
    mkdirSync(join(cwd, 'folder'));
    const to = ['--to', 's3://bucket'];
    const stranger = { ...env, AWS_SECRET_ACCESS_KEY: 'another' };
    const nobody = { ...env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' };
    for (const [code, at] of [
      ['files.refused', stranger],
      ['files.unreachable', nobody],
    ] as const) {
      const refused = await sluice(['upload', ...files, ...to], { cwd, env: at });
      assert.equal(refused.code, 1, refused.stderr);
      const told = refused.stderr.match(/^error: The storage .*\n {2}.+\n {2}\[(.+)\]$/gm) ?? [];
      assert.equal(told.length, 1, refused.stderr);
      assert.ok(told[0]?.endsWith(`[${code}]`));
    }
    const args = ['upload', 'a.txt', 'folder', 'nowhere', ...to];
    const ended = await sluice(args, { cwd, env });
    assert.equal(ended.code, 3);
    assert.match(
      ended.stderr,
      /folder cannot be uploaded: it is a directory; name the files in it/,
    );
    assert.match(ended.stderr, /nowhere cannot be uploaded: there is no such file\.\n {2}Check/);
    assert.match(ended.stderr, /1 of 3 files, 0 B of 0 B, 2 failed/);
    assert.deepEqual(
      s3.truth.map(({ key, size }) => [key, size]),
      [['a.txt', 0]],
    );
  });

  it('ends at once on Ctrl-C, also while the storage does not answer', async (t) => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      silent.closeAllConnections();
      silent.close();
    });
    using directory = scratch();
    writeFileSync(join(directory.path, 'a.txt'), 'a');
    const { port } = silent.address() as AddressInfo;
    const running = start(['upload', 'a.txt', '--to', 's3://bucket'], {
      cwd: directory.path,
      env: { ...KEYS, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` },
    });
    await running.said(/0 of 1 files/);
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /Stopped\. The same command goes on/);
  });
});
