import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Failure, fingerprint } from './failure.ts';

const failure = (message: string, code = 'fetch.reset'): Failure => ({
  class: 'transient',
  code,
  message,
});

describe('fingerprint', () => {
  it('is the same for what differs from row to row only', () => {
    const pairs: [string, string][] = [
      ['a.example closed after 12 ms.', 'b-2.example.org closed after 3,400 ms.'],
      ['No page at https://x.test/a?b=1 today', 'No page at http://y.test today'],
      ['Row "foo" is bad', 'Row "bar baz" is bad'],
      ['Token deadbeef01 expired', 'Token 0123456789abcdef expired'],
      ['münchen.de is away', 'köln.de is away'],
    ];
    for (const [one, other] of pairs) {
      assert.equal(fingerprint(failure(one)), fingerprint(failure(other)), one);
    }
  });

  it('tells causes apart', () => {
    assert.notEqual(fingerprint(failure('reset')), fingerprint(failure('refused')));
    assert.notEqual(fingerprint(failure('x', 'a.b')), fingerprint(failure('x', 'a.c')));
  });

  it('is bounded', () => {
    assert.ok(fingerprint(failure('x'.repeat(1_000_000))).length < 400);
  });
});
