import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account, Quota } from '../model/account.ts';
import { choose } from './selection.ts';

const NOW = 1_000_000;

function account(id: string, quota?: Quota, usedMs?: number): Account {
  return {
    id,
    tenant: 't',
    service: 'x',
    name: id,
    state: 'ready',
    quotas: quota === undefined ? {} : { list: quota },
    addedMs: 0,
    ...(usedMs === undefined ? {} : { usedMs }),
    calls: 0,
    failures: 0,
  };
}

const soon = NOW + 60_000;
const late = NOW + 600_000;
const TABLE: readonly (readonly [string, readonly Account[], string])[] = [
  ['most is left', [account('a', q(3, soon)), account('b', q(9, late))], 'b'],
  ['not known is full', [account('a', q(900, soon)), account('b')], 'b'],
  ['a new window is full', [account('a', q(900, soon)), account('b', q(0, NOW - 1))], 'b'],
  ['with its limit', [account('a', q(12, soon)), account('b', q(0, NOW, 15))], 'b'],
  [
    'as much left: whose window ends first',
    [account('a', q(5, late)), account('b', q(5, soon))],
    'b',
  ],
  ['all alike: used longest ago', [account('a', undefined, 900), account('b', undefined, 20)], 'b'],
  ['never used before used', [account('a', undefined, 900), account('b')], 'b'],
  ['all alike: by id', [account('b'), account('a')], 'a'],
];

function q(remaining: number, resetMs: number, limit?: number): Quota {
  return { remaining, resetMs, ...(limit === undefined ? {} : { limit }) };
}

for (const [what, accounts, expected] of TABLE) {
  test(`chooses an account: ${what}`, () => {
    assert.equal(choose(accounts, 'list', NOW)?.id, expected);
    assert.equal(choose(accounts.toReversed(), 'list', NOW)?.id, expected);
  });
}

test('chooses none of none', () => assert.equal(choose([], 'list', NOW), undefined));
