import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keepFresh } from './fresh-reader.ts';
import type { SqliteStore } from './sqlite-store.ts';

it('reads anew what was read while somebody began to work there', async () => {
  const said: string[] = [];
  let stale = false;
  const reader = (name: string, begins: boolean) =>
    ({
      async rowCount() {
        said.push(name);
        stale ||= begins;
        if (begins) throw new Error('half a change');
        return 7;
      },
      close: async () => said.push(`${name} closed`),
    }) as unknown as SqliteStore;
  const resting = reader('resting', true);
  const store = keepFresh({ store: resting, isStale: () => stale }, () => ({
    store: reader('beside', false),
  }));
  assert.equal(await store.rowCount('j_1'), 7);
  assert.equal(await store.rowCount('j_1'), 7);
  await store.close();
  assert.deepEqual(said, ['resting', 'beside', 'beside', 'resting closed', 'beside closed']);
});

it('says what goes wrong where nobody began', async () => {
  const resting = {
    rowCount: async () => Promise.reject(new Error('there is no job')),
  } as unknown as SqliteStore;
  const store = keepFresh({ store: resting, isStale: () => false }, assert.fail);
  await assert.rejects(store.rowCount('j_1'), /no job/);
});
