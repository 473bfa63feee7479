/** How the evaluation counts addresses: by page, by code, and what is held against them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreAddresses } from '../../bench/eval-places.ts';

const LABELS = {
  STREET: ['12 Elm St.', 'PO Box 4'],
  CITY: ['Dover'],
  STATE: ['NH'],
  ZIPCODE: ['03820', '03821', 'NSW'],
};

function address(street: string, city: string, state: string, postalCode: string) {
  return { street, city, state, postalCode, value: `${street}, ${city}, ${state} ${postalCode}` };
}

test('a page is found by one address that is right in all parts', () => {
  const score = scoreAddresses([address('12 Elm St', 'Dover', 'NH', '03820-1234')], LABELS);
  assert.equal(score?.pageFound, true);
  assert.deepEqual([score.matched, score.missed], [['03820'], ['03821']]);
  assert.equal(score.right.length, 1);
});

test('an address with a wrong part is wrong, and one without its street is not counted', () => {
  const score = scoreAddresses(
    [
      address('12 Elm St', 'Dover', 'ME', '03820'),
      address('99 Oak St', 'Dover', 'NH', '03820'),
      address('', 'Dover', 'NH', '03821'),
    ],
    LABELS,
  );
  assert.equal(score?.pageFound, false);
  assert.deepEqual([score.right.length, score.wrong.length], [0, 2]);
});

test('an address that names no state may be right, but does not find the page', () => {
  const score = scoreAddresses([address('12 Elm St', 'Dover', '', '03820')], LABELS);
  assert.equal(score?.pageFound, false);
  assert.equal(score.right.length, 1);
});

test('a page that does not label all four parts is not scored', () => {
  assert.equal(scoreAddresses([], { ...LABELS, STATE: [] }), undefined);
  assert.equal(scoreAddresses([], { ...LABELS, ZIPCODE: ['NSW'] }), undefined);
});
