/** One run over one list, against answers of every kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FailureError } from '../../src/model/failure.ts';
import { FakeX, idsOf } from '../fakes/fake-x.ts';

const SUSPENDED = {
  status: 403,
  body: { errors: [{ code: 64, message: 'Your account is suspended.' }] },
};
const notFound = {
  errors: [
    { title: 'Not Found Error', detail: 'Could not find user', type: 'x/resource-not-found' },
  ],
};

function listOf(count: number): FakeX {
  const x = new FakeX();
  x.members = idsOf(count);
  return x;
}

function failureOf(end: unknown): string {
  assert.ok(end instanceof FailureError, String(end));
  return `${end.failure.class} ${end.failure.code}`;
}

function everyoneOnce(x: FakeX): void {
  assert.deepEqual(x.records.map(({ id }) => id).toSorted(), x.members.toSorted());
}

describe('collecting a list', () => {
  it('brings everybody once, with where the list stands', async () => {
    const x = listOf(2_500);
    const list = x.list({ id: '7', name: 'Jack’s' });
    assert.equal(await x.run(list, 'j1', { batch: 10_000 }), 'done');
    everyoneOnce(x);
    assert.equal(x.records[0]?.listId, '7');
    const state = x.stateOf(list);
    assert.equal(state.leads, 2_500);
    assert.equal(state.run.end, 'complete');
    assert.equal(state.run.calls, 4, 'a look-up and three pages');
    assert.deepEqual(state.run.accounts, ['a', 'b', 'c']);
    assert.ok(x.kept.has(`lead-list-members/followers/@jack/${x.members[0]}`));
    assert.ok(x.pauses.every((ms) => ms >= 500 && ms < 1_500));
    assert.ok(new Set(x.pauses).size > 1, 'pauses are drawn');
  });

  it('brings a batch a run, and goes on where it stopped', async () => {
    const x = listOf(2_500);
    const list = x.list();
    for (const [run, expected] of [1_000, 2_000, 2_500].entries()) {
      assert.equal(await x.run(list, `j${run}`), 'done');
      assert.equal(x.records.length, expected);
    }
    everyoneOnce(x);
    assert.equal(x.stateOf(list).run.end, 'complete');
    const calls = x.calls.length;
    assert.equal(await x.run(list, 'j9'), 'done');
    assert.equal(x.calls.length, calls + 1, 'nothing new costs one call');
  });

  it('goes on at once with another account, at the same page', async () => {
    const x = listOf(3_000);
    x.answer = ({ account, path }, no) =>
      account === 'b' && path.endsWith('/followers')
        ? { status: 429, headers: no > 3 ? {} : reset(x, 60) }
        : undefined;
    assert.equal(await x.run(x.list(), 'j1', { batch: 3_000 }), 'done');
    everyoneOnce(x);
    assert.deepEqual([...x.states.keys()], ['b']);
    assert.match(x.states.get('b') ?? '', /^rests 61000: X asks for patience \(429\)\.$/);
    const refused = x.calls.findIndex(({ account }) => account === 'b');
    assert.equal(
      x.calls[refused + 1]?.query.get('pagination_token'),
      x.calls[refused]?.query.get('pagination_token'),
    );
  });

  it('waits where all accounts rest, and the next attempt goes on', async () => {
    const x = listOf(3_000);
    const list = x.list();
    x.answer = (_, no) => (no > 2 ? { status: 429 } : undefined);
    assert.equal(
      failureOf(await x.run(list, 'j1', { batch: 3_000 })),
      'throttled account.all_resting',
    );
    assert.equal(x.stateOf(list).error, undefined, 'to wait is no error');
    assert.equal(x.states.get('c'), 'rests : X asks for patience (429).', 'as long as is usual');
    x.states.clear();
    x.answer = () => undefined;
    assert.equal(await x.run(list, 'j1', { batch: 3_000 }), 'done');
    everyoneOnce(x);
  });

  it('sets accounts aside that are not let in, and says why', async () => {
    const x = listOf(3_000);
    x.answer = ({ account, path }) => {
      if (account === 'a' && path.endsWith('/followers')) return SUSPENDED;
      return account === 'b' ? { status: 401 } : undefined;
    };
    assert.equal(await x.run(x.list(), 'j1', { batch: 3_000 }), 'done');
    everyoneOnce(x);
    assert.equal(x.states.get('a'), 'X says: Your account is suspended (403).');
    assert.equal(x.states.get('b'), 'X does not accept its token (401).');
  });

  const ends: readonly (readonly [string, number, unknown, string])[] = [
    ['an unknown target', 200, notFound, 'gone leads.target_not_found'],
    ['no credits', 402, { title: 'CreditsDepleted', detail: 'none' }, 'stop x.credits'],
    ['a monthly cap', 429, { title: 'UsageCapExceeded', detail: 'cap' }, 'stop x.usage_cap'],
    ['a passing fault', 503, undefined, 'transient http.503'],
    ['a page without meta', 200, { data: [] }, 'transient x.no_page'],
  ];
  for (const [name, status, body, expected] of ends) {
    it(`ends by ${name} with what it had, and goes on from there later`, async () => {
      const x = listOf(3_000);
      const list = x.list();
      x.answer = (_, no) => (no === 3 ? { status, body } : undefined);
      assert.equal(failureOf(await x.run(list, 'j1', { batch: 3_000 })), expected);
      assert.equal(x.records.length, 1_000);
      assert.equal(x.stateOf(list).error.code, expected.split(' ')[1]);
      assert.equal(x.states.size, 0, 'no account is to blame');
      assert.equal(await x.run(list, 'j2', { batch: 3_000 }), 'done');
      everyoneOnce(x);
      assert.equal(x.stateOf(list).error, undefined);
    });
  }

  it('begins anew, once, where X does not know a token any more', async () => {
    const x = listOf(3_000);
    const list = x.list();
    const lost = {
      status: 400,
      body: { errors: [{ parameters: { pagination_token: ['x'] }, message: 'not valid' }] },
    };
    x.answer = (_, no) => (no === 4 ? lost : undefined);
    assert.equal(await x.run(list, 'j1', { batch: 3_000 }), 'done');
    everyoneOnce(x);
    assert.equal(x.stateOf(list).run.known, 2_000);
    x.answer = ({ query }) => (query.has('pagination_token') ? lost : undefined);
    assert.equal(failureOf(await x.run(list, 'j2', { force: true })), 'invalid x.place_lost');
  });

  it('loses nobody and brings nobody twice, wherever it dies', async () => {
    for (let pages = 1; pages < 6; pages += 1) {
      const x = listOf(450);
      const list = x.list({ source: 'list', target: '1410000000000000001' });
      assert.equal(await x.run(list, 'j1', {}, pages), 'died');
      assert.equal(await x.run(list, 'j1'), 'done');
      everyoneOnce(x);
      assert.equal(x.stateOf(list).run.new, 450);
    }
  });

  it('takes as many as the list may have', async () => {
    const x = listOf(500);
    const list = x.list({ max_leads: '120' });
    assert.equal(await x.run(list, 'j1'), 'done');
    assert.equal(x.records.length, 120);
    assert.equal(x.calls.at(-1)?.query.get('max_results'), '120', 'and asks for no more');
    assert.equal(x.stateOf(list).run.end, 'limit');
  });

  it('knows a lead of another list, and that it is on this one as well', async () => {
    const x = listOf(10);
    await x.run(x.list(), 'j1');
    const other = x.list({ target: '@jill' });
    await x.run(other, 'j1');
    everyoneOnce(x);
    assert.equal(x.stateOf(other).leads, 10);
  });

  it('asks nothing for a list that is switched off', async () => {
    const x = listOf(10);
    assert.equal(await x.run(x.list({ active: 'no' }), 'j1'), 'done');
    assert.equal(x.calls.length, 0);
  });

  it('stops where X wants tokens of another kind from all accounts', async () => {
    const x = listOf(10);
    const body = { title: 'Unsupported Authentication', type: 'x/unsupported-authentication' };
    x.answer = () => ({ status: 403, body });
    assert.equal(failureOf(await x.run(x.list(), 'j1')), 'stop x.token_kind');
    assert.equal(x.states.size, 3);
  });
});

function reset(x: FakeX, seconds: number): Record<string, string> {
  return {
    date: new Date(x.nowMs).toUTCString(),
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': String(x.nowMs / 1_000 + seconds),
  };
}
