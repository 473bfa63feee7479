/**
 * Records on their way into a DuckDB file and Parquet files, with `kill -9` at seeded random
 * moments: in the end each of them is there once, and nothing else.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { seededRandom } from '../../src/base/random.ts';
import { jobIdOf, jsonLines, type Running, scratch, sluice, start } from './sluice-process.ts';

const SEED = Number(process.env.KILL_SEED ?? 7);
const ROWS = 1_000;
const EACH = 5;
const FILLER = 4_000;

/** Records wide enough for several batches. */
const WIDE = `
export const name = 'wide';
export async function collect({ n }, ctx) {
  const filler = 'ü'.repeat(${FILLER});
  const more = Number(n) % 3 === 0 ? { third: true } : {};
  if (ctx.options?.ms) await new Promise((resolve) => setTimeout(resolve, ctx.options.ms));
  return { records: Array.from({ length: ${EACH} }, (_, i) => ({ n: Number(n), i, filler, ...more })) };
}`;

const directory = scratch();
const cwd = directory.path;

before(() => {
  mkdirSync(join(cwd, 'own'));
  writeFileSync(join(cwd, 'own', 'wide.ts'), WIDE);
  const rows = Array.from({ length: ROWS }, (_, n) => n);
  writeFileSync(join(cwd, 'rows.csv'), `n\n${rows.join('\n')}\n`);
  writeFileSync(join(cwd, 'few.csv'), 'n\n1\n2\n3\n');
});
after(() => directory[Symbol.dispose]());

async function query(sql: string, file = ':memory:') {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const SUMS = `SELECT count(*)::INTEGER, count(DISTINCT sluice_id)::INTEGER, sum(n)::DOUBLE,
  sum(i)::DOUBLE, sum(length(filler))::DOUBLE, count(third)::INTEGER FROM`;

/** What a table of all records says, by `SUMS`. */
function truth(): readonly number[] {
  let [n, third] = [0, 0];
  for (let row = 0; row < ROWS; row += 1) {
    n += row * EACH;
    if (row % 3 === 0) third += EACH;
  }
  const count = ROWS * EACH;
  return [count, count, n, (count * (EACH - 1)) / 2, count * FILLER, third];
}

async function killAfter(running: Running, ms: number): Promise<boolean> {
  const timer = setTimeout(() => running.child.kill('SIGKILL'), ms);
  const { signal } = await running.ended;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

async function assertDelivered(out: string): Promise<void> {
  const file = join(cwd, out, 'wide.duckdb');
  assert.deepEqual(await query(`${SUMS} wide`, file), [truth()]);
  const folder = join(cwd, out, 'lake', 'wide');
  const parquet = `read_parquet('${folder}/*.parquet', union_by_name = true)`;
  assert.deepEqual(await query(`${SUMS} ${parquet}`), [truth()]);
  const names = [...readdirSync(folder), ...readdirSync(join(cwd, out))];
  const left = names.filter((name) => !/\.parquet$|^wide\.duckdb$|^lake$/.test(name));
  assert.deepEqual(left, [], 'nothing is left over');
}

describe('deliveries', () => {
  it('bring the records of a run to its destinations, which it waits for', async () => {
    const to = ['--deliver', 'duckdb:calm/wide.duckdb', '--deliver', 'parquet:calm/lake'];
    const { code, stderr } = await sluice(['run', './own/wide.ts', 'rows.csv', ...to], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Delivered: 5,000 records are in duckdb:/);
    await assertDelivered('calm');
    const jobId = /Job (j_\w+)/.exec(stderr)?.[1] as string;
    const shown = await sluice(['jobs', 'show', jobId], { cwd });
    assert.match(shown.stdout, /Delivered: 5,000 records are in parquet:/);
    const more = ['duckdb:more/one.duckdb#rows', 'duckdb:more/two.duckdb?key=n#rows'];
    const later = await sluice(['jobs', 'deliver', jobId, ...more], { cwd });
    assert.equal(later.code, 0, later.stderr);
    assert.deepEqual(await query(`${SUMS} rows`, join(cwd, 'more', 'one.duckdb')), [truth()]);
    const rows = await query('SELECT count(*)::INTEGER FROM rows', join(cwd, 'more', 'two.duckdb'));
    assert.deepEqual(rows, [[ROWS]], 'the last record of each key');
    const json = await sluice(['jobs', 'show', jobId, '--json'], { cwd });
    const [{ deliveries }] = jsonLines(json.stdout) as [{ deliveries: { state: string }[] }];
    assert.deepEqual(
      deliveries.map(({ state }) => state),
      ['delivered', 'delivered', 'delivered', 'delivered'],
    );
  });

  it(`are whole after kills in the middle (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const to = ['--deliver', 'duckdb:killed/wide.duckdb', '--deliver', 'parquet:killed/lake'];
    const options = ['--data', 'killed-data', '--json'];
    const first = start(['run', './own/wide.ts', 'rows.csv', ...to, ...options], { cwd });
    const jobId = await jobIdOf(first);
    let kills = (await killAfter(first, 1_000 * random.next())) ? 1 : 0;
    const resume = ['jobs', 'resume', jobId, ...options];
    const deliver = ['jobs', 'deliver', jobId, ...options];
    for (let tries = 0, ended = false; ; tries += 1) {
      if (!ended) {
        const shown = await sluice(['jobs', 'show', jobId, ...options], { cwd });
        ended = jsonLines(shown.stdout)[0]?.state === 'completed';
      }
      const running = start(ended ? deliver : resume, { cwd });
      if (tries < 6 && (await killAfter(running, 250 + 1_500 * random.next()))) {
        kills += 1;
        continue;
      }
      const { code, stderr } = await running.ended;
      assert.equal(code, 0, stderr);
      break;
    }
    assert.ok(kills > 0, 'some were killed');
    await assertDelivered('killed');
  });

  it('stop where they are refused, and go on once that is mended', async () => {
    writeFileSync(join(cwd, 'none.duckdb'), 'this is no database, but it is long enough');
    const base = ['--data', 'calm-data'];
    const run = ['run', './own/wide.ts', 'few.csv', ...base, '--deliver', 'duckdb:none.duckdb'];
    const refused = await sluice(run, { cwd });
    assert.equal(refused.code, 6, refused.stderr);
    assert.match(refused.stderr, /Delivery stopped, 0 of 15 records .*\[sink\.refused\]/);
    const again = /Deliver the rest: sluice (.*)/.exec(refused.stderr)?.[1]?.split(' ') ?? [];
    assert.equal(readFileSync(join(cwd, 'none.duckdb'), 'utf8').slice(0, 4), 'this');
    rmSync(join(cwd, 'none.duckdb'));
    const mended = await sluice(again, { cwd });
    assert.equal(mended.code, 0, mended.stderr);
    assert.match(mended.stderr, /Delivered: 15 records/);
  });

  it('are waited for no longer than --timeout says', async () => {
    const run = ['run', './own/wide.ts', 'few.csv', '--data', 'late-data', '--timeout', '8s'];
    const away = ['--deliver', 'postgres://user@127.0.0.1:1/nowhere?table=wide'];
    const { code, stderr } = await sluice([...run, ...away], { cwd });
    assert.equal(code, 124, stderr);
    // On a machine that is very busy the job itself may not be there yet.
    if (/^Completed/m.test(stderr)) {
      assert.match(stderr, /Deliver the rest: sluice jobs deliver j_/);
    }
    // Whether or not the job had the time to end, what is left is said once or twice, not for ever.
    assert.ok(stderr.split('Delivery rests').length <= 3, stderr);
  });

  it('never show a password', async () => {
    const secret = 'postgres://user:pass%20word@127.0.0.1:1/nowhere?table=wide';
    const run = ['run', './own/wide.ts', 'few.csv', '--data', 'secret-data', '--timeout', '60s'];
    const running = start([...run, '--deliver', secret], { cwd });
    await running.said(/Delivery rests/);
    running.child.kill('SIGINT');
    const { stderr, stdout, code } = await running.ended;
    assert.equal(code, 130, stderr);
    const jobId = /Job (j_\w+)/.exec(stderr)?.[1] as string;
    const shown = await sluice(['jobs', 'show', jobId, '--data', 'secret-data'], { cwd });
    assert.match(shown.stdout, /Delivery rests.*postgres:\/\/127\.0\.0\.1:1\/nowhere#wide/);
    for (const text of [stderr, stdout, shown.stdout]) assert.doesNotMatch(text, /pass(%20| )word/);
    const files = readdirSync(join(cwd, 'secret-data')).filter((name) => name.startsWith('sluice'));
    for (const name of files) {
      const bytes = readFileSync(join(cwd, 'secret-data', name), 'latin1');
      assert.doesNotMatch(bytes, /pass(%20| )word/, name);
    }
    const unknown = await sluice([...run, '--deliver', 'kafka://x:pass%20word@y'], { cwd });
    assert.equal(unknown.code, 2);
    assert.doesNotMatch(unknown.stderr, /pass(%20| )word/);
  });
});
