/** What a tenant keeps across jobs, for the dashboard's tests: leads, lists, channels, and worse. */
import assert from 'node:assert/strict';
import type { KeepChange } from '../../src/store/store.ts';
import type { ServerRig } from '../server/server-rig.ts';
import { HOSTILE } from './shop-sites.ts';

const LEADS = 120;

/** By a page of a row of `jobId`, which goes on as it was. */
export async function seedKept(rig: ServerRig, jobId: string, seq: number): Promise<void> {
  const lists = [
    { source: 'followers', target: '@somebody', maxLeads: 5_000 },
    { source: 'search', target: `${HOSTILE[0]} ${HOSTILE[1]}`, name: HOSTILE[2], active: false },
  ];
  const keys: string[] = [];
  for (const json of lists) {
    const made = await rig.call('POST', '/v1/lead-lists', { key: 'run', json });
    assert.equal(made.status, 201, made.text);
    keys.push(made.json.key);
  }
  const nowMs = Date.now();
  const run = { jobId, startedMs: nowMs - 60_000, endedMs: nowMs, end: 'complete' };
  const numbers = { new: LEADS, known: 3, calls: 2, pages: 2, accounts: ['first'] };
  const state = { leads: LEADS, wholeMs: nowMs, run: { ...run, ...numbers } };
  const error = { code: 'http.404', message: `No such user: ${HOSTILE[0]}`, atMs: nowMs };
  const channel = { name: 'shops', title: HOSTILE[1], newest: 900, oldest: 1, unfinished: false };
  const ranges = [{ from: 1, to: 900, count: 880 }];
  const keeps: KeepChange[] = [
    put('lead-list-state', keys[0] as string, state),
    put('lead-list-state', keys[1] as string, { ...state, leads: 0, error }),
    put('channel-state', 'shops', { ...channel, ranges }),
    put('channel-state', 'worse', { ...channel, name: HOSTILE[0], unfinished: true, ranges }),
    ...HOSTILE.map((text, i) => put('leads', `${text.slice(0, 100)}/${i}`, { name: text })),
    ...Array.from({ length: LEADS }, (_, i) => [
      put('leads', `${1_000 + i}`, { username: `user${i}`, bio: HOSTILE[i % HOSTILE.length] }),
      put('lead-list-members', `${keys[0]}/${1_000 + i}`, { list: keys[0], id: `${1_000 + i}` }),
    ]).flat(),
  ];
  const page = { jobId, seq, attemptNo: 0, records: [], recordsFrom: 0, keeps, nowMs };
  const { stale } = await rig.store.commit([page]);
  assert.deepEqual(stale, [], 'the row is over, or not there');
}

function put(collection: string, key: string, value: unknown): KeepChange {
  return { collection, key, op: 'put', json: JSON.stringify(value) };
}
