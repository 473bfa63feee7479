/**
 * Large exports as files: what goes out is what goes out call by call, whatever breaks meanwhile, and
 * wherever the program is killed.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { startVicidial, type VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import { seededRandom } from '../../src/base/random.ts';
import { CampaignRig } from './campaign-rig.ts';
import { type Ended, jobIdOf, jsonLines, scratch, start } from './sluice-process.ts';

const SEED = Number(process.env.KILL_SEED ?? 20_261_122);
const KILLS = Number(process.env.KILLS ?? 3);
const SPAN = ['--opt', 'from=2026-11-20', '--opt', 'inbound=false'];
const BULK = [...SPAN, '--opt', 'bulk=true'];

const directory = scratch();
let vicidial: VicidialStandIn;
/** What is delivered call by call, without what tells one delivery from another. */
let wanted: readonly string[];

before(async () => {
  const sandbox = join(directory.path, 'sandbox');
  const sizes = { campaigns: 1, clients: 2, calls: 5, bigRows: 4_000 };
  vicidial = await startVicidial({ ...sizes, directory: sandbox });
});
after(async () => {
  await vicidial.close();
  directory[Symbol.dispose]();
});

function rigOf(name: string): CampaignRig {
  const cwd = join(directory.path, name);
  mkdirSync(cwd);
  return new CampaignRig(vicidial, cwd);
}

async function collect(rig: CampaignRig, ...more: readonly string[]): Promise<Ended> {
  const ended = await rig.collect(['--single', '--json', ...more]).ended;
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

/** Rows as text, in an order of their own. */
async function rowsOf(sql: string, file = ':memory:'): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    const all = await connection.runAndReadAll(sql);
    return all
      .getRowObjects()
      .map((row) => JSON.stringify(row))
      .sort();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const parquetOf = (rig: CampaignRig) =>
  rowsOf(
    `SELECT * EXCLUDE (sluice_id) FROM read_parquet('${rig.cwd}/lake/campaigns/*.parquet', union_by_name = true)`,
  );

async function downloaded(rig: CampaignRig, { stdout }: Ended): Promise<readonly string[]> {
  const jobId = String(jsonLines(stdout)[0]?.jobId);
  const got = await rig.sluice('jobs', 'download', jobId, '-o', 'calls.jsonl');
  assert.equal(got.code, 0, got.stderr);
  return readFileSync(join(rig.cwd, 'calls.jsonl'), 'utf8').trimEnd().split('\n').sort();
}

describe('exports in bulk', () => {
  it('bring into Parquet, DuckDB and downloads what calls one by one bring', async () => {
    const [each, bulk] = [rigOf('each'), rigOf('bulk')];
    const to = ['--deliver', 'parquet:lake', '--deliver', 'duckdb:calls.duckdb?key=id'];
    const asked = await collect(each, ...SPAN, ...to);
    wanted = await parquetOf(each);
    assert.ok(wanted.length > 4_000);
    for (const mode of ['truncate', 'reset', 'php-warning-inside', 'mysql-error'] as const) {
      vicidial.control({ do: 'fail', mode });
    }
    const ended = await collect(bulk, ...BULK, ...to);
    assert.equal(bulk.summaryOf(ended).records, wanted.length);
    assert.ok(readdirSync(join(bulk.cwd, 'data', 'record-files')).length > 0);
    assert.deepEqual(await parquetOf(bulk), wanted);
    const inDuckdb = 'SELECT * EXCLUDE (sluice_id, sluice_version) FROM campaigns';
    assert.deepEqual(
      await rowsOf(inDuckdb, join(bulk.cwd, 'calls.duckdb')),
      await rowsOf(inDuckdb, join(each.cwd, 'calls.duckdb')),
    );
    assert.deepEqual(await downloaded(bulk, ended), await downloaded(each, asked));
    const passwords = vicidial.world.clients.map(({ password }) => password);
    assert.ok(bulk.checkSecrets(passwords, [ended.stdout, ended.stderr]) > 5);
  });

  it(`bring each call once, killed ${KILLS} times (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const rig = rigOf('killed');
    const args = ['--single', '--json', ...BULK, '--deliver', 'parquet:lake'];
    let running = rig.collect(args);
    const jobId = await jobIdOf(running);
    for (let killed = 0; killed < KILLS; killed += 1) {
      const files = join(rig.cwd, 'data', 'record-files', jobId);
      const lake = join(rig.cwd, 'lake', 'campaigns');
      // While a file is written, when it is there, and when some of it is delivered.
      const seen = [
        () => existsSync(files),
        () => existsSync(files) && readdirSync(files).some((name) => name.endsWith('.tsv')),
        () => existsSync(lake),
      ][killed % 3] as () => boolean;
      while (!seen() && running.child.exitCode === null) await pause(1);
      await pause(Math.floor(random.next() * 30));
      running.child.kill('SIGKILL');
      await running.ended;
      running = start(['jobs', 'resume', jobId, '--json'], rig.options);
      if (killed === KILLS - 1) assert.notEqual((await running.ended).code, 128);
    }
    await running.ended;
    const ended = await rig.sluice('jobs', 'deliver', jobId, '--json');
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await parquetOf(rig), wanted);
    const left = readdirSync(join(rig.cwd, 'data', 'record-files', jobId));
    assert.deepEqual(
      left.filter((name) => name.endsWith('.part')),
      [],
    );
    assert.equal((await rig.sluice('jobs', 'rm', jobId, '--yes')).code, 0);
    assert.deepEqual(readdirSync(join(rig.cwd, 'data', 'record-files')), []);
  });

  it('say what they need', async () => {
    const rig = rigOf('asked');
    const spanless = await rig.collect(['--single', '--opt', 'bulk=true']).ended;
    assert.equal(spanless.code, 2);
    assert.match(spanless.stderr, /needs a span/);
    const both = await rig.collect(['--single', '--opt', 'bulk=true', '--from', '2026-11-20'])
      .ended;
    assert.equal(both.code, 2);
    assert.match(both.stderr, /inbound=false/);
  });

  it('wait where nothing can be written, and go on from there', async () => {
    const rig = rigOf('full');
    const folder = join(rig.cwd, 'data', 'record-files');
    mkdirSync(join(rig.cwd, 'data'));
    // What is to be a folder is a file.
    writeFileSync(folder, '');
    const running = rig.collect(['--single', ...BULK, '--deliver', 'parquet:lake']);
    const jobId = await jobIdOf(running);
    const ended = await running.ended;
    assert.notEqual(ended.code, 0);
    assert.match(ended.stdout + ended.stderr, /cannot be kept/);
    // By itself, although the delivery is not at its end.
    assert.equal(ended.signal, null);
    assert.match(ended.stderr, new RegExp(`Resume: sluice jobs resume ${jobId}`));
    rmSync(folder);
    assert.equal((await rig.sluice('jobs', 'resume', jobId)).code, 0);
    assert.equal((await rig.sluice('jobs', 'deliver', jobId, 'parquet:lake')).code, 0);
    assert.deepEqual(await parquetOf(rig), wanted);
    const copy = await rig.sluice('db', 'backup', 'copy');
    assert.equal(copy.code, 0, copy.stderr);
    const got = await rig.sluice('jobs', 'download', jobId, '--data', 'copy', '-o', 'copy.jsonl');
    assert.equal(got.code, 0, got.stderr);
    const lines = readFileSync(join(rig.cwd, 'copy.jsonl'), 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, wanted.length);
    const moved = await rig.sluice('db', 'copy', '--to', 'postgres://127.0.0.1:1/none');
    assert.notEqual(moved.code, 0);
    assert.match(moved.stderr, /are in files of this machine/);
  });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
