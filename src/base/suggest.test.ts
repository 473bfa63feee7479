import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearest } from './suggest.ts';

describe('did you mean', () => {
  it('finds what is near and nothing else', () => {
    const names = ['website', 'company', 'email'];
    assert.equal(nearest('webiste', names), 'website');
    assert.equal(nearest('Website', names), 'website');
    assert.equal(nearest('e-mail', names), 'email');
    assert.equal(nearest('telephone', names), undefined);
    assert.equal(nearest('x', []), undefined);
  });

  it('takes a long word without delay', () => {
    assert.equal(nearest('a'.repeat(100_000), ['b'.repeat(10)]), undefined);
  });
});
