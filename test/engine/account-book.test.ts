/** What is known of accounts, over restarts and between processes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { learned, quarantined, used } from '../../src/accounts/health.ts';
import { silentLogger } from '../../src/base/log.ts';
import { AccountBook } from '../../src/engine/account-book.ts';
import { AccountDesk } from '../../src/engine/account-desk.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { bookOf, LIMITS, SEALER, SERVICE } from '../fakes/account-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

async function rig() {
  const clock = new VirtualClock();
  const store = new MemoryStore();
  const first = await bookOf(store, clock, 't', ['a']);
  const again = async () => {
    const book = new AccountBook({ store, clock, log: silentLogger, sealer: SEALER });
    await book.ready();
    return book;
  };
  const id = first.list('t')[0]?.id as string;
  return { clock, store, first, again, id };
}

describe('the book of accounts', () => {
  it('knows quotas after a restart, and sets one aside at once', async () => {
    const { clock, first, again, id } = await rig();
    const resetMs = clock.wallMs() + 900_000;
    first.change(id, (account) => learned(account, 'list', { remaining: 0, resetMs }));
    for (let n = 0; n < 50; n += 1) first.change(id, (account) => used(account, n));
    assert.deepEqual((await again()).find(id)?.quotas, {}, 'not at every call');
    await clock.run(() => false, 1_100);
    const after = (await again()).find(id);
    assert.deepEqual(after?.quotas.list, { remaining: 0, resetMs });
    assert.equal(after?.calls, 50);
    first.change(id, (account) => quarantined(account, '401'), true);
    await clock.run(() => false, 1_101);
    assert.equal((await again()).find(id)?.state, 'quarantined');
  });

  it('loses nothing that either of two processes has learned', async () => {
    const { first, again, id, clock } = await rig();
    const second = await again();
    const resetMs = clock.wallMs() + 1_000;
    for (const [book, endpoint] of [
      [first, 'one'],
      [second, 'two'],
      [first, 'three'],
    ] as const) {
      book.change(id, (account) => used(learned(account, endpoint, { remaining: 1, resetMs }), 1));
    }
    await Promise.all([first.flush(), second.flush()]);
    const after = (await again()).find(id);
    assert.deepEqual(Object.keys(after?.quotas ?? {}).toSorted(), ['one', 'three', 'two']);
    assert.equal(after?.calls, 3, 'each once');
  });

  it('takes an account back that was removed and added again', async () => {
    const { first, again, id, clock } = await rig();
    const second = await again();
    for (let n = 0; n < 3; n += 1) await first.changeNow(id, (account) => used(account, n));
    await second.changed([id]);
    await first.remove(id);
    await clock.run(() => false, 10);
    await first.add({ tenant: 't', service: 'fake', name: 'a' }, { token: 'new' }, false);
    await second.changed([id]);
    assert.equal(second.find(id)?.calls, 0);
    assert.deepEqual(second.secretOf(id), { token: 'new' });
  });
});

it('a process that starts again does not wait for the leases of the one that died', async () => {
  const { clock, store, first, again } = await rig();
  const parts = { limits: LIMITS, store, clock, log: silentLogger, closeLane: () => {} };
  const alone = { alive: undefined, holds: undefined };
  const need = { service: 'fake', endpoint: 'list' };
  const ask = { need, tenant: 't', jobId: 'j', seq: 0, service: SERVICE };
  const { signal } = new AbortController();
  const dead = new AccountDesk({ ...parts, ...alone, book: first, holder: 'engine 1' });
  const late = await dead.take(ask, signal);
  await clock.run(() => false, 2_000);
  const next = new AccountDesk({ ...parts, ...alone, book: await again(), holder: 'engine 2' });
  const account = await next.take(ask, signal);
  assert.equal(account.id, late.id);
  assert.ok(account.held);
});
