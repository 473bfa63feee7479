import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readCredentials, storeLogins } from '../../src/engine/credential-list.ts';
import { fileSource } from '../../src/engine/credential-source.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { bookOf } from '../fakes/account-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-credentials-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function read(text: string, name = 'clients.csv') {
  const path = join(directory, name);
  writeFileSync(path, text);
  return readCredentials(fileSource(path, name));
}

const HEAD = 'Campaign,Client,URL,User,Password,Campaign IDs,In-Groups,Time Zone\n';

describe('a list of credentials', () => {
  it('is parted into logins and a list without them', async () => {
    const list = await read(
      `${HEAD}solar,"Nord, Inc",https://d.example/vicidial/,u1,Pa%ss-1,A B,none,Europe/Berlin\n` +
        'solar,Süd,d.example,u2,Pa%ss-2,,,\n',
    );
    assert.deepEqual(list.logins, [
      {
        name: 'solar/Nord, Inc',
        secret: { url: 'https://d.example/vicidial', user: 'u1', password: 'Pa%ss-1' },
      },
      {
        name: 'solar/Süd',
        secret: { url: 'https://d.example/vicidial', user: 'u2', password: 'Pa%ss-2' },
      },
    ]);
    assert.deepEqual([list.clients, list.campaigns], [2, 1]);
    assert.doesNotMatch(list.csv, /Pa%ss|u1|password/i);
    assert.match(
      list.csv,
      /solar,"Nord, Inc",https:\/\/d\.example\/vicidial\/,"solar\/Nord, Inc",A B,none,,Europe\/Berlin/,
    );
  });

  it('may name accounts that are there, and be JSONL', async () => {
    const list = await read(
      '{"campaign":"a","client":"b","account":"main"}\n' +
        '{"campaign":"a","client":"c","url":"https://d.example","user":"u","password":"p"}\n',
      'clients.jsonl',
    );
    assert.deepEqual(
      list.logins.map(({ name }) => name),
      ['a/c'],
    );
    assert.match(list.csv, /^a,b,,main,/m);
  });

  const wrong: readonly (readonly [RegExp, string])[] = [
    [/names no campaign/, ',x,https://d.example,u,p,,,\n'],
    [/names no client/, 'a,,https://d.example,u,p,,,\n'],
    [/slash/, 'a/b,x,https://d.example,u,p,,,\n'],
    [/no address/, 'a,x,ftp://d.example,u,p,,,\n'],
    [/no address/, 'a,x,https://me:p@d.example,u,p,,,\n'],
    [/no url/, 'a,x,,u,p,,,\n'],
    [/no user/, 'a,x,https://d.example,,p,,,\n'],
    [/no password/, 'a,x,https://d.example,u,,,,\n'],
    [/time zone/, 'a,x,https://d.example,u,p,,,Mars\n'],
    [/another login/, 'a,x,https://d.example,u,p,,,\na,x,https://d.example,u,q,,,\n'],
  ];
  for (const [reason, rows] of wrong) {
    it(`refuses a row: ${reason.source}`, async () => {
      await assert.rejects(read(HEAD + rows), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'campaigns.credentials_invalid');
        assert.match(error.message, reason);
        assert.match(error.message, /^Line [23] /);
        return true;
      });
    });
  }

  it('leaves an account alone whose login is the same, set aside or not', async () => {
    const clock = new VirtualClock();
    const book = await bookOf(new MemoryStore(), clock, 't', []);
    const { logins } = await read(`${HEAD}a,x,https://d.example,u,p,,,\n`);
    assert.deepEqual(await storeLogins(book, 't', logins), { added: 1, changed: 0 });
    const [account] = book.list('t');
    book.change(account?.id ?? '', (each) => ({ ...each, state: 'quarantined' }), true);
    await book.flush();
    assert.deepEqual(await storeLogins(book, 't', logins), { added: 0, changed: 0 });
    assert.equal(book.list('t')[0]?.state, 'quarantined');
    const other = await read(`${HEAD}a,x,https://d.example,u,new,,,\n`);
    assert.deepEqual(await storeLogins(book, 't', other.logins), { added: 0, changed: 1 });
    assert.equal(book.list('t')[0]?.state, 'ready');
  });
});
