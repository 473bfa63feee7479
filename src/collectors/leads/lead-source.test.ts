import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LeadSource, listKey, readTarget, targetWords } from './lead-source.ts';

describe('lead source', () => {
  const good: readonly (readonly [LeadSource, string, string, string])[] = [
    ['followers', 'jack', '@jack', 'followers/@jack'],
    ['followers', ' @Jack ', '@Jack', 'followers/@jack'],
    ['following', '12', 'user 12', 'following/12'],
    ['followers', '@12', '@12', 'followers/@12'],
    ['followers', '9007199254740993', 'user 9007199254740993', 'followers/9007199254740993'],
    ['followers', 'https://x.com/jack', '@jack', 'followers/@jack'],
    ['followers', 'https://x.com/jack/followers?x=1', '@jack', 'followers/@jack'],
    ['following', 'twitter.com/jack', '@jack', 'following/@jack'],
    ['list', '1410000000000000001', 'list 1410000000000000001', 'list/1410000000000000001'],
    ['list', 'https://x.com/i/lists/84839422', 'list 84839422', 'list/84839422'],
  ];
  for (const [source, text, words, key] of good) {
    it(`reads ${source} ${text}`, () => {
      const target = readTarget(source, text);
      assert.ok(!('problem' in target), JSON.stringify(target));
      assert.equal(targetWords(target), words);
      assert.equal(listKey(source, target), key);
    });
  }

  const bad: readonly (readonly [LeadSource, string])[] = [
    ['followers', ''],
    ['followers', 'a name with blanks'],
    ['followers', 'longer_than_fifteen'],
    ['followers', '12345678901234567890'],
    ['followers', 'https://example.com/jack'],
    ['list', 'my-list'],
    ['list', 'https://x.com/jack'],
    ['search', '   '],
    ['search', 'x'.repeat(4_097)],
  ];
  for (const [source, text] of bad) {
    it(`refuses ${source} ${text.slice(0, 40)}`, () => {
      assert.ok('problem' in readTarget(source, text));
    });
  }

  it('keeps a query as it is, under a name of bounded length', () => {
    const target = readTarget('search', ' "oat milk" -is:retweet ');
    assert.deepEqual(target, { kind: 'query', query: '"oat milk" -is:retweet' });
    const key = listKey('search', target as Parameters<typeof listKey>[1]);
    assert.match(key, /^search\/[0-9a-f]{32}$/);
  });
});
