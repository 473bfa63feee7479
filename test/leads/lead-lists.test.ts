/** Stored lead lists: numbers of a tenant's own, imports, and which are due. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SluiceError } from '../../src/base/errors.ts';
import { LEADS_COLLECTOR, LeadLists } from '../../src/engine/lead-lists.ts';
import type { JobSpec } from '../../src/model/job.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const MINUTE_MS = 60_000;

function open() {
  const clock = new VirtualClock();
  const store = new MemoryStore();
  const leads = new LeadLists({ store, clock, everyMs: 15 * MINUTE_MS });
  const row = (line: number, cells: Readonly<Record<string, string>>) => ({ line, cells });
  const ids = async (wishes: Parameters<LeadLists['due']>[1]) =>
    (await leads.due('acme', wishes)).map(({ id }) => id);
  /** What a job does with its lists, as far as the lists are concerned. */
  const take = async (wishes: Parameters<LeadLists['due']>[1]) => {
    const order = { collector: LEADS_COLLECTOR, options: {} };
    const { lists, taken } = await leads.order('acme', wishes, order);
    const id = `j${clock.wallMs()}`;
    await store.createJob(jobSpec(id, clock.wallMs()));
    await taken(id);
    return { id, lists: lists.map((list) => list.id) };
  };
  const end = async (id: string) => {
    await store.finishPlan(id, clock.wallMs());
    await store.moveJob(id, 'complete', { nowMs: clock.wallMs(), activeMs: 0 });
  };
  const pass = (ms: number) => clock.run(() => false, clock.monoMs() + ms);
  return { leads, row, ids, take, end, pass };
}

function jobSpec(id: string, createdMs: number): JobSpec {
  return {
    id,
    tenant: 'acme',
    collector: LEADS_COLLECTOR,
    options: {},
    input: { path: '', name: '', format: 'none', dialect: {} },
    weight: 1,
    concurrency: 0,
    retries: 3,
    idempotencyKey: undefined,
    createdMs,
  };
}

const code = (expected: string) => (error: SluiceError) => error.code === expected;
const draft = (target: string) => ({ source: 'followers', target });

describe('stored lead lists', () => {
  it('have short numbers, each given once, in each tenant', async () => {
    const { leads } = open();
    const made = [];
    for (const target of ['@a', '@b', '@c'])
      made.push(await leads.book.create('acme', draft(target)));
    assert.deepEqual(
      made.map(({ id }) => id),
      ['1', '2', '3'],
    );
    await leads.book.remove('acme', '3');
    assert.equal((await leads.book.create('acme', draft('@d'))).id, '4');
    assert.equal((await leads.book.create('other', draft('@a'))).id, '1');
    assert.deepEqual(
      (await leads.book.list('acme')).map(({ id }) => id),
      ['1', '2', '4'],
    );
    assert.deepEqual(
      (await leads.book.list('acme', '1', 1)).map(({ id }) => id),
      ['2'],
    );
  });

  it('are made by many at once, each with a number of its own', async () => {
    const { leads } = open();
    const targets = ['@a', '@b', '@c', '@d'];
    const made = await Promise.all(targets.map((name) => leads.book.create('acme', draft(name))));
    assert.deepEqual(made.map(({ id }) => id).toSorted(), ['1', '2', '3', '4']);
  });

  it('are one where source and target are, however written', async () => {
    const { leads } = open();
    await leads.book.create('acme', draft('@jack'));
    const again = leads.book.create('acme', draft('https://x.com/JACK'));
    await assert.rejects(again, code('lead_list.exists'));
    await leads.book.create('acme', { source: 'following', target: '@jack' });
    await assert.rejects(leads.book.create('acme', draft('no name')), code('lead_list.invalid'));
    await assert.rejects(leads.book.get('acme', '9'), code('lead_list.not_found'));
    await assert.rejects(leads.book.get('acme', 'x'), code('lead_list.not_found'));
    await assert.rejects(leads.book.get('other', '1'), code('lead_list.not_found'));
  });

  it('change but for their target', async () => {
    const { leads } = open();
    await leads.book.create('acme', { ...draft('@jack'), maxLeads: 50 });
    const off = await leads.book.change('acme', '1', { active: false, name: 'Jack' });
    assert.deepEqual([off.active, off.name, off.maxLeads], [false, 'Jack', 50]);
    assert.equal((await leads.book.change('acme', '1', { maxLeads: null })).maxLeads, undefined);
    assert.deepEqual(await leads.list('acme', { limit: 5 }), [
      { ...(await leads.book.get('acme', '1')), key: 'followers/@jack', state: 'new', leads: 0 },
    ]);
  });

  it('come from files: new ones, changed ones, and rows that are none', async () => {
    const { leads, row } = open();
    const rows = [
      row(2, { id: '5', source: 'followers', target: 'jack', name: 'Jack' }),
      row(3, { target: '@jill', max_leads: '10' }),
      row(4, { source: 'friends', target: '@joe' }),
      row(5, { id: '5', target: '@other' }),
      row(6, { target: 'x.com/jill', active: 'no' }),
    ];
    const first = await leads.book.import('acme', rows);
    assert.deepEqual(
      { ...first, refused: first.refused.length },
      {
        created: 2,
        changed: 0,
        same: 0,
        refused: 2,
      },
    );
    assert.match(first.refused[0]?.message ?? '', /^Line 4: the source friends is none of/);
    assert.match(
      first.refused[1]?.message ?? '',
      /^Line 5: list 5 is there with another target\.$/,
    );
    const [jack, jill] = await leads.book.list('acme');
    assert.deepEqual([jack?.id, jack?.name], ['5', 'Jack']);
    assert.deepEqual([jill?.id, jill?.maxLeads, jill?.active], ['6', 10, false]);
    const second = await leads.book.import('acme', [
      row(2, { target: '@jack', name: 'Jack' }),
      row(3, { target: '@jill', active: 'yes' }),
    ]);
    assert.deepEqual(second, { created: 0, changed: 1, same: 1, refused: [] });
    assert.equal((await leads.book.get('acme', '6')).maxLeads, 10, 'what is not said stays');
  });

  it('are due again after a while, those first that waited longest', async () => {
    const { leads, ids, take, end, pass } = open();
    for (const name of ['@a', '@b', '@c', '@d']) await leads.book.create('acme', draft(name));
    await leads.book.change('acme', '4', { active: false });
    await pass(MINUTE_MS);
    const first = await take({ maxLists: 2 });
    assert.deepEqual(first.lists, ['1', '2']);
    await end(first.id);
    assert.deepEqual(await ids({}), ['3']);
    assert.deepEqual(await ids({ ids: ['4', '1', '4'] }), ['4', '1'], 'by name, due or not');
    assert.deepEqual(await ids({ force: true }), ['3', '1', '2']);
    await pass(15 * MINUTE_MS);
    assert.deepEqual(await ids({}), ['3', '1', '2']);
  });

  it('are not taken up twice while a job has them', async () => {
    const { leads, ids, take, end, pass } = open();
    await leads.book.create('acme', draft('@a'));
    await pass(1);
    const { id } = await take({});
    await pass(60 * MINUTE_MS);
    assert.deepEqual(await ids({}), []);
    await end(id);
    assert.deepEqual(await ids({}), ['1']);
  });
});
