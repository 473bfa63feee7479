import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceRow } from '../collector.ts';
import { type ListInput, planLists } from './list-input.ts';

async function plan(rows: readonly Readonly<Record<string, unknown>>[], column?: string) {
  const source = {
    columns: Object.keys(rows[0] ?? {}),
    column,
    async *rows(): AsyncGenerator<SourceRow> {
      for (const [index, fields] of rows.entries()) {
        yield { line: index + 2, cells: Object.values(fields).map(String), fields };
      }
    },
  };
  return Array.fromAsync(planLists(source, 'followers', { tenant: 'acme' }));
}

async function listOf(row: Readonly<Record<string, unknown>>, column?: string): Promise<ListInput> {
  const [seed] = await plan([row], column);
  assert.ok(seed && 'input' in seed, JSON.stringify(seed));
  return seed.input;
}

describe('rows of lead lists', () => {
  it('reads the columns whatever their spelling', async () => {
    const row = {
      ID: '3',
      Name: 'Jack',
      Source: 'Following',
      Target: '@jack',
      'Max leads': '1,000',
    };
    assert.deepEqual(await listOf(row), {
      id: '3',
      name: 'Jack',
      source: 'following',
      target: { kind: 'user', username: 'jack' },
      key: 'following/@jack',
      tenant: 'acme',
      leadsMax: 1_000,
      active: true,
    });
  });

  it('needs no more than a target', async () => {
    const list = await listOf({ value: 'jack' });
    assert.equal(list.name, 'followers of @jack');
    assert.equal(list.leadsMax, undefined);
    assert.equal((await listOf({ who: 'jack' })).key, 'followers/@jack');
    assert.equal((await listOf({ a: 'x y', who: 'jack' }, 'who')).key, 'followers/@jack');
  });

  it('knows rows that are switched off, and 0 for any number of leads', async () => {
    assert.equal((await listOf({ target: 'jack', active: 'No' })).active, false);
    assert.equal((await listOf({ target: 'jack', active: true })).active, true);
    assert.equal((await listOf({ target: 'jack', max_leads: 0 })).leadsMax, undefined);
  });

  it('asks for equal lists once', async () => {
    const seeds = await plan([{ target: 'jack' }, { target: 'https://x.com/JACK' }]);
    const keys = seeds.map((seed) => ('key' in seed ? seed.key : undefined));
    assert.deepEqual(keys, ['followers/@jack', 'followers/@jack']);
  });

  const bad: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ target: '' }, /Line 2 is no list: as a target, there is nothing/],
    [{ target: 'jack', source: 'friends' }, /the source friends is none of followers/],
    [{ target: 'jack', max_leads: 'many' }, /max_leads is a whole number/],
    [{ target: 'jack', active: 'perhaps' }, /active is yes or no, not perhaps/],
    [{ target: 'no name', source: 'followers' }, /neither a user name/],
  ];
  for (const [row, expected] of bad) {
    it(`refuses ${JSON.stringify(row)}`, async () => {
      const [seed] = await plan([row]);
      assert.ok(seed && 'reject' in seed);
      assert.match(seed.reject.message, expected);
      assert.equal(seed.reject.class, 'invalid');
    });
  }
});
