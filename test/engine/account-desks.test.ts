/** Two desks over one store: what they give out together is never more than there is. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { silentLogger } from '../../src/base/log.ts';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import { AccountBook } from '../../src/engine/account-book.ts';
import { AccountDesk } from '../../src/engine/account-desk.ts';
import type { DocumentStore } from '../../src/engine/webhook-book.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { bookOf, LIMITS, SEALER, SERVICE } from '../fakes/account-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const NEED = { service: 'fake', endpoint: 'list' };
const SEEDS = 20;
const EACH = 12;

async function simulate(seed: number, max: number) {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const below = new MemoryStore();
  await bookOf(below, clock, 't', ['a', 'b', 'c']);
  const alive = new Set<string>(['n1', 'n2']);
  /** By whom each account is used, at this instant. */
  const users = new Map<string, string>();
  const seen = { most: 0, done: 0, doubled: 0, conflicts: 0 };
  const wayMs = () => random.next() * 40;
  const slow: DocumentStore = {
    async document(...of) {
      await clock.sleep(wayMs());
      return below.document(...of);
    },
    async documents(...of) {
      await clock.sleep(wayMs());
      return below.documents(...of);
    },
    async writeDocuments(...of) {
      await clock.sleep(wayMs());
      await below.writeDocuments(...of).catch((error: unknown) => {
        seen.conflicts += 1;
        throw error;
      });
      await clock.sleep(wayMs());
    },
  };
  const desks = ['n1', 'n2'].map((holder) => {
    const book = new AccountBook({ store: slow, clock, log: silentLogger, sealer: SEALER });
    const limits = { ...LIMITS, max };
    const closeLane = () => {};
    const parts = { book, limits, store: slow, clock, log: silentLogger, holder, closeLane };
    return new AccountDesk({ ...parts, alive: async () => alive, holds: undefined });
  });
  const use = async (desk: AccountDesk, seq: number) => {
    await clock.sleep(randomInt(random, 0, 3_000));
    const ask = { need: NEED, tenant: 't', jobId: 'j', seq, service: SERVICE };
    using account = await desk.take(ask, new AbortController().signal);
    if (users.has(account.id)) seen.doubled += 1;
    users.set(account.id, String(seq));
    seen.most = Math.max(seen.most, users.size);
    await clock.sleep(randomInt(random, 20, 400));
    assert.ok(account.held);
    users.delete(account.id);
    seen.done += 1;
  };
  const all = desks.flatMap((desk, at) =>
    Array.from({ length: EACH }, (_, seq) => use(desk, at * EACH + seq)),
  );
  const ended = Promise.all(all);
  ended.catch(() => {});
  await clock.run(() => seen.done === 2 * EACH, 600_000);
  assert.equal(seen.done, 2 * EACH, `seed ${seed}: somebody still waits`);
  await ended;
  const closing = Promise.all(desks.map((desk) => desk.close()));
  let closed = false;
  void closing.then(() => {
    closed = true;
  });
  assert.ok(await clock.run(() => closed, 700_000), `seed ${seed}: the desks hang`);
  return seen;
}

it('two desks never give out an account twice, nor more than may be used', async () => {
  let conflicts = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const max = 1 + (seed % 3);
    const seen = await simulate(seed, max);
    assert.equal(seen.doubled, 0, `seed ${seed}`);
    assert.ok(seen.most <= max, `seed ${seed}: ${seen.most} of ${max} at once`);
    conflicts += seen.conflicts;
  }
  assert.ok(conflicts > SEEDS, `${conflicts} conflicts show little`);
});
