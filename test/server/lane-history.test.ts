/** Rows of the heat map: whose they are, and what happened between two looks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LaneStatus } from '../../src/admission/admission.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import type { LaneLook } from '../../src/server/history.ts';
import { type LaneHistoryQuery, laneHistory } from '../../src/server/lane-history.ts';

function lane(key: LaneKey, more: Partial<LaneStatus> = {}): LaneStatus {
  const status = { inUse: 2, waiting: 5, slots: 4, perSecond: undefined, blocked: undefined };
  return { lane: key, ...status, wakeAtMs: undefined, memory: undefined, ...more };
}

type Waits = Readonly<Record<string, readonly (readonly [LaneKey, number])[]>>;

function look(lanes: readonly LaneStatus[], waits: Waits, atMs = 0): LaneLook {
  const tenants = Object.entries(waits).map(
    ([name, waiting]) => [name, { inUse: 3, waiting: new Map(waiting) }] as const,
  );
  return { atMs, lanes, tenants: new Map(tenants) };
}

const query: LaneHistoryQuery = {
  tenant: undefined,
  limit: 40,
  slotsOf: (tenant) => (tenant === 'acme' ? 8 : null),
  accountOf: (id) => (id === 'a1' ? { tenant: 'acme', name: 'B' } : undefined),
};

describe('the history of lanes', () => {
  const both = look([lane('host:one.example'), lane('host:two.example')], {
    acme: [['host:one.example', 4]],
    other: [
      ['host:one.example', 1],
      ['host:two.example', 7],
    ],
  });

  it('tells of each lane whose rows waited there, and how many', () => {
    const { lanes, tenants } = laneHistory([both], query);
    assert.deepEqual(
      lanes.map(({ name, of }) => [name, of]),
      [
        [
          'one.example',
          [
            { tenant: 'acme', waiting: [4] },
            { tenant: 'other', waiting: [1] },
          ],
        ],
        ['two.example', [{ tenant: 'other', waiting: [7] }]],
      ],
    );
    assert.deepEqual(tenants, [
      { name: 'acme', slots: 8, inUse: [3], waiting: [4] },
      { name: 'other', slots: null, inUse: [3], waiting: [8] },
    ]);
  });

  it('tells a tenant of nobody else', () => {
    const { lanes, tenants } = laneHistory([both], { ...query, tenant: 'acme' });
    assert.deepEqual(
      lanes.map(({ name, of }) => [name, of]),
      [['one.example', [{ tenant: 'acme', waiting: [4] }]]],
    );
    assert.deepEqual(
      tenants.map(({ name }) => name),
      ['acme'],
    );
  });

  it('gives accounts and their pools to those who own them, and all to the only one there is', () => {
    const pool: LaneKey = 'accounts:x/acme/followers';
    const lanes = [lane(pool), lane('account:x/a1'), lane('host:api.example')];
    const found = laneHistory([look(lanes, { acme: [], other: [] })], query).lanes;
    assert.deepEqual(
      found.map(({ lane: key, account, of }) => [key, account, of.map(({ tenant }) => tenant)]),
      [
        [pool, undefined, ['acme']],
        ['account:x/a1', 'B', ['acme']],
        ['host:api.example', undefined, []],
      ],
    );
    const alone = laneHistory([look(lanes, { acme: [] })], query).lanes;
    assert.ok(alone.every(({ of }) => of[0]?.tenant === 'acme'));
  });

  it('counts what was throttled between two looks, also where a lane began anew', () => {
    const at = (throttled: number, i: number) =>
      look([lane('host:one.example', { throttled })], { acme: [] }, i);
    const [row] = laneHistory([at(5, 0), at(9, 1), at(9, 2), at(1, 3), at(2, 4)], query).lanes;
    assert.deepEqual(row?.throttled, [0, 4, 0, 0, 1]);
  });
});
