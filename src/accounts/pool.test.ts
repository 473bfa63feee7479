import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import type { Account, AccountLease } from '../model/account.ts';
import { rested } from './health.ts';
import { AccountPool, type Want } from './pool.ts';

const TIMEOUT = 1_000;

function account(id: string): Account {
  const zero = { quotas: {}, addedMs: 0, calls: 0, failures: 0 } as const;
  return { id, tenant: 't', service: 'x', name: id, state: 'ready', ...zero };
}

function pool(names: readonly string[], max = 3): AccountPool {
  const made = new AccountPool(() => ({ max, timeoutMs: TIMEOUT }));
  for (const name of names) made.put(account(name));
  return made;
}

const want = (seq: number, endpoint = 'list'): Want => ({
  endpoint,
  holder: 'here',
  jobId: 'j',
  seq,
});

describe('a pool of accounts', () => {
  it('serves who waits in the order in which they came, each endpoint for itself', () => {
    const made = pool(['a']);
    made.put(rested(account('a'), 500, '429', 'list'));
    for (const [seq, endpoint] of [
      [1, 'list'],
      [2, 'other'],
      [3, 'other'],
    ] as const) {
      made.wait(want(seq, endpoint));
    }
    const [first] = made.serve(0);
    assert.equal(first?.[0].seq, 2, 'the first whose endpoint has an account');
    made.giveBack(first?.[1] as AccountLease, 10);
    assert.equal(made.serve(500)[0]?.[0].seq, 1);
  });

  it('does not give an account out again before its pause is over', () => {
    const made = pool(['a']);
    const lease = made.lease(want(1), 0) as AccountLease;
    made.giveBack(lease, 10, 100);
    assert.equal(made.lease(want(2), 109), undefined);
    assert.equal(made.nextMs(10), 110);
    assert.ok(made.lease(want(2), 110));
  });

  it('takes an account from who was not heard of for long', () => {
    const made = pool(['a']);
    const first = made.lease(want(1), 0) as AccountLease;
    assert.ok(made.renew(first, 900));
    assert.equal(made.lease(want(2), 1_899), undefined);
    const second = made.lease(want(2), 1_900) as AccountLease;
    assert.ok(second.fence > first.fence);
    assert.equal(made.holds(first, 1_901), false);
    assert.equal(made.renew(first, 1_901), false);
    assert.equal(made.giveBack(first, 1_901), false);
    assert.ok(made.holds(second, 1_901), 'what a late holder does changes nothing');
  });

  it('says what can be had when', () => {
    const made = pool(['a', 'b'], 1);
    assert.deepEqual(made.outlook('list', 0), { kind: 'free' });
    const lease = made.lease(want(1), 0) as AccountLease;
    assert.deepEqual(made.outlook('list', 0), { kind: 'busy', count: 1 });
    made.giveBack(lease, 0);
    made.put(rested(account('a'), 500, '429', undefined));
    made.put(rested(account('b'), 300, '429', 'list'));
    assert.deepEqual(made.outlook('list', 0), { kind: 'resting', count: 2, atMs: 300 });
    assert.deepEqual(made.outlook('other', 0), { kind: 'free' });
    made.put({ ...account('a'), state: 'quarantined' });
    made.put({ ...account('b'), state: 'retired' });
    const none = made.outlook('list', 0);
    assert.deepEqual(none.kind === 'none' && none.aside.map(({ name, state }) => [name, state]), [
      ['a', 'quarantined'],
      ['b', 'retired'],
    ]);
  });

  it('goes by what is kept where another process gave the same account out', () => {
    const [here, there] = [pool(['a', 'b']), pool(['a', 'b'])];
    const mine = here.lease(want(1), 0) as AccountLease;
    const theirs = there.lease({ ...want(2), holder: 'there' }, 0) as AccountLease;
    assert.deepEqual([mine.accountId, mine.fence], [theirs.accountId, theirs.fence]);
    here.adopt({ fence: there.fence, leases: [theirs], pauses: [] }, [mine]);
    assert.equal(here.holds(mine, 1), false, 'the same number is not the same lease');
    assert.ok(here.holds(theirs, 1));
    assert.equal(here.lease(want(3), 1)?.accountId, 'b');
  });
});

type Step =
  | { readonly do: 'lease' | 'wait'; readonly endpoint: string }
  | { readonly do: 'renew' | 'back' | 'rest' | 'use'; readonly at: number }
  | { readonly do: 'remove' | 'add'; readonly at: number }
  | { readonly do: 'pass'; readonly ms: number };

const endpoint = fc.constantFrom('list', 'other');
const at = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('lease', 'wait'), endpoint }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('renew', 'back', 'rest', 'use'), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('remove', 'add'), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(700) }) },
) as fc.Arbitrary<Step>;

test('an account has one holder at most, no more than so many have one, and late holders none', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, max) => {
        const made = pool(names, max);
        const given: AccountLease[] = [];
        let nowMs = 0;
        let seq = 0;
        let lastFence = 0;
        const take = (lease: AccountLease | undefined) => {
          if (lease === undefined) return;
          assert.ok(lease.fence > lastFence, 'fences grow');
          lastFence = lease.fence;
          given.push(lease);
        };
        for (const each of steps) {
          const lease = 'at' in each ? given[each.at % Math.max(1, given.length)] : undefined;
          const name = 'at' in each ? (names[each.at % names.length] as string) : '';
          const before = made.leases;
          const held = lease !== undefined && made.holds(lease, nowMs);
          seq += 1;
          if (each.do === 'lease') take(made.lease(want(seq, each.endpoint), nowMs));
          else if (each.do === 'wait') made.wait(want(seq, each.endpoint));
          else if (each.do === 'pass') nowMs += each.ms;
          else if (each.do === 'add') made.put(made.account(name) ?? account(name));
          else if (each.do === 'remove') made.remove(name);
          else if (lease === undefined) continue;
          else if (each.do === 'renew') assert.equal(made.renew(lease, nowMs), held);
          else if (each.do === 'rest') {
            const known = made.account(lease.accountId);
            if (known && held) made.put(rested(known, nowMs + 300, '429', undefined));
          } else if (each.do === 'back') {
            const back = made.giveBack(lease, nowMs, 50);
            if (held) assert.ok(back);
            if (!back) assert.deepEqual(made.leases, before, 'a late holder changes nothing');
          }
          for (const [, served] of made.serve(nowMs)) take(served);
          const holding = given.filter((one) => made.holds(one, nowMs));
          assert.ok(holding.length <= max, `${holding.length} of ${max}`);
          const accounts = holding.map(({ accountId }) => accountId);
          assert.equal(new Set(accounts).size, accounts.length, 'one holder each');
          const live = made.leases.filter(({ untilMs }) => untilMs > nowMs);
          assert.equal(live.length, holding.length, 'every lease has its holder');
        }
      },
    ),
    { numRuns: 300 },
  );
});
