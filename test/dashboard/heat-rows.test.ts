/** The tree of the heat map and the words of its cells, without a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cellClass,
  cellWords,
  heatRows,
  type LaneHistory,
  type LaneRow,
  unfolded,
} from '../../src/dashboard/pages/heat-rows.ts';

const AT = [
  new Date(2026, 10, 22, 14, 2, 0).getTime(),
  new Date(2026, 10, 22, 14, 2, 10).getTime(),
];

function lane(name: string, tenants: readonly string[], more: Partial<LaneRow> = {}): LaneRow {
  const [kind = '', rest = ''] = name.split(/:(.*)/s);
  return {
    lane: name,
    kind,
    name: rest,
    inUse: [null, 4],
    slots: [null, 10],
    waiting: [null, 31],
    blocked: [null, null],
    throttled: [null, 0],
    of: tenants.map((tenant) => ({ tenant, waiting: [null, 7] })),
    ...more,
  };
}

function history(lanes: readonly LaneRow[], tenants = ['acme', 'other']): LaneHistory {
  const series = { inUse: [1, 2], slots: 8, waiting: [0, 7] };
  return { stepMs: 10_000, atMs: AT, tenants: tenants.map((name) => ({ name, ...series })), lanes };
}

describe('the rows of the heat map', () => {
  const rows = heatRows(
    history([
      lane('host:a.example', ['acme', 'other']),
      lane('accounts:x/acme', ['acme']),
      lane('accounts:x/acme/followers', ['acme']),
      lane('account:x/a_1', ['acme'], { account: 'B', inUse: [null, 10] }),
      lane('host:b.example', []),
    ]),
  );

  it('are a tree: tenants, their limits, and accounts below the pool of their service', () => {
    assert.deepEqual(
      rows.map(({ words, depth, place, siblings }) => [depth, words, `${place}/${siblings}`]),
      [
        [1, 'tenant acme', '1/3'],
        [2, 'accounts x/acme', '1/2'],
        [3, 'accounts x/acme/followers', '1/2'],
        [3, 'account B', '2/2'],
        [2, 'host a.example', '2/2'],
        [1, 'tenant other', '2/3'],
        [2, 'host a.example', '1/1'],
        [1, 'where no row waits', '3/3'],
        [2, 'host b.example', '1/1'],
      ],
    );
    // Of a host that several use each is told its own rows.
    assert.deepEqual(rows[4]?.waiting, [null, 7]);
  });

  it('fold away with all that is below, and stay where they were first seen', () => {
    const words = (folded: readonly string[]) =>
      unfolded(rows, new Set(folded)).map(({ words: each }) => each);
    assert.equal(words(['tenant:acme']).length, 5);
    assert.equal(words(['acme/accounts:x/acme']).length, 7);
    assert.equal(words(rows.map(({ key }) => key)).length, 3);
    const turned = history([lane('host:b.example', ['acme']), lane('host:a.example', ['acme'])]);
    const known = heatRows(turned).map(({ key }) => key);
    const again = history([lane('host:a.example', ['acme']), lane('host:b.example', ['acme'])]);
    assert.deepEqual(
      heatRows(again, known).map(({ key }) => key),
      known,
    );
  });

  it('say in words what a cell shows', () => {
    const of = (more: Partial<LaneRow>) =>
      heatRows(history([lane('host:a.example', ['acme'], more)]))[1];
    const row = of({ inUse: [null, 9], throttled: [null, 4], blocked: [null, 'rate'] });
    assert.ok(row);
    assert.equal(
      cellWords(row, 1, AT),
      '14:02:10, host a.example: 90 % of 10 slots, 7 waiting, 4 throttled, at its rate.',
    );
    const pool = heatRows(
      history([lane('accounts:x/acme/list', ['acme'], { blocked: [null, 'rest'] })]),
    )[1];
    assert.ok(pool);
    assert.match(cellWords(pool, 1, AT), /, no account was ready\.$/);
    assert.equal(cellWords(row, 0, AT), '14:02:00, host a.example: nothing was there.');
    assert.deepEqual([cellClass(row, 1), cellClass(row, 0)], ['heat-3 heat-hatch', 'heat-none']);
    const classOf = (more: Partial<LaneRow>) => cellClass(of(more) as NonNullable<typeof row>, 1);
    assert.equal(classOf({ inUse: [0, 0] }), 'heat-0');
    assert.equal(classOf({ blocked: [null, 'rest'], throttled: [0, 2] }), 'heat-2 heat-dot');
    assert.equal(classOf({ blocked: [null, 'breaker'], inUse: [0, 10] }), 'heat-4 heat-notch');
    assert.equal(classOf({ blocked: [null, 'concurrency'], slots: [0, -1] }), 'heat-1');
  });
});
