/** What is configured: documents with versions, changed all or nothing, and the count of starts. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { SluiceError } from '../../src/base/errors.ts';
import type { DocumentChange } from '../../src/model/document.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { DocumentQuery, Store } from '../../src/store/store.ts';
import { NOW, rejects, type StoreHome } from './store-fixtures.ts';

const put = (id: string, more: { json?: string; tenant?: string; version?: number } = {}) =>
  ({ op: 'put', kind: 'key', id, tenant: 'acme', json: '{}', ...more }) as const;
const remove = (id: string, version?: number): DocumentChange => ({
  op: 'remove',
  kind: 'key',
  id,
  ...(version === undefined ? {} : { version }),
});

export function exerciseDocuments(
  home: () => StoreHome,
  current: () => Store,
  onReopened: (store: Store) => void,
): void {
  const reopen = async () => {
    await current().close();
    onReopened(await home().open());
  };
  const ids = async (query: Omit<DocumentQuery, 'kind'>) =>
    (await current().documents({ kind: 'key', ...query })).map((document) => document.id);

  it('keeps documents by kind and id, each put being a version', async () => {
    assert.equal(await current().document('key', 'a'), undefined);
    const json = '{"name":"ä漢🙂\\u0000"}';
    await current().writeDocuments([put('a', { json }), { ...put('a'), kind: 'hook' }], NOW);
    await current().writeDocuments([put('a', { json: '1', tenant: '' })], NOW + 5);
    if (home().durable) await reopen();
    assert.deepEqual(await current().document('key', 'a'), {
      kind: 'key',
      id: 'a',
      tenant: '',
      json: '1',
      version: 2,
      updatedMs: NOW + 5,
    });
    assert.deepEqual(await current().document('hook', 'a'), {
      kind: 'hook',
      id: 'a',
      tenant: 'acme',
      json: '{}',
      version: 1,
      updatedMs: NOW,
    });
    await current().writeDocuments([put('b', { json })], NOW);
    assert.equal((await current().document('key', 'b'))?.json, json);
    await current().writeDocuments([remove('a'), remove('a'), remove('none')], NOW);
    assert.equal(await current().document('key', 'a'), undefined);
    assert.equal((await current().document('hook', 'a'))?.version, 1);
    await current().writeDocuments([put('a')], NOW);
    assert.equal((await current().document('key', 'a'))?.version, 1, 'it begins anew');
    await current().writeDocuments([], NOW);
  });

  it('lists documents by id, filtered, page by page, both ways', async () => {
    const given = ['b/1', 'a', 'b/2', 'b', 'b/', 'c', 'b0', 'b/🙂', 'b/\ue000', 'b/\u{10ffff}z'];
    await current().writeDocuments(
      given.map((id) => put(id, { tenant: id === 'c' ? 'other' : 'acme' })),
      NOW,
    );
    await current().writeDocuments([{ ...put('b/3'), kind: 'hook' }], NOW);
    const below = ['b/', 'b/1', 'b/2', 'b/\ue000', 'b/🙂', 'b/\u{10ffff}z'];
    const all = ['a', 'b', ...below, 'b0', 'c'];
    assert.deepEqual(await ids({ limit: 99 }), all);
    assert.deepEqual(await ids({ limit: 99, descending: true }), all.toReversed());
    assert.deepEqual(await ids({ limit: 99, prefix: 'b/' }), below);
    assert.deepEqual(await ids({ limit: 99, prefix: '' }), all);
    assert.deepEqual(await ids({ limit: 99, prefix: 'b/', descending: true }), below.toReversed());
    assert.deepEqual(await ids({ limit: 2, prefix: 'b/', after: 'b/1' }), ['b/2', 'b/\ue000']);
    const back = { limit: 9, prefix: 'b/', after: 'b/2', descending: true };
    assert.deepEqual(await ids(back), ['b/1', 'b/']);
    assert.deepEqual(await ids({ limit: 9, tenant: 'other' }), ['c']);
    assert.deepEqual(await ids({ limit: 2, tenant: 'acme', after: 'a' }), ['b', 'b/']);
    assert.deepEqual(await ids({ limit: 0 }), []);
    assert.deepEqual(await ids({ limit: 9, prefix: 'd' }), []);
    assert.deepEqual(await current().documents({ kind: 'none', limit: 9 }), []);
  });

  it('changes documents only where they are as expected, all or nothing', async () => {
    await current().writeDocuments([put('a', { version: 0 }), put('b')], NOW);
    const conflicts: [DocumentChange[], RegExp][] = [
      [[put('c'), put('a', { version: 0 })], /^The key a exists already\.$/],
      [[remove('b'), put('a', { version: 2 })], /^The key a is at version 1 by now, not 2\.$/],
      [[put('c'), remove('d', 1)], /^The key d does not exist any more\.$/],
      [[put('a'), put('a', { version: 1 })], /is at version 2 by now/],
      [[remove('b'), remove('a', 0)], /exists already/],
    ];
    for (const [changes, message] of conflicts) {
      await assert.rejects(current().writeDocuments(changes, NOW + 1), (error) => {
        assert.ok(error instanceof SluiceError, String(error));
        assert.deepEqual([error.code, error.status], ['document.conflict', 409]);
        assert.match(error.message, message);
        return true;
      });
      const stored = await current().documents({ kind: 'key', limit: 9 });
      assert.deepEqual(
        stored.map(({ id, version, updatedMs }) => [id, version, updatedMs]),
        [
          ['a', 1, NOW],
          ['b', 1, NOW],
        ],
      );
    }
    await current().writeDocuments(
      [put('a', { version: 1 }), put('a', { version: 2 }), remove('b', 1), remove('d', 0)],
      NOW,
    );
    assert.deepEqual(await ids({ limit: 9 }), ['a']);
    assert.equal((await current().document('key', 'a'))?.version, 3);
    const [one, two] = [put('e', { version: 0 }), put('e', { version: 0, json: '2' })];
    const race = await Promise.allSettled([
      current().writeDocuments([one], NOW),
      current().writeDocuments([two], NOW),
    ]);
    assert.deepEqual(race.map((end) => end.status).sort(), ['fulfilled', 'rejected']);
    await rejects(current().writeDocuments([put('e', { version: 0 })], NOW), 'document.conflict');
  });

  it('agrees with the model over random changes of documents', async () => {
    const change: fc.Arbitrary<DocumentChange> = fc
      .record({
        op: fc.constantFrom('put' as const, 'put' as const, 'remove' as const),
        id: fc.constantFrom('a', 'ab', 'b', 'ba'),
        tenant: fc.constantFrom('', 't'),
        version: fc.constantFrom(undefined, undefined, 0, 1, 2),
        n: fc.nat(99),
      })
      .map(({ op, id, tenant, version, n }) => {
        const asked = version === undefined ? {} : { version };
        if (op === 'remove') return { op, kind: 'key', id, ...asked };
        return { op, kind: 'key', id, tenant, json: String(n), ...asked };
      });
    const ended = (writing: Promise<void>) => writing.then(String, String);
    const queries = [
      {},
      { prefix: 'a' },
      { tenant: 't', after: 'a' },
      { descending: true, after: 'b' },
    ];
    const check = async (batches: readonly DocumentChange[][]) => {
      const model = new MemoryStore();
      await current().writeDocuments(
        ['a', 'ab', 'b', 'ba'].map((id) => remove(id)),
        NOW,
      );
      for (const batch of batches) {
        const expected = await ended(model.writeDocuments(batch, NOW));
        assert.equal(await ended(current().writeDocuments(batch, NOW)), expected);
        for (const query of queries) {
          const asked = { kind: 'key', limit: 3, ...query };
          assert.deepEqual(await current().documents(asked), await model.documents(asked));
        }
      }
    };
    const batches = fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 });
    await fc.assert(fc.asyncProperty(batches, check), { seed: 20_250_102, numRuns: 50 });
  });

  it('gives every start of an engine a larger number', async () => {
    const given = [await current().nextEpoch(), await current().nextEpoch()];
    if (home().durable) {
      await reopen();
      given.push(await current().nextEpoch());
    }
    given.forEach((epoch, i) => {
      assert.ok(epoch > (given[i - 1] ?? 0), given.join());
    });
  });
}
