import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startS3 } from '../../sandbox/s3/start-s3.ts';
import { scratch, sluice } from './sluice-process.ts';

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
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /is no name of a bucket/);
  });
});
