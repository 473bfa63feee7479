import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Account } from '../model/account.ts';
import * as health from './health.ts';

const NOW = 1_000_000;
const FRESH: Account = {
  id: 'a',
  tenant: 't',
  service: 'x',
  name: 'a',
  state: 'ready',
  quotas: {},
  addedMs: 0,
  calls: 0,
  failures: 0,
};
const spent = health.learned(FRESH, 'list', { remaining: 0, resetMs: NOW + 900 });

describe('the health of an account', () => {
  it('says from when it may be used, by endpoint', () => {
    const rests = health.rested(FRESH, NOW + 500, '429', undefined);
    const table: [string, Account, string, number][] = [
      ['fresh', FRESH, 'list', NOW],
      ['spent', spent, 'list', NOW + 900],
      ['spent elsewhere', spent, 'other', NOW],
      [
        'one left',
        health.learned(FRESH, 'list', { remaining: 1, resetMs: NOW + 900 }),
        'list',
        NOW,
      ],
      ['resting', rests, 'list', NOW + 500],
      ['resting and spent', { ...rests, quotas: spent.quotas }, 'list', NOW + 900],
      ['quarantined', health.quarantined(FRESH, '401'), 'list', Number.POSITIVE_INFINITY],
      ['retired', health.retired(FRESH, 'old'), 'list', Number.POSITIVE_INFINITY],
    ];
    for (const [what, account, endpoint, fromMs] of table) {
      assert.equal(health.usableFromMs(account, endpoint, NOW), fromMs, what);
    }
  });

  it('rests until the latest end that it was told', () => {
    const long = health.rested(FRESH, NOW + 900, '429', undefined);
    assert.equal(health.rested(long, NOW + 100, '429', undefined).restUntilMs, NOW + 900);
    const there = health.rested(spent, NOW + 100, '429', 'list');
    assert.equal(there.quotas.list?.resetMs, NOW + 900);
    assert.equal(there.failures, 1);
  });

  it('is ready again by itself when a rest is over, and by a person after anything else', () => {
    const rests = health.rested(FRESH, NOW + 500, '429', undefined);
    assert.equal(health.current(rests, NOW + 499).state, 'resting');
    assert.deepEqual(health.current(rests, NOW + 500), { ...FRESH, failures: 1 });
    const out = health.quarantined(spent, '401');
    assert.equal(health.current(out, NOW + 1e12).state, 'quarantined');
    assert.deepEqual(health.readied(out), { ...FRESH, failures: 1 });
  });

  it('stays as a person has put it, whatever its last holder says', () => {
    const retired = health.retired(FRESH, 'old');
    assert.equal(health.quarantined(retired, '401').state, 'retired');
    assert.equal(health.rested(retired, NOW + 1, '429', undefined).state, 'retired');
    const out = health.quarantined(FRESH, '401');
    assert.equal(health.rested(out, NOW + 1, '429', undefined).state, 'quarantined');
  });

  it('knows a bounded number of endpoints', () => {
    let account = FRESH;
    for (let n = 0; n < 200; n += 1) {
      account = health.learned(account, `e${n}`, { remaining: n, resetMs: NOW + n });
    }
    assert.equal(Object.keys(account.quotas).length, 50);
    assert.equal(account.quotas.e199?.remaining, 199);
  });
});
