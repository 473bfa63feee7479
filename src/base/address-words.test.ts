import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wrongWords } from './address-words.ts';
import { withoutUser } from './without-user.ts';

const wrong = (words: string) =>
  wrongWords(new URLSearchParams(words), ['table', 'key'], new Set(['sslmode']));

describe('the words of an address', () => {
  it('are taken where they are known, once each', () => {
    assert.equal(wrong(''), undefined);
    assert.equal(wrong('table=a&key=b&sslmode=require'), undefined);
    assert.equal(wrong('table=a&table=b'), 'it has ?table= twice');
  });

  it('are refused otherwise, with what was meant', () => {
    assert.equal(wrong('tabel=calls'), 'nobody knows ?tabel=; did you mean ?table=');
    assert.equal(wrong('table=a&sslmod=no'), 'nobody knows ?sslmod=; did you mean ?sslmode=');
    assert.equal(wrong('schema=x'), 'nobody knows ?schema=; it takes ?table= and ?key=');
  });

  it('are told without a login, however it is mistyped', () => {
    assert.equal(withoutUser('postgres://me:p/a@ss@host/db?table=x'), 'postgres://host/db?table=x');
    assert.equal(
      withoutUser('postgres://h/db?password=x1&key=id'),
      'postgres://h/db?password=•••&key=id',
    );
  });
});
