/**
 * Hours that are read by several exports, while calls change: each call is there once, and as it
 * was when it was read last.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startVicidial, type VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import { CampaignRig } from './campaign-rig.ts';
import { scratch } from './sluice-process.ts';
import { checkWarehouse, warehouseCalls } from './warehouse-calls.ts';

const KEYED = 'keyed.duckdb';
const ALL = 'all.duckdb';

const directory = scratch();
let vicidial: VicidialStandIn;
let rig: CampaignRig;

before(async () => {
  const sandbox = join(directory.path, 'sandbox');
  const sizes = { campaigns: 2, clients: 2, calls: 4, hours: 12 };
  vicidial = await startVicidial({ ...sizes, directory: sandbox });
  rig = new CampaignRig(vicidial, directory.path);
});
after(async () => {
  await vicidial.close();
  directory[Symbol.dispose]();
});

/** Calls that a cycle over these hours has brought. */
async function read(from: string, until: string): Promise<number> {
  const to = ['--deliver', `duckdb:${KEYED}?key=id#calls`, '--deliver', `duckdb:${ALL}#calls`];
  const span = ['--from', from, '--until', until];
  const ended = await rig.collect([...span, '--json', ...to]).ended;
  assert.equal(ended.code, 0, ended.stderr);
  return Number(rig.summaryOf(ended).records);
}

describe('hours that are read again', () => {
  it('bring each call once, and the newer state of it', async () => {
    const first = await read('2026-11-19', '2026-11-20T13');
    assert.ok(first > 0);
    const second = await read('2026-11-20T06', '2026-11-22');
    vicidial.control({ do: 'advance', minutes: 125 });
    const last = await read('2026-11-20T09', '2026-11-22');
    const again = await read('2026-11-19', '2026-11-22');
    assert.equal(again, 0, 'all that could change was among the hours that were read last');
    const calls = await checkWarehouse(join(directory.path, KEYED), vicidial.truth());
    await rig.checkTruth();
    // Without a key each state of a call is a row: as many as were brought, and none twice.
    const rows = await warehouseCalls(join(directory.path, ALL));
    assert.equal(rows.length, first + second + last);
    assert.ok(rows.length > calls, 'no call has changed');
    const states = rows.map((row) => JSON.stringify({ ...row, sluice_id: '' }));
    assert.equal(new Set(states).size, rows.length);
  });
});
