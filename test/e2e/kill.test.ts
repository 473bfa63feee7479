/**
 * `kill -9` at seeded random moments, up to thirty times, resumed each time: the result is that of a run
 * that nobody disturbed. Nothing is lost, nothing is there twice.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { writeCollectors, writeWords } from './collector-files.ts';
import {
  type Ended,
  jobIdOf,
  jsonLines,
  type Running,
  scratch,
  sluice,
  start,
} from './sluice-process.ts';

const SEED = Number(process.env.KILL_SEED ?? 20_261_122);
const KILLS = 30;
const ROWS = 4_000;
const PAGES = 2;

const directory = scratch();
const cwd = directory.path;

before(() => {
  writeCollectors(cwd);
  const words = Array.from({ length: ROWS }, (_, i) => `word${i}`);
  writeWords(join(cwd, 'words.csv'), words);
});
after(() => directory[Symbol.dispose]());

const run = (data: string, ms: number) => [
  ...['run', './own/pace.ts', 'words.csv', '--data', data, '--json', '--retries', '0'],
  ...['--concurrency', '16', '--opt', `ms=${ms}`, '--opt', `pages=${PAGES}`],
];

async function results(data: string, jobId: string) {
  const download = ['jobs', 'download', jobId, '--data', data];
  const rows = await sluice(download, { cwd });
  const records = await sluice([...download, '--records', '--format', 'jsonl'], { cwd });
  assert.equal(rows.code + records.code, 0, rows.stderr + records.stderr);
  return { rows: rows.stdout, records: records.stdout };
}

/** Kills the process `ms` after it was started; true where it was still at work. */
async function killAfter(running: Running, ms: number): Promise<boolean> {
  const timer = setTimeout(() => running.child.kill('SIGKILL'), ms);
  const { signal } = await running.ended;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

describe('kill -9', () => {
  it(`${KILLS} times (seed ${SEED}) changes nothing in the result`, async () => {
    const random = seededRandom(SEED);
    const calm = await sluice(run('calm', 0), { cwd });
    assert.equal(calm.code, 0, calm.stderr);
    const expected = await results('calm', String(jsonLines(calm.stdout)[0]?.jobId));

    const first = start(run('killed', 25), { cwd });
    const jobId = await jobIdOf(first);
    let killed = (await killAfter(first, 400 * random.next())) ? 1 : 0;
    const resume = ['jobs', 'resume', jobId, '--data', 'killed', '--json'];
    let last: Ended | undefined;
    while (killed < KILLS && last === undefined) {
      const running = start(resume, { cwd });
      // From before the database is open to well into the work.
      if (await killAfter(running, 150 + 700 * random.next())) killed += 1;
      else last = await running.ended;
    }
    // How much is done between two kills is the machine's affair.
    assert.ok(killed >= KILLS / 3, `ended after ${killed} kills: ${last?.stderr}`);
    last ??= await sluice(resume, { cwd });
    assert.equal(last.code, 0, last.stderr);
    const { tasks, completed, failed, records, open } = jsonLines(last.stdout).at(-1) ?? {};
    assert.deepEqual([tasks, completed, failed, open], [ROWS, ROWS, 0, 0]);
    assert.equal(records, ROWS * PAGES);
    const got = await results('killed', jobId);
    assert.equal(got.rows, expected.rows);
    assert.equal(got.records, expected.records);
    assert.equal(jsonLines(got.records).length, ROWS * PAGES);
  });
});
