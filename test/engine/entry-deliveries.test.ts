/** Collections that are brought elsewhere: whatever is asked for is done, and nothing of it twice. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { EntryDeliveries } from '../../src/engine/outbox/entry-deliveries.ts';
import type { KeptEntry } from '../../src/model/kept.ts';
import type { SinkKind } from '../../src/sinks/delivery-sink.ts';
import type { Store } from '../../src/store/store.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

it('delivers what is asked for anew while a delivery to the same place is under way', async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  let writing = 0;
  const { promise: free, resolve: letGo } = Promise.withResolvers<void>();
  const kind = {
    schemes: ['fake:'],
    example: 'fake:x',
    local: false,
    keyed: true,
    check: (place) => ({ place }),
    open: async () => ({
      place: 'fake:x',
      async write({ rows }) {
        writing += 1;
        await free;
        written.push(...rows.map(({ id }) => id));
      },
      async close() {
        const [latest] = deliveries.list('t', 'leads');
        assert.equal(latest?.endedMs, undefined, 'it is told when its file may be read');
      },
    }),
  } satisfies SinkKind;
  const entries = ['a1', 'b1'];
  const store: Pick<Store, 'entries'> = {
    entries: async ({ prefix = '', after = '' }) =>
      entries
        .filter((key) => key.startsWith(prefix) && key > after)
        .map((key) => ({ key, json: '{}', firstMs: 0, changedMs: 0 }) as unknown as KeptEntry),
  };
  const random = seededRandom(1);
  const deliveries = new EntryDeliveries({ kinds: [kind], named: new Map(), clock, random });
  const begin = (prefix: string) => {
    const query = { tenant: 't', collection: 'leads', prefix };
    return deliveries.begin({ store, query }, [{ address: 'fake:x', place: 'fake:x' }]);
  };
  begin('a');
  begin('b');
  // Two at a time: this one waits, and once more is the same as that.
  begin('a');
  assert.equal(begin('a').length, 3);
  assert.ok(await clock.run(() => writing === 2, 10_000));
  entries.push('a2');
  letGo();
  const isOver = () => deliveries.list('t', 'leads').every(({ endedMs }) => endedMs !== undefined);
  assert.ok(await clock.run(isOver, 10_000));
  assert.deepEqual(written.toSorted(), [...['leads.a1', 'leads.a1', 'leads.a2', 'leads.b1']]);
  const states = deliveries.list('t', 'leads').map(({ state, reason }) => [state, reason]);
  assert.deepEqual(states, new Array(3).fill(['delivered', undefined]));
  await deliveries.close();
});

it('lets no tenant whose destination is away keep the others waiting', async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  const { promise: never } = Promise.withResolvers<void>();
  const kind = {
    schemes: ['fake:'],
    example: 'fake:x',
    local: false,
    keyed: true,
    check: (place) => ({ place }),
    open: async (place: string) => ({
      place,
      async write({ rows }) {
        if (place === 'fake:away') await never;
        written.push(...rows.map(({ id }) => id));
      },
      async close() {},
    }),
  } satisfies SinkKind;
  const store: Pick<Store, 'entries'> = {
    entries: async ({ after = '' }) =>
      ['a1']
        .filter((key) => key > after)
        .map((key) => ({ key, json: '{}', firstMs: 0, changedMs: 0 }) as unknown as KeptEntry),
  };
  const random = seededRandom(1);
  const deliveries = new EntryDeliveries({ kinds: [kind], named: new Map(), clock, random });
  const begin = (tenant: string, collection: string, address: string) => {
    const query = { tenant, collection };
    return deliveries.begin({ store, query }, [{ address, place: address }]);
  };
  for (let n = 0; n < 20; n += 1) begin('flood', `many-${n}`, 'fake:away');
  begin('other', 'leads', 'fake:here');
  assert.ok(await clock.run(() => written.length === 1, 10_000));
  const isDelivered = () => deliveries.list('other', 'leads')[0]?.state === 'delivered';
  assert.ok(await clock.run(isDelivered, 10_000));
  for (const n of [20, 21]) begin('flood', `many-${n}`, 'fake:away');
  assert.throws(() => begin('flood', 'one-too-many', 'fake:away'), { code: 'server.busy' });
});
