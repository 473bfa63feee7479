import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { localPath, readPlace } from './media-place.ts';

describe('places', () => {
  for (const [cell, kind] of [
    [' a/b c.wav ', 'path'],
    ['/a/b.wav', 'path'],
    ['file:///a/b%20c.wav', 'path'],
    ['HTTPS://x.example/a.wav', 'url'],
  ] as const) {
    it(`${cell} is a ${kind}`, () => {
      const place = readPlace(cell);
      assert.equal('problem' in place ? place.problem : place.kind, kind);
    });
  }

  for (const cell of ['', '   ', 'ftp://x/y', 's3://b/k', 'http://', 'a\0b', 'x'.repeat(5_000)]) {
    it(`${JSON.stringify(cell.slice(0, 20))} is none`, () => {
      assert.ok('problem' in readPlace(cell));
    });
  }
});

describe('directories that may be read', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  after(() => rmSync(cwd, { recursive: true }));
  mkdirSync(join(cwd, 'open'));
  writeFileSync(join(cwd, 'open/a.txt'), 'a');
  writeFileSync(join(cwd, 'secret.txt'), 's');
  mkdirSync(join(cwd, 'open-not'));
  writeFileSync(join(cwd, 'open-not/b.txt'), 'b');
  symlinkSync(join(cwd, 'secret.txt'), join(cwd, 'open/link.txt'));
  const files = { cwd, any: false, from: ['open'] };
  const codeOf = (path: string, from = files) =>
    localPath(path, from).then(
      () => 'read',
      (error: { code?: string }) => error.code,
    );

  for (const [path, code] of [
    ['a.txt', 'read'],
    ['open/a.txt', 'media.file'],
    ['../secret.txt', 'media.not_allowed'],
    ['link.txt', 'media.not_allowed'],
    ['../open-not/b.txt', 'media.not_allowed'],
    ['/etc/passwd', 'media.not_allowed'],
    ['/etc/not-there', 'media.not_allowed'],
    ['not-there.txt', 'media.file'],
  ] as const) {
    it(`${path}: ${code}`, async () => assert.equal(await codeOf(path), code));
  }

  it('are none by default, and all for the one who started the process', async () => {
    assert.equal(await codeOf('open/a.txt', { ...files, from: [] }), 'media.not_allowed');
    assert.equal(await codeOf('secret.txt', { ...files, any: true }), 'read');
  });
});
