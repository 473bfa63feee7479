/**
 * Campaigns into BigQuery, as a user has them: the list from a table, the calls into another, while
 * both services fail on the way and the program is told to end amid a cycle.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BigQueryStandIn, startBigQuery } from '../../sandbox/bigquery/start-bigquery.ts';
import { startVicidial, type VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import { compareCalls } from '../../src/cli/demo/call-truth.ts';
import type { CallRecord } from '../../src/collectors/campaigns/call-record.ts';
import { CampaignRig } from './campaign-rig.ts';
import { type Ended, scratch } from './sluice-process.ts';

const LIST = 'bigquery://sandbox/campaigns/credentials';
const TO = 'bigquery://sandbox/samples/calls?key=id';
const FAULTS = {
  'rate-limit': 0.03,
  unavailable: 0.03,
  reset: 0.03,
  lost: 0.03,
  'job-error': 0.06,
  partial: 0.06,
};

const directory = scratch();
let vicidial: VicidialStandIn;
let bigQuery: BigQueryStandIn;
let rig: CampaignRig;
const ends: Ended[] = [];

before(async () => {
  const sandbox = join(directory.path, 'sandbox');
  vicidial = await startVicidial({
    ...{ calls: 10, clients: 2, latencyMs: 60, directory: sandbox },
    faults: { truncate: 0.08, reset: 0.04, 'proxy-login': 0.03 },
  });
  bigQuery = await startBigQuery({
    ...{ rows: 0, jobMs: 20, auth: true, tokenMs: 120_000, faults: FAULTS },
    credentials: vicidial.files?.credentialsFile as string,
    directory: join(directory.path, 'sandbox-bigquery'),
  });
  rig = new CampaignRig(vicidial, directory.path, {
    SLUICE_BIGQUERY_URL: bigQuery.url,
    GOOGLE_APPLICATION_CREDENTIALS: bigQuery.files?.keyFile as string,
    SLUICE_LOG_LEVEL: 'debug',
  });
});
after(async () => {
  await vicidial.close();
  await bigQuery.close();
  directory[Symbol.dispose]();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cycle = () => rig.collect(['--single', '--json', '--deliver', TO], LIST);

/** Every call is in the table once, as it is by now; nothing else was left there. */
async function checkTable(): Promise<number> {
  const rows = (await bigQuery.rows('samples.calls')) as readonly Record<string, unknown>[];
  const calls = rows.map((row) => {
    const known = Object.entries(row).filter(([, value]) => value !== null);
    return Object.fromEntries(known) as unknown as CallRecord;
  });
  const byId = new Map(calls.map((call) => [call.id, call]));
  assert.equal(byId.size, calls.length, 'a call is there twice');
  const found = compareCalls(byId, [...vicidial.truth()]);
  assert.deepEqual(found, { ...found, missing: 0, unknown: 0, different: [] });
  const tables = ['samples.people', 'campaigns.credentials', 'samples.calls'];
  assert.deepEqual(bigQuery.tables(), tables);
  return found.calls;
}

describe('campaigns delivered to BigQuery', () => {
  it('are all there once, after troubles and ends amid collecting and amid delivering', async () => {
    const stopped = async (when: () => boolean) => {
      const running = cycle();
      while (!when() && running.child.exitCode === null) await pause(5);
      running.child.kill('SIGTERM');
      const ended = await running.ended;
      ends.push(ended);
      // What ran may have come to its end meanwhile, and to the table.
      assert.ok([0, 143].includes(ended.code), ended.stderr + ended.stdout);
    };
    await stopped(() => vicidial.stats().exports >= 4);
    const loads = bigQuery.stats().calls.load ?? 0;
    vicidial.control({ do: 'advance', minutes: 65 });
    // What the first one has left is on its way, or what is new.
    await stopped(() => (bigQuery.stats().calls.load ?? 0) > loads);
    const ended = await cycle().ended;
    ends.push(ended);
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    assert.ok((await checkTable()) > 200);
    assert.ok(Object.keys(bigQuery.stats().faults).length > 0, 'nothing went wrong');
  });

  it('are put in their place where they have changed', async () => {
    const before = await bigQuery.rows('samples.calls');
    vicidial.control({ do: 'advance', minutes: 65 });
    const ended = await cycle().ended;
    ends.push(ended);
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    await checkTable();
    const brought = Number(rig.summaryOf(ended).records);
    const rows = await bigQuery.rows('samples.calls');
    assert.ok(brought > rows.length - before.length, 'no earlier call has changed');
  });

  it('have their logins taken from the table alone, too', async () => {
    const taken = await rig.sluice('campaigns', 'import', '--from', LIST, '-o', 'list.csv');
    ends.push(taken);
    assert.equal(taken.code, 0, taken.stderr);
    assert.match(readFileSync(join(directory.path, 'list.csv'), 'utf8'), /^solar,.*solar\//m);
    const none = await rig.sluice('campaigns', 'import', '--from', `${LIST}_none`);
    assert.equal(none.code, 4, none.stderr);
    assert.match(none.stderr, /credentials_none does not give the list .*Not found/);
    const both = await rig.sluice('campaigns', 'import', 'a.csv', '--from', LIST);
    assert.match(both.stderr, /name one list/);
  });

  it('leave nothing behind: no file, and no password or key anywhere', () => {
    for (const folder of ['tmp', 'staging']) {
      const path = join(directory.path, 'data', folder);
      assert.deepEqual(existsSync(path) ? readdirSync(path) : [], []);
    }
    const passwords = vicidial.world.clients.map(({ password }) => password);
    const key = bigQuery.key.private_key.split('\n').slice(1, 4);
    const texts = ends.flatMap(({ stdout, stderr }) => [stdout, stderr]);
    assert.ok(rig.checkSecrets([...passwords, ...key], texts) > 3);
  });
});
