/** Lists of credentials in databases: the same clients as of the same list in a file. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after as afterAll, before, describe, it } from 'node:test';
import { type BigQueryStandIn, startBigQuery } from '../../sandbox/bigquery/start-bigquery.ts';
import { systemClock } from '../../src/base/clock.ts';
import { SluiceError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { readCredentials } from '../../src/engine/credential-list.ts';
import { credentialSource } from '../../src/engine/credential-source.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';

const CSV =
  'Campaign,Client,URL,User,Password,Campaign IDs,In-Groups,Time Zone\n' +
  'solar,"Nord, Inc",https://d.example/vicidial,u1,"{Pa%ss, ""1""}",A B,none,Europe/Berlin\n' +
  'solar,Süd,https://d.example/vicidial,u2,Pa%ss-2,,,\n';

const postgres = usePostgres({ settings: { fsync: 'off' } });
const directory = mkdtempSync(join(tmpdir(), 'sluice-credentials-'));
let bigQuery: BigQueryStandIn;
let url: string;

function sourceAt(where: string, keyFile = join(directory, 'service-account.json')) {
  const settings = { bigqueryUrl: bigQuery.url, googleKeyFile: keyFile };
  const sleep = (ms: number) => systemClock.sleep(Math.min(ms, 5));
  const after = systemClock.after.bind(systemClock);
  const wallMs = () => systemClock.wallMs();
  const clock = { wallMs, monoMs: () => systemClock.monoMs(), after, sleep };
  const parts = { settings, clock, random: seededRandom(1) };
  return credentialSource(where, { ...parts, cwd: directory });
}

async function rejects(promise: Promise<unknown>, code: string, words: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof SluiceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    assert.doesNotMatch(`${error.message} ${error.stack}`, /Pa%ss|hidden/);
    return true;
  });
}

describe('a list of credentials in a database', () => {
  before(async () => {
    const file = join(directory, 'clients.csv');
    writeFileSync(file, CSV);
    const plain = join(directory, 'plain.csv');
    writeFileSync(
      plain,
      CSV.replace(/[ -](?=[^\n]*\n)/, '_').replace(
        /^.*\n/,
        'campaign,client,url,user,password,campaign_ids,in_groups,time_zone\n',
      ),
    );
    bigQuery = await startBigQuery({
      rows: 0,
      jobMs: 0,
      auth: true,
      pageRows: 1,
      credentials: plain,
      directory,
    });
    url = await postgres.databaseUrl();
    await postgres.query(
      url,
      `CREATE TABLE clients (campaign text, client text, url text, "user" text, password text,
         campaign_ids text[], in_groups varchar(20), time_zone text, note int);
       INSERT INTO clients VALUES
         ('solar', 'Nord, Inc', 'https://d.example/vicidial', 'u1', '{Pa%ss, "1"}', '{A,B}', 'none', 'Europe/Berlin', 7),
         ('solar', 'Süd', 'https://d.example/vicidial', 'u2', 'Pa%ss-2', NULL, NULL, NULL, NULL)`,
    );
  });
  afterAll(async () => {
    await bigQuery.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is the same from each place, and its name tells no user', async () => {
    const wanted = await readCredentials(sourceAt('clients.csv'));
    assert.equal(wanted.logins[0]?.secret.password, '{Pa%ss, "1"}');
    const query = encodeURIComponent('SELECT * FROM clients ORDER BY client;');
    const named: [string, string][] = [
      [`${url}?table=clients`, 'table clients'],
      [`${url}?table=public.clients`, 'table public.clients'],
      [`${url}/clients`, 'table clients'],
      [`${url}?query=${query}`, ''],
      ['bigquery://sandbox/campaigns/credentials', 'bigquery://sandbox/campaigns/credentials'],
      [
        `bigquery://sandbox/campaigns?query=${encodeURIComponent('SELECT * FROM `campaigns.credentials`')}`,
        'bigquery://sandbox/campaigns',
      ],
    ];
    for (const [where, name] of named) {
      const source = sourceAt(where);
      assert.ok(source.name.endsWith(name), source.name);
      assert.doesNotMatch(source.name, /@/);
      const list = await readCredentials(source);
      assert.deepEqual(list, wanted, where);
    }
  });

  it('is read only, whatever the query', async () => {
    const query = encodeURIComponent(
      'WITH gone AS (DELETE FROM clients RETURNING *) SELECT * FROM gone',
    );
    await rejects(
      readCredentials(sourceAt(`${url}?query=${query}`)),
      'campaigns.source_refused',
      /DELETE|data-modifying/i,
    );
    const two = encodeURIComponent('SELECT 1) AS x; DELETE FROM clients; SELECT * FROM (SELECT 1');
    await rejects(
      readCredentials(sourceAt(`${url}?query=${two}`)),
      'campaigns.source_refused',
      /multiple commands/,
    );
    assert.equal((await postgres.query(url, 'SELECT 1 FROM clients')).length, 2);
  });

  it('says what is wrong with its place', async () => {
    const at = (where: string) => readCredentials(sourceAt(where));
    const cases: readonly (readonly [string, string, RegExp])[] = [
      [`${url}?table=none`, 'campaigns.source_refused', /relation "none" does not exist/],
      [
        'postgres://u:hidden@127.0.0.1:1/d?table=t',
        'campaigns.source_unavailable',
        /^postgres:\/\/127\.0\.0\.1:1\/d table t .*ECONNREFUSED/,
      ],
      ['bigquery://sandbox/campaigns/none', 'campaigns.source_refused', /Not found: Table/],
    ];
    for (const [where, code, words] of cases) await rejects(at(where), code, words);
    bigQuery.control({ do: 'fail', at: 'query', mode: 'unavailable', times: 20 });
    await rejects(
      at('bigquery://sandbox/campaigns/credentials'),
      'campaigns.source_unavailable',
      /Retrying/,
    );
    bigQuery.reset();
    bigQuery.control({ do: 'fail', at: 'query', mode: 'job-error', times: 2 });
    await at('bigquery://sandbox/campaigns/credentials');
    const none = sourceAt('bigquery://sandbox/campaigns/credentials', join(directory, 'none'));
    await rejects(readCredentials(none), 'campaigns.source_refused', /ENOENT/);
    for (const where of [
      'postgres://u:hidden@h/d',
      'postgres://h/d?table=a.b.c',
      'postgres://h/d?table=a&query=b',
      'bigquery://sandbox/campaigns',
      'bigquery://sandbox/campaigns/t?key=a',
      'mysql://u:hidden@h/d/t',
    ]) {
      assert.throws(
        () => sourceAt(where),
        (error) => {
          assert.ok(error instanceof SluiceError);
          assert.equal(error.code, 'campaigns.source_invalid');
          assert.doesNotMatch(error.message, /hidden/);
          return true;
        },
      );
    }
  });
});
