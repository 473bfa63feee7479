/** The parts that need no server: ids and names read back, tokens, lists, files. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { idOfList, indexOfList } from './list-ids.ts';
import { MemberList } from './member-list.ts';
import { pageToken, readPageToken } from './page-token.ts';
import { startX } from './start-x.ts';
import { idOfUser, indexOfUserId, indexOfUsername, madeMs, usernameOf } from './user-names.ts';

describe('ids and names', () => {
  for (const users of [100, 20_000, 10_000_000]) {
    it(`are read back, each of one user of ${users}`, () => {
      const ids = new Set<string>();
      const step = Math.max(1, Math.floor(users / 5_000));
      for (let index = 0; index < users; index += step) {
        const id = idOfUser(3, users, index);
        ids.add(id);
        assert.equal(indexOfUserId(3, users, id), index);
        const name = usernameOf(3, index);
        assert.match(name, /^[A-Za-z0-9_]{1,15}$/);
        assert.equal(indexOfUsername(3, users, name.toUpperCase()), index);
        assert.ok(madeMs(users, index) < Date.UTC(2026, 0, 2));
      }
      assert.equal(ids.size, Math.ceil(users / step));
    });
  }

  it('that nobody has are nobody’s', () => {
    for (const id of ['0', '1', '12345678', '9999999999999999999', '9007199254740993']) {
      assert.equal(indexOfUserId(3, 1_000, id), -1, id);
    }
    for (const name of ['', 'quill', 'quill1000', '7']) {
      assert.equal(indexOfUsername(3, 1_000, name), -1, name);
    }
    assert.equal(indexOfList(3, idOfList(3, 5)), 5);
    assert.equal(indexOfList(3, '1410000000000000001'), -1);
  });
});

describe('page tokens', () => {
  it('are read back by their owner only, and differ all over', () => {
    const tokens = new Set<string>();
    for (const key of [-10_000_000, -101, -100, -1, 0, 7, 1_000_000]) {
      for (const back of [false, true]) {
        for (const afterEmpty of [false, true]) {
          const place = { key, back, afterEmpty };
          const token = pageToken(9, 'followers 1', place);
          tokens.add(token);
          assert.match(token, /^[0-9a-v]{26}$/);
          assert.deepEqual(readPageToken(9, 'followers 1', token), place);
          assert.equal(readPageToken(9, 'followers 2', token), undefined);
          assert.equal(readPageToken(8, 'followers 1', token), undefined);
        }
      }
    }
    assert.equal(tokens.size, 28);
    assert.equal(readPageToken(9, 'followers 1', 'z'.repeat(26)), undefined);
  });
});

describe('a list of members', () => {
  const make = (size: number, users: number, posts = false) =>
    new MemberList({
      seed: 4,
      name: 'test',
      size,
      users,
      posts,
      shortPages: 0.4,
      emptyPages: 0.2,
      hidden: (index) => index % 10 === 3,
    });

  it('holds nobody twice, whatever comes, and all but the hidden', () => {
    for (const [size, users] of [
      [0, 100],
      [99, 100],
      [500, 1_000],
      [500, 1_024],
    ] as const) {
      const list = make(size, users);
      list.arrive(users);
      const all = [...list.all()];
      assert.equal(new Set(all).size, all.length);
      assert.equal(all.length, users - Math.ceil((users - 3) / 10));
      assert.equal(list.leave(users * 2).length, users);
      assert.deepEqual([...list.all()], []);
      assert.equal(list.count, 0);
    }
  });

  it('is the same by pages of any size, forth and back', () => {
    for (const posts of [false, true]) {
      for (const count of [1, 7, 100]) {
        const list = make(300, 1_000, posts);
        list.leave(20);
        const forth: number[] = [];
        let place = list.page(count, undefined).next;
        forth.push(...list.page(count, undefined).members.map(({ key }) => key));
        while (place) {
          const page = list.page(count, place);
          forth.push(...page.members.map(({ key }) => key));
          if (page.previous) {
            const { members } = list.page(count, page.previous);
            assert.ok(members.every(({ key }) => key >= (page.previous?.key ?? 0)));
          }
          place = page.next;
        }
        assert.deepEqual(
          forth,
          forth.toSorted((a, b) => b - a),
        );
        const indexes = [...new Set(forth.map((key) => list.indexAt(key)))];
        assert.deepEqual(indexes, [...list.all()]);
      }
    }
  });
});

describe('the files', () => {
  it('name accounts, lists and truth, the same for a seed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'x-'));
    try {
      const options = { directory, lists: 5, listSize: 30, oddLists: true, seed: 8, epochMs: 0 };
      const texts: string[][] = [];
      for (let run = 0; run < 2; run += 1) {
        const x = await startX({ ...options, targetForms: 'mixed' });
        const { accountsFile, listsFile, truthFile } = x.files!;
        const files = [accountsFile, listsFile, truthFile];
        texts.push(await Promise.all(files.map((file) => readFile(file, 'utf8'))));
        await x.close();
      }
      assert.deepEqual(texts[0], texts[1]);
      const [accounts = '', lists = '', truth = ''] = texts[0]!;
      assert.match(accounts, /^name,token,scopes\naccount-1,[\w-]{91},tweet\.read users\.read/);
      assert.match(lists, /^id,name,source,target\n1,.+,followers,.+\n2,.+,list,\d+\n/);
      assert.equal(lists.trim().split('\n').length, 1 + 5 + 4);
      const lines = truth
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const sources = lines.filter((line) => line.kind === 'list');
      assert.equal(sources.length, 9);
      const leads = new Set(lines.filter((line) => line.kind === 'lead').map((line) => line.id));
      const ids = new Set(sources.flatMap((line) => line.ids));
      assert.deepEqual(leads, ids);
      assert.deepEqual(sources.map((line) => line.problem).filter(Boolean), [
        'not-found',
        'suspended',
        'protected',
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('are refused for options out of bounds', async () => {
    for (const options of [{ users: 5 }, { accounts: 0 }, { users: 200, listSize: 500 }]) {
      await assert.rejects(startX(options), RangeError);
    }
  });
});
