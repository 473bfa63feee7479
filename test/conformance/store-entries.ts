/** Kept entries: changed with the commit that says so, once, and with the records that go then. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KeptEntry } from '../../src/model/kept.ts';
import type { CommitEnd, EntryQuery, KeepChange, Store } from '../../src/store/store.ts';
import { completed, failure, NOW, type StoreHome, spec, step, task } from './store-fixtures.ts';
import { readLog } from './store-log.ts';

const first = (key: string, json = '1', record?: number): KeepChange => ({
  ...{ collection: 'leads', key, op: 'first', json },
  ...(record === undefined ? {} : { record }),
});
const put = (key: string, json = '1', record?: number): KeepChange => ({
  ...first(key, json, record),
  op: 'put',
  json,
});
const remove = (key: string, record?: number): KeepChange => ({
  ...{ collection: 'leads', key, op: 'remove' },
  ...(record === undefined ? {} : { record }),
});

export function exerciseEntries(
  home: () => StoreHome,
  current: () => Store,
  onReopened: (store: Store) => void,
): void {
  const store = current;
  const LEADS = { tenant: 'acme', collection: 'leads' };
  const list = (more: Partial<EntryQuery> = {}) =>
    store().entries({ ...LEADS, limit: 999, ...more });
  const keysOf = async (more: Partial<EntryQuery> = {}) => (await list(more)).map(({ key }) => key);
  const plan = async (id: string, rows: number, tenant = 'acme') => {
    await store().createJob(spec(id, { tenant }));
    const tasks = Array.from({ length: rows }, (_, n) => task(n));
    await store().addRows(id, 0, tasks, NOW);
  };
  const recordsOf = async (id: string) =>
    (await store().records(id, undefined, 999)).map(({ seq, index, json }) => [seq, index, json]);

  it('keeps the first of a key, and drops the records of later ones', async () => {
    await plan('j_1', 2);
    await plan('j_2', 1);
    const page = { records: ['"a"', '"b"'], keeps: [first('a', '{"n":1}', 0), first('b', '2', 1)] };
    const one = await store().commit([step('j_1', 0, { ...page, end: completed })]);
    assert.equal(one.counters.get('j_1')?.records, 2);
    const again = [first('b', '3', 0), first('c', '4', 1), first('a', '5', 2), first('d', '6')];
    const two = await store().commit([
      step('j_2', 0, {
        records: ['"b"', '"c"', '"a"', '"free"'],
        keeps: again,
        end: completed,
        nowMs: NOW + 7,
      }),
    ]);
    assert.deepEqual(two.stale, []);
    assert.equal(two.counters.get('j_2')?.records, 2);
    assert.deepEqual(await recordsOf('j_2'), [
      [0, 1, '"c"'],
      [0, 3, '"free"'],
    ]);
    assert.deepEqual((await store().results('j_2', 0, 1))[0]?.records, ['"c"', '"free"']);
    const entry = (key: string, json: string, jobId: string, ms: number): KeptEntry => ({
      ...{ ...LEADS, key, json, jobId, firstMs: ms, changedMs: ms, revision: 1 },
    });
    assert.deepEqual(await list(), [
      entry('a', '{"n":1}', 'j_1', NOW + 1),
      entry('b', '2', 'j_1', NOW + 1),
      entry('c', '4', 'j_2', NOW + 7),
      entry('d', '6', 'j_2', NOW + 7),
    ]);
    assert.equal(await store().entryCount('acme', 'leads'), 4);
  });

  it('replaces and removes, and says by dropping where nothing has changed', async () => {
    await plan('j_1', 3);
    await store().commit([
      step('j_1', 0, { keeps: [put('a', '1'), put('b', '1'), put('c', '1')], end: completed }),
    ]);
    const keeps = [put('a', '1', 0), put('b', '2', 1), remove('c', 2), remove('none', 3)];
    const records = ['"same"', '"other"', '"gone"', '"never"'];
    await store().commit([step('j_1', 1, { records, keeps, nowMs: NOW + 9, end: completed })]);
    assert.deepEqual(await recordsOf('j_1'), [
      [1, 1, '"other"'],
      [1, 2, '"gone"'],
    ]);
    const shown = (await list()).map((entry) => [
      ...[entry.key, entry.json, entry.revision, entry.firstMs - NOW, entry.changedMs - NOW],
    ]);
    assert.deepEqual(shown, [
      ['a', '1', 1, 1, 1],
      ['b', '2', 2, 1, 9],
    ]);
    assert.equal(await store().entryCount('acme', 'leads'), 2);
    await store().commit([step('j_1', 2, { keeps: [put('c', '1')], nowMs: NOW + 20 })]);
    const [anew] = await list({ keys: ['c'] });
    assert.deepEqual([anew?.revision, anew?.firstMs], [1, NOW + 20], 'it begins anew');
  });

  it('gives each its own of a text that is a record and kept as well', async () => {
    const long = (text: string) => JSON.stringify(text.repeat(100));
    const [one, two, three] = [long('one'), long('two'), long('three')];
    await plan('j_1', 2);
    await plan('j_2', 2);
    const page = { records: [one, two, two], keeps: [put('a', one, 0), put('b', two, 1)] };
    await store().commit([step('j_1', 0, { ...page, end: completed })]);
    const shown = async () => (await list()).map(({ key, json }) => [key, json]);
    const first = [
      [0, 0, one],
      [0, 1, two],
      [0, 2, two],
    ];
    assert.deepEqual(await recordsOf('j_1'), first);
    // One key twice in a page, one that changes, one that goes.
    const again = {
      records: [two, three, one, one],
      keeps: [put('a', two, 0), put('a', three, 1), remove('b', 2), put('c', one, 3)],
    };
    await store().commit([step('j_2', 0, { ...again, end: completed })]);
    assert.deepEqual(await recordsOf('j_1'), first);
    assert.deepEqual(await recordsOf('j_2'), [
      [0, 0, two],
      [0, 1, three],
      [0, 2, one],
      [0, 3, one],
    ]);
    assert.deepEqual((await readLog(store(), 'j_1')).texts, [one, two, two]);
    assert.deepEqual((await readLog(store(), 'j_2')).texts, [two, three, one, one]);
    assert.deepEqual(await shown(), [
      ['a', three],
      ['c', one],
    ]);
    // Numbers that are taken: the record that was there first stays as it is.
    await store().commit([step('j_1', 1, { records: [one], keeps: [put('d', one, 0)] })]);
    await store().commit([step('j_1', 1, { records: [two], keeps: [put('e', two, 0)] })]);
    await store().commit([step('j_1', 1, { keeps: [remove('e')], end: completed })]);
    assert.deepEqual((await store().results('j_1', 1, 1))[0]?.records, [one]);
    if (home().durable) {
      await store().close();
      onReopened(await home().open());
    }
    assert.deepEqual(await recordsOf('j_1'), [...first, [1, 0, one]]);
    // What a tenant keeps stays without the job that brought it.
    await store().deleteJob('j_2');
    await store().deleteJob('j_1');
    await store().commit([]);
    assert.deepEqual(await shown(), [
      ['a', three],
      ['c', one],
      ['d', one],
    ]);
    await plan('j_3', 1);
    await store().commit([step('j_3', 0, { keeps: [remove('a'), put('c', two)], end: completed })]);
    assert.deepEqual(await recordsOf('j_3'), []);
    assert.deepEqual(await shown(), [
      ['c', two],
      ['d', one],
    ]);
  });

  it('makes the changes of one key in one commit, and in one batch, in order', async () => {
    await plan('j_1', 3);
    const { counters } = await store().commit([
      step('j_1', 0, {
        records: ['0', '1', '2', '3', '4'],
        keeps: [
          first('k', '"x"', 0),
          first('k', '"y"', 1),
          put('k', '"z"', 2),
          put('k', '"z"', 3),
          remove('k', 4),
          first('k', '"w"'),
        ],
        end: completed,
      }),
      step('j_1', 1, {
        records: ['0', '1'],
        keeps: [first('k', '1', 0), put('k', '2', 1)],
        end: completed,
      }),
      step('j_1', 2, { records: ['0'], keeps: [first('k', '3', 0), remove('n', 0)] }),
    ]);
    assert.deepEqual(
      (await recordsOf('j_1')).map(([seq, index]) => [seq, index]),
      [
        [0, 0],
        [0, 2],
        [0, 4],
        [1, 1],
      ],
    );
    assert.equal(counters.get('j_1')?.records, 4);
    assert.deepEqual(
      (await list()).map(({ key, json, revision }) => [key, json, revision]),
      [['k', '2', 2]],
    );
    assert.deepEqual(await store().collections('acme'), [{ name: 'leads', entries: 1 }]);
  });

  it('changes nothing for a task that has an outcome, or is none', async () => {
    await plan('j_1', 2);
    await store().commit([step('j_1', 0, { keeps: [put('a', '1')], end: completed })]);
    const late = { records: ['9'], keeps: [put('a', '9', 0), first('b', '9'), remove('a')] };
    const discard: CommitEnd = { kind: 'discarded', durationMs: 1, failure: failure('x') };
    const { stale } = await store().commit([
      step('j_1', 0, late),
      step('j_1', 0, { ...late, end: completed }),
      step('j_1', 0, { ...late, end: discard }),
      step('j_1', 0, { ...late, end: { kind: 'waiting', atMs: NOW, failure: failure('x') } }),
      step('j_1', 7, { ...late, end: completed }),
      step('j_9', 0, late),
      step('j_1', 1, { records: ['1'], keeps: [first('c', '1', 0)], end: completed }),
    ]);
    assert.deepEqual(stale, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(
      (await list()).map(({ key, json }) => [key, json]),
      [
        ['a', '1'],
        ['c', '1'],
      ],
    );
    assert.equal((await store().job('j_1'))?.counters.records, 1);
  });

  it('numbers on behind a gap when the task is resumed', async () => {
    await plan('j_0', 1);
    await store().commit([step('j_0', 0, { keeps: [first('b')], end: completed })]);
    await plan('j_1', 1);
    const dropped = { records: ['"a"', '"b"'], keeps: [first('a', '1', 0), first('b', '1', 1)] };
    await store().commit([step('j_1', 0, { ...dropped, cursor: '1' })]);
    if (home().durable) {
      await store().close();
      onReopened(await home().open());
    }
    const [resumed] = await store().pending('j_1', 0, 1);
    assert.deepEqual([resumed?.recordCount, resumed?.cursor], [2, '1']);
    const wait: CommitEnd = { kind: 'waiting', atMs: NOW, failure: failure('x') };
    const more = { records: ['"b"'], recordsFrom: 2, keeps: [first('b', '1', 0)] };
    await store().commit([step('j_1', 0, { ...more, cursor: '2', end: wait })]);
    const [due] = await store().takeDue('j_1', NOW, 9);
    assert.deepEqual([due?.recordCount, due?.cursor], [3, '2'], 'a page of gaps counts too');
    const last = { records: ['"c"'], recordsFrom: 3, keeps: [first('c', '1', 0)] };
    const { counters } = await store().commit([step('j_1', 0, { ...last, end: completed })]);
    assert.equal(counters.get('j_1')?.records, 2);
    assert.deepEqual(await recordsOf('j_1'), [
      [0, 0, '"a"'],
      [0, 3, '"c"'],
    ]);
    const [behind] = await store().records('j_1', { seq: 0, index: 1 }, 9);
    assert.deepEqual(behind, { seq: 0, index: 3, json: '"c"' });
  });

  it('leaves a record where it is when a page without a cursor comes again', async () => {
    await plan('j_1', 1);
    const page = { records: ['"a"'], keeps: [first('a', '1', 0)] };
    await store().commit([step('j_1', 0, page)]);
    const { counters } = await store().commit([step('j_1', 0, { ...page, end: completed })]);
    assert.equal(counters.get('j_1')?.records, 1);
    assert.deepEqual(await recordsOf('j_1'), [[0, 0, '"a"']]);
  });

  it('keeps tenants apart, and stays when the job goes', async () => {
    await plan('j_1', 1);
    await plan('j_2', 1, 'other');
    const own = { records: ['1'], keeps: [first('a', '1', 0)], end: completed };
    const state = { ...first('s', '2'), collection: 'lead-list-state' };
    await store().commit([
      step('j_1', 0, own),
      step('j_2', 0, { ...own, keeps: [...own.keeps, state] }),
    ]);
    assert.equal((await store().job('j_2'))?.counters.records, 1);
    await store().deleteJob('j_1');
    assert.deepEqual(await keysOf(), ['a']);
    assert.deepEqual(await keysOf({ tenant: 'other' }), ['a']);
    assert.deepEqual(await keysOf({ tenant: 'nobody' }), []);
    assert.deepEqual(await store().collections('other'), [
      { name: 'lead-list-state', entries: 1 },
      { name: 'leads', entries: 1 },
    ]);
    assert.deepEqual(await store().collections('nobody'), []);
    assert.equal(await store().entryCount('acme', 'none'), 0);
    await plan('j_3', 1);
    await store().commit([step('j_3', 0, { keeps: [remove('a')], end: completed })]);
    assert.deepEqual(await store().collections('acme'), [], 'one without entries is not told');
  });

  it('lists entries by key, filtered, page by page', async () => {
    await plan('j_1', 2);
    const given = ['b/1', 'a', 'b/2', 'b', 'b/', 'c', 'b0', 'b/🙂', 'b/\ue000', 'b/\u{10ffff}z'];
    await store().commit([step('j_1', 0, { keeps: given.map((key) => first(key)) })]);
    const below = ['b/', 'b/1', 'b/2', 'b/\ue000', 'b/🙂', 'b/\u{10ffff}z'];
    const all = ['a', 'b', ...below, 'b0', 'c'];
    assert.deepEqual(await keysOf(), all);
    assert.deepEqual(await keysOf({ prefix: 'b/' }), below);
    assert.deepEqual(await keysOf({ prefix: '' }), all);
    assert.deepEqual(await keysOf({ prefix: 'b/', after: 'b/1', limit: 2 }), ['b/2', 'b/\ue000']);
    assert.deepEqual(await keysOf({ keys: ['c', 'none', 'a', 'c'] }), ['a', 'c']);
    assert.deepEqual(await keysOf({ keys: ['c', 'a', 'b'], after: 'a', limit: 1 }), ['b']);
    assert.deepEqual(await keysOf({ keys: [] }), []);
    assert.deepEqual(await keysOf({ limit: 0 }), []);
    const later = [put('b/2', '2'), put('c', '1'), put('new', '1')];
    await store().commit([step('j_1', 0, { keeps: later, nowMs: NOW + 9 })]);
    const since = { changedSinceMs: NOW + 9 };
    assert.deepEqual(await keysOf(since), ['b/2', 'new']);
    assert.deepEqual(await keysOf({ ...since, prefix: 'b/' }), ['b/2']);
    assert.deepEqual(await keysOf({ ...since, after: 'b/2' }), ['new']);
    assert.deepEqual(await keysOf({ ...since, keys: ['a', 'new'] }), ['new']);
    assert.deepEqual(await keysOf({ changedSinceMs: NOW + 10 }), []);
  });

  it('finds the few that have changed in a large collection', async () => {
    await plan('j_1', 1);
    const key = (n: number) => `k${String(n).padStart(6, '0')}`;
    for (let from = 0; from < 45_000; from += 5_000) {
      const keeps = Array.from({ length: 5_000 }, (_, i) => first(key(from + i)));
      await store().commit([step('j_1', 0, { keeps })]);
    }
    const changed = [key(44_999), key(20_001)];
    const keeps = changed.map((each) => put(each, '2'));
    await store().commit([step('j_1', 0, { keeps, nowMs: NOW + 9 })]);
    const since = { changedSinceMs: NOW + 9 };
    assert.deepEqual(await keysOf({ ...since, limit: 1 }), [key(20_001)]);
    assert.deepEqual(await keysOf({ ...since, after: key(20_001) }), [key(44_999)]);
    assert.deepEqual(await keysOf({ ...since, after: key(44_999) }), []);
    assert.deepEqual(await keysOf({ ...since, prefix: 'k02' }), [key(20_001)]);
    assert.deepEqual(await keysOf({ ...since, prefix: 'k00' }), []);
    assert.equal(await store().entryCount('acme', 'leads'), 45_000);
  });

  it('takes values of every size and script, a page of them being bounded', async () => {
    await plan('j_1', 1);
    const large = `"${'x'.repeat(3_000_000)}"`;
    const values = ['"ä漢🙂\\u0000"', large, large, large, '[]', '""'];
    const keys = values.map((_, i) => `${i}${'k'.repeat(i === 4 ? 511 : 0)}ä`);
    const keeps = values.map((json, i) => put(keys[i] as string, json));
    await store().commit([step('j_1', 0, { keeps, end: completed })]);
    const found = new Map<string, string>();
    for (let after = '', pages = 0; ; pages += 1) {
      const page = await list({ after });
      if (page.length === 0) {
        assert.ok(pages > 1, 'not all at once');
        break;
      }
      for (const { key, json } of page) found.set(key, json);
      after = page.at(-1)?.key ?? '';
    }
    assert.deepEqual([...found.values()], values);
    assert.deepEqual([...found.keys()], keys);
  });
}
