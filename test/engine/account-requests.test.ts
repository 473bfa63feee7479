/** A request whose account is lost as it is to be written gives back what it had taken. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { FetchReply } from '../../src/transport/fetcher.ts';
import { bookOf, LIMITS, SERVICE } from '../fakes/account-rig.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

it('leaves no lane in use', async () => {
  const clock = new VirtualClock();
  const book = await bookOf(new MemoryStore(), clock, 't', ['a']);
  let lose: () => void = () => {};
  let lost = 0;
  const collector: Collector = {
    name: 'test',
    service: SERVICE,
    account: () => ({ service: 'fake', endpoint: 'list' }),
    async collect(_input, ctx) {
      const account = await ctx.account('list');
      lose = () => account[Symbol.dispose]();
      await ctx.fetch(`http://fake.test/${ctx.seq}`, { account });
      account[Symbol.dispose]();
      return { records: [] };
    },
  };
  const fetcher = {
    async exchange(request: { readonly url: URL; readonly mayGo?: () => boolean }) {
      await clock.sleep(10);
      // Each row once.
      if (lost < 20) lose();
      if (request.mayGo?.() === false) {
        lost += 1;
        throw new SluiceError('cluster.fenced');
      }
      const times = { sentMs: 0, headersMs: 0, totalMs: 0, wireBytes: 0 };
      const { href: url } = request.url;
      return { url, status: 200, headers: {}, body: new Uint8Array(0), ...times } as FetchReply;
    },
    async close() {},
  };
  const { engine } = setUp(collector, 20, { fetcher, accounts: { book, limits: LIMITS } }, clock);
  await engine.submit({ ...spec('j1', clock), retries: 50 });
  const { counters } = await finished(engine, clock, 'j1', 3_600_000);
  assert.deepEqual([counters.completed, lost], [20, 20]);
  for (const { lane, inUse } of engine.lanes(100)) assert.equal(inUse, 0, lane);
  await engine.close();
});
