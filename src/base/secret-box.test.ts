import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SecretBox } from './secret-box.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
after(() => rmSync(directory, { recursive: true, force: true }));

describe('secret box', () => {
  it('opens what it sealed, with a key from a file of its owner alone', () => {
    const file = join(directory, 'secret.key');
    const sealed = new SecretBox({ key: '', file }).seal('swordfish é 🔑');
    assert.equal(new SecretBox({ key: '', file }).open(sealed), 'swordfish é 🔑');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /^[0-9a-f]{64}\n$/);
  });

  it('seals the same text differently every time', () => {
    const box = new SecretBox({ key: 'ab'.repeat(32), file: '' });
    assert.notEqual(box.seal('same'), box.seal('same'));
    assert.equal(box.open(box.seal('')), '');
  });

  it('takes a key as hex or base64, and nothing else', () => {
    const bytes = Buffer.alloc(32, 7);
    const sealed = new SecretBox({ key: bytes.toString('hex'), file: '' }).seal('x');
    assert.equal(new SecretBox({ key: bytes.toString('base64'), file: '' }).open(sealed), 'x');
    for (const key of ['short', 'zz'.repeat(32), Buffer.alloc(31).toString('base64')]) {
      assert.throws(() => new SecretBox({ key, file: '' }).seal('x'), {
        code: 'secret.key_invalid',
      });
    }
  });

  it('refuses what was changed, cut, or sealed under another key', () => {
    const box = new SecretBox({ key: '01'.repeat(32), file: '' });
    const sealed = box.seal('hello');
    const other = new SecretBox({ key: '02'.repeat(32), file: '' });
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const bad of [changed, sealed.slice(0, 20), '', 'v1.', 'plain', sealed.slice(3)]) {
      assert.throws(() => box.open(bad), { code: 'secret.unreadable' }, bad);
    }
    assert.throws(() => other.open(sealed), { code: 'secret.unreadable' });
  });

  it('makes no new key to open what was sealed under a lost one', () => {
    const file = join(directory, 'lost.key');
    const sealed = new SecretBox({ key: '', file }).seal('x');
    const key = readFileSync(file);
    rmSync(file);
    const box = new SecretBox({ key: '', file });
    assert.throws(() => box.open(sealed), { code: 'secret.unreadable' });
    writeFileSync(file, key, { mode: 0o600 });
    assert.equal(box.open(sealed), 'x');
  });

  it('refuses a key file that others may read', () => {
    const file = join(directory, 'open.key');
    new SecretBox({ key: '', file }).seal('x');
    chmodSync(file, 0o644);
    assert.throws(() => new SecretBox({ key: '', file }).seal('x'), {
      code: 'secret.key_invalid',
    });
  });
});
