import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallRecord } from './call-record.ts';
import { CALLS, joinExports } from './calls-in-both.ts';
import type { Direction } from './vicidial-requests.ts';

/** A tenant that keeps what pages bring, and counts what is put and was not there. */
class Tenant {
  readonly collections = new Map<string, Map<string, string>>();
  changes = 0;
  looks = 0;
  met = false;

  async read(direction: Direction, calls: readonly Partial<CallRecord>[]): Promise<void> {
    const full = calls.map((call) => ({ campaign: 'c', client: 'k', direction, ...call }));
    const texts = full.map((call) => JSON.stringify(call));
    const keys = full.map(({ id }) => String(id));
    const kept = {
      get: async (collection: string, asked: readonly string[]) => {
        this.looks += asked.length;
        const found = asked.map((key) => [key, this.of(collection).get(key)] as const);
        return new Map(found.flatMap(([k, json]) => (json ? [[k, JSON.parse(json)]] : [])));
      },
    };
    const joined = await joinExports(kept, { keys, texts }, direction, this.met);
    this.met ||= joined.keep.length > 0;
    joined.keys.forEach((key, i) => {
      const text = joined.texts[i] as string;
      if (this.of(CALLS).get(key) !== text) this.changes += 1;
      this.of(CALLS).set(key, text);
    });
    for (const { collection, key, value } of joined.keep) {
      this.of(collection).set(key, JSON.stringify(value));
    }
  }

  of(collection: string): Map<string, string> {
    const found = this.collections.get(collection) ?? new Map<string, string>();
    this.collections.set(collection, found);
    return found;
  }

  call(id: string): Partial<CallRecord> {
    return JSON.parse(this.of(CALLS).get(id) as string) as Partial<CallRecord>;
  }
}

it('a call that is in both exports is one, and stays it in whatever order they are read', async () => {
  const tenant = new Tenant();
  const made = { id: 'both', status: 'SALE', campaignId: 'SOL1', altDial: 'MAIN' };
  const taken = { id: 'both', status: 'XFER', campaignId: 'IN_SOL', queueSeconds: 42 };
  const others = [{ id: 'made', status: 'NA' }];
  await tenant.read('outbound', [made, ...others]);
  assert.equal(tenant.looks, 0, 'nothing is looked up for who has none');
  await tenant.read('inbound', [taken, { id: 'taken', status: 'DROP' }]);
  assert.deepEqual(tenant.call('both'), {
    ...{ id: 'both', campaign: 'c', client: 'k', direction: 'both', status: 'SALE' },
    ...{ campaignId: 'SOL1', inGroup: 'IN_SOL', altDial: 'MAIN', queueSeconds: 42 },
  });
  assert.equal(tenant.call('made').direction, 'outbound');
  assert.equal(tenant.call('taken').direction, 'inbound');
  assert.deepEqual([tenant.of(CALLS).size, tenant.changes], [3, 4]);

  for (let cycle = 0; cycle < 2; cycle += 1) {
    await tenant.read('outbound', [made, ...others]);
    await tenant.read('inbound', [taken, { id: 'taken', status: 'DROP' }]);
  }
  assert.equal(tenant.changes, 4, 'read again, nothing has changed');

  // A cell that is emptied is empty, whichever export it is of.
  const { altDial: _, ...emptied } = made;
  await tenant.read('outbound', [{ ...emptied, status: 'NI' }]);
  assert.equal(tenant.call('both').status, 'NI');
  assert.equal(tenant.call('both').altDial, undefined);
  assert.equal(tenant.call('both').queueSeconds, 42);
  await tenant.read('inbound', [{ ...taken, queueSeconds: 50 }]);
  assert.equal(tenant.call('both').queueSeconds, 50);
  assert.equal(tenant.changes, 6);
});
