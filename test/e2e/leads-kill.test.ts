/**
 * `kill -9` at seeded random moments while leads are collected, resumed each time: the leads are
 * those of the truth, none of them twice, in the collection and in the job's records, and no
 * account was used by two at once.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { idsOf, keptOf, type LeadsRig, NO_WRONGS, openLeadsRig, wrongs } from './leads-rig.ts';
import { jobIdOf, jsonLines, type Running } from './sluice-process.ts';

const SEED = Number(process.env.KILL_SEED ?? 20_261_122);
const KILLS = Number(process.env.LEAD_KILLS ?? 5);
/** A run of one list reads so many pages at most: what is to be killed more often has to be slower. */
const SIZE = 1_500;
const LATENCY_MS = 20 * KILLS;

/** Kills the process `ms` after it said that it runs; true where it was still at work. */
async function killAfter(running: Running, ms: number): Promise<boolean> {
  await Promise.race([running.said(/"type":"start"/), running.ended]);
  const timer = setTimeout(() => running.child.kill('SIGKILL'), ms);
  const { signal } = await running.ended;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

describe('kill -9 of leads', () => {
  let rig: LeadsRig;
  before(async () => {
    const sizes = ['--lists', '4', '--list-size', String(SIZE), '--accounts', '4'];
    const shares = ['--short-pages', '0.3', '--empty-pages', '0.05'];
    const slow = ['--faults', 'error503:0.02', '--latency-ms', String(LATENCY_MS)];
    rig = await openLeadsRig([...sizes, ...shares, ...slow]);
    await rig.addAccounts('local', 0, 4);
    await rig.done(['leads', 'lists', 'import', rig.listsFile]);
  });
  after(() => rig.close());

  it(`${KILLS} times (seed ${SEED}) loses no lead and brings none twice`, async () => {
    const random = seededRandom(SEED);
    const first = rig.start(['leads', 'collect', '--batch', '100000', '--json']);
    const job = await jobIdOf(first);
    let killed = (await killAfter(first, 300 * random.next())) ? 1 : 0;
    const resume = ['jobs', 'resume', job, '--json'];
    while (killed < KILLS) {
      const died = await killAfter(rig.start(resume), 400 * random.next());
      if (!died) break;
      killed += 1;
    }
    assert.ok(killed >= Math.min(KILLS, 3), `it was over after ${killed} kills`);
    const last = await rig.run(resume);
    // All of the work may have been done by those that were killed.
    assert.ok(last.code === 0 || /job\.conflict/.test(last.stderr), last.stderr);

    const truth = await rig.lists();
    const expected = idsOf(truth);
    const { leads, members } = await keptOf(rig, 'local');
    assert.deepEqual(leads.toSorted(), expected);
    assert.equal(members.length, truth.flatMap(({ ids }) => ids).length);
    const download = ['jobs', 'download', job, '--records', '--format', 'jsonl'];
    const records = jsonLines((await rig.done(download)).stdout).map(({ id }) => String(id));
    assert.deepEqual(records.toSorted(), expected, 'each lead is one record');
    const lists = jsonLines((await rig.done(['leads', 'lists', 'ls', '--json'])).stdout);
    for (const list of lists) {
      const ids = truth.find((one) => one.list === list.id)?.ids ?? [];
      assert.deepEqual([list.state, list.leads], ['complete', ids.length], String(list.name));
    }
    assert.deepEqual(wrongs(await rig.stats()), NO_WRONGS);
  });
});
