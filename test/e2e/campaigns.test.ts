/** Campaigns as users collect them: cycles, wrong logins, trouble on servers, signals. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startVicidial, type VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import { CampaignRig, childrenOf, isThere } from './campaign-rig.ts';
import { type Ended, jsonLines, scratch } from './sluice-process.ts';

const directory = scratch();
let vicidial: VicidialStandIn;
let rig: CampaignRig;
const ends: Ended[] = [];

before(async () => {
  const sandbox = join(directory.path, 'sandbox');
  vicidial = await startVicidial({ calls: 8, clients: 3, directory: sandbox });
  rig = new CampaignRig(vicidial, directory.path, { SLUICE_LOG_LEVEL: 'debug' });
});
after(async () => {
  await vicidial.close();
  directory[Symbol.dispose]();
});

const once = async (more: readonly string[] = [], file?: string) => {
  const ended = await rig.collect(['--single', ...more], file).ended;
  ends.push(ended);
  return ended;
};

describe('campaigns', () => {
  it('are collected as they are, with every trouble on the way', async () => {
    for (const mode of [
      'truncate',
      'reset',
      'proxy-login',
      'php-warning',
      'mysql-error',
    ] as const) {
      vicidial.control({ do: 'fail', mode });
    }
    vicidial.control({ do: 'fail', mode: 'php-warning-inside' });
    const ended = await once(['--json']);
    assert.equal(ended.code, 0, ended.stderr);
    const calls = await rig.checkTruth();
    const summary = rig.summaryOf(ended);
    assert.equal(summary.records, calls);
    const campaigns = summary.campaigns as { campaign: string; clients: number; records: number }[];
    assert.deepEqual(
      campaigns.map(({ campaign, clients }) => [campaign, clients]),
      [
        ['insurance', 1],
        ['solar', 3],
        ['telecom', 2],
      ],
    );
    assert.equal(
      campaigns.reduce((sum, { records }) => sum + records, 0),
      calls,
    );
    assert.equal(Object.keys(vicidial.stats().faults).length, 6);
  });

  it('bring what is new and has changed, the next time', async () => {
    const before = await rig.kept();
    vicidial.control({ do: 'advance', minutes: 65 });
    const ended = await once();
    assert.equal(ended.code, 0, ended.stderr);
    await rig.checkTruth();
    const after = await rig.kept();
    const changed = [...after].filter(
      ([key, call]) => JSON.stringify(before.get(key)) !== JSON.stringify(call),
    );
    assert.ok(changed.length > after.size - before.size, 'no earlier call has changed');
    assert.match(ended.stdout, new RegExp(`3 campaigns, ${changed.length} calls new or changed`));
    assert.match(ended.stdout, /^solar +3 /m);
  });

  it('take a span of hours day by day', async () => {
    const ended = await once(['--from', '2026-11-19', '--to', '2026-11-21', '--json']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /"total":12|"tasks":12/);
    assert.equal(rig.summaryOf(ended).records, 0);
  });

  it('try a wrong login once, name it, and go on with the others', async () => {
    const client = 'solar/Nordwind';
    vicidial.control({ do: 'password', client, password: 'changed-meanwhile' });
    vicidial.control({ do: 'advance', minutes: 30 });
    vicidial.reset();
    const ended = await once();
    assert.equal(ended.code, 3, ended.stderr);
    assert.match(ended.stdout, /solar: The account solar\/Nordwind is not let in/);
    assert.equal(vicidial.stats().loginsFailed, 1);
    // Set aside: the same list does not try it again.
    const again = await once();
    assert.equal(again.code, 3);
    assert.equal(vicidial.stats().loginsFailed, 1);
    const list = readFileSync(rig.credentials, 'utf8').replace(
      /^(solar,Nordwind,[^,]*,[^,]*),[^,]*/m,
      '$1,changed-meanwhile',
    );
    writeFileSync(join(directory.path, 'sandbox', 'corrected.csv'), list);
    const corrected = await once([], 'sandbox/corrected.csv');
    assert.equal(corrected.code, 0, corrected.stderr);
    await rig.checkTruth();
  });

  it('are no input with their passwords, and one without', async () => {
    const inputs = join(directory.path, 'data', 'inputs');
    const before = readdirSync(inputs).length;
    const refused = await rig.sluice('run', 'campaigns', rig.credentials);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /has a column password/);
    assert.equal(readdirSync(inputs).length, before);
    const corrected = 'sandbox/corrected.csv';
    const imported = await rig.sluice('campaigns', 'import', corrected, '-o', 'list.csv');
    assert.equal(imported.code, 0, imported.stderr);
    const run = await rig.sluice('run', 'campaigns', 'list.csv', '-o', 'new.csv');
    assert.equal(run.code, 0, run.stderr);
    ends.push(refused, imported, run);
  });

  it('come round again and again until they are told to end', async () => {
    const running = rig.collect(['--every', '1'], 'sandbox/corrected.csv');
    await running.said(/next cycle begins at \d\d:\d\d UTC/);
    const children = childrenOf(running.child.pid as number);
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    assert.equal(ended.code, 143, ended.stderr);
    // They hear of it by themselves, and whoever takes care of orphans here may be slow.
    while (children.some(isThere)) await delay(20);
    ends.push(ended);
  });

  it('leave no password anywhere', async () => {
    const logs = await rig.sluice('accounts', 'ls', 'vicidial', '--json');
    const accounts = jsonLines(logs.stdout);
    assert.ok(accounts.length > 2 && accounts.every(({ calls }) => Number(calls) > 1), logs.stdout);
    const passwords = vicidial.world.clients.map(({ password }) => password);
    const texts = [...ends, logs].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    const original = readFileSync(rig.credentials, 'utf8').match(/Pw-\w+/g) ?? [];
    assert.equal(original.length, vicidial.world.clients.length);
    assert.ok(rig.checkSecrets([...passwords, ...original], texts) > 5);
  });
});
