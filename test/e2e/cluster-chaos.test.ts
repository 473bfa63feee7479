/**
 * A long job on several nodes while they are killed, frozen, cut off, told to go, and the database
 * is restarted, at times by seed: its result is that of a run that nobody disturbed, no host is
 * asked more than it allows, and little is done twice.
 *
 * CHAOS_FAULTS=100 is the long version, with cuts of 30 s, and CHAOS_KINDS=freeze,kill takes some
 * kinds alone; CHAOS_SEED is another order of events.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pick, seededRandom } from '../../src/base/random.ts';
import type { JudgingServer } from '../fakes/judging-server.ts';
import { usePostgres } from '../fakes/postgres-rig.ts';
import {
  type Befallen,
  befall,
  COLLECTOR,
  FAULTS,
  type HandOver,
  PAGES,
  RATE,
  report,
  rowsFor,
  SLOTS,
  startHosts,
  writeWalk,
} from './chaos.ts';
import { Cluster, type ClusterOptions } from './cluster-rig.ts';
import { scratch } from './sluice-process.ts';

const SEED = Number(process.env.CHAOS_SEED ?? 20_261_122);
const LONG_FAULTS = Number(process.env.CHAOS_FAULTS ?? 0);
const LONG = LONG_FAULTS > 0;
const KINDS = FAULTS.filter((kind) => process.env.CHAOS_KINDS?.split(',').includes(kind) ?? true);
const LEASE_MS = 3_000;
const CUT_MS = LONG ? 30_000 : 2 * LEASE_MS;
const WORKERS = 3;
/** Work for so long where nothing befalls it; every fault takes some of it away. */
const WORK_SECONDS = LONG ? LONG_FAULTS * 14 : 32;
const LIMIT_MS = LONG ? LONG_FAULTS * 60_000 : 150_000;
/**
 * From a lease's end, and from the word to go, to the first request elsewhere; more where the
 * machine has other things to do.
 */
const HAND_OVER_MS = 1_000;
const SLACK_MS = LONG ? 0 : 15_000;
/** Requests may come closer together than they were sent by so much. */
const JITTER_MS = 300;
/** Of all rows; but the short version has many faults for its rows. */
const AGAIN_MAX = 0.02;
const AGAIN_ROWS_A_FAULT = LONG ? 0 : 250;
/** No node takes all of the work, least of all the one that nothing befalls. */
const SHARE = { SLUICE_LOOK_AHEAD: '3000' };

const directory = scratch();
const postgres = usePostgres();
let hosts: JudgingServer;
const clusters: Cluster[] = [];

before(async () => {
  hosts = await startHosts();
});
after(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()));
  await hosts.close();
  directory[Symbol.dispose]();
});

async function cluster(
  name: string,
  port: number,
  options: Pick<ClusterOptions, 'databaseUrl' | 'workers' | 'cuttable'>,
): Promise<Cluster> {
  const cwd = join(directory.path, name);
  mkdirSync(cwd);
  writeWalk(cwd);
  const started = await Cluster.start({
    ...options,
    cwd,
    collectors: [COLLECTOR],
    flags: ['--resolve', `*=127.0.0.1:${port}`],
    env: { SLUICE_NODE_LEASE: `${LEASE_MS}ms`, SLUICE_ROBOTS: 'false', ...SHARE },
    serverEnv: { SLUICE_LOOK_AHEAD: '400' },
  });
  clusters.push(started);
  return started;
}

async function results(cluster: Cluster, id: string) {
  const rows = await cluster.download(id, 'row');
  return { rows, records: await cluster.download(id, 'record') };
}

/** What one process makes of the list that nobody disturbs. */
async function calmResults(csv: string) {
  const quick = await startHosts(0);
  const calm = await cluster('calm', quick.port, { databaseUrl: '', workers: 0 });
  const options = JSON.stringify({ calm: true });
  const id = await calm.upload({ collector: 'walk', options }, csv);
  assert.equal((await calm.ended(id)).state, 'completed');
  const found = await results(calm, id);
  await calm.close();
  await quick.close();
  return found;
}

const told = ({ fault, repeats, handOver }: Befallen) => {
  const { lanes = 0, ms = 0 } = handOver ?? {};
  const over = lanes === 0 ? '' : `, ${lanes} hosts handed over in ${Math.round(ms)} ms`;
  return `${fault} (${repeats} requests repeated${over})`;
};

describe('a cluster under faults', { timeout: LIMIT_MS }, () => {
  it(`works on as if nothing had been (seed ${SEED})`, async (context) => {
    const random = seededRandom(SEED);
    const { csv, rows, pages } = rowsFor(WORK_SECONDS);
    const expected = await calmResults(csv);
    const databaseUrl = await postgres.databaseUrl();
    const some = await cluster('some', hosts.port, {
      databaseUrl,
      workers: WORKERS,
      cuttable: true,
    });
    const startedMs = performance.now();
    const id = await some.upload({ collector: 'walk' }, csv);

    const lease = { leaseMs: LEASE_MS, cutMs: CUT_MS };
    const scene = { cluster: some, postgres, hosts, random, ...lease, pages };
    const planned = LONG
      ? Array.from({ length: LONG_FAULTS }, () => pick(random, KINDS))
      : FAULTS.toSorted(() => random.next() - 0.5);
    const handOvers: HandOver[] = [];
    const story: Befallen[] = [];
    for (const fault of planned) {
      await delay(500 + 1_500 * random.next());
      const job = await some.job(id);
      assert.ok(job === undefined || job.state === 'running', `ended before "${fault}"`);
      const repeatsBefore = hosts.repeats;
      const handOver = await befall(scene, fault);
      const repeats = hosts.repeats - repeatsBefore;
      story.push({ fault, repeats, handOver });
      if (LONG) process.stderr.write(`${told({ fault, repeats, handOver })}\n`);
      if (handOver !== undefined && handOver.lanes > 0) handOvers.push(handOver);
    }
    const { state, counters } = await some.ended(id, { deadlineMs: LIMIT_MS });
    const wallMs = performance.now() - startedMs;

    assert.deepEqual(
      [state, counters.completed, counters.discarded, counters.records],
      ['completed', rows, 0, rows * PAGES],
    );
    const got = await results(some, id);
    assert.equal(got.rows, expected.rows);
    assert.equal(got.records, expected.records);

    let again = 0;
    let toleranceMs = 0;
    for (const lane of hosts.lanes) {
      const rated = lane.startsWith('rate');
      const verdict = hosts.judge(lane, rated ? RATE : undefined, JITTER_MS);
      if (rated) assert.equal(verdict.overRate, 0, `${lane}: ${JSON.stringify(verdict)}`);
      else if (verdict.mostAtOnce > SLOTS) {
        const most = JSON.stringify({ most: hosts.most(lane), handOvers }, undefined, 1);
        assert.fail(`${lane}: ${verdict.mostAtOnce} at once\n${most}\n${some.said()}`);
      }
      toleranceMs = Math.max(toleranceMs, verdict.toleranceNeededMs);
      const twice = [...hosts.asked(lane)].filter(([, count]) => count > 1);
      again += new Set(twice.map(([path]) => path.split('/')[1])).size;
    }
    for (const line of report(story, again, rows, LEASE_MS)) context.diagnostic(line);
    context.diagnostic(
      `${rows} rows in ${Math.round(wallMs / 1_000)} s; ` +
        `rates kept with ${toleranceMs.toFixed(0)} ms of tolerance; ` +
        `in order: ${story.map(told).join(', ')}`,
    );
    const againMax = Math.max(rows * AGAIN_MAX, planned.length * AGAIN_ROWS_A_FAULT);
    assert.ok(again <= againMax, `${again} of ${rows} rows were run again`);
    assert.ok(handOvers.length > 0, 'no fault met a node at work');
    for (const { fault, ms } of handOvers) {
      // Who is told to go hands over by itself; of all others the lease has to end first.
      const atMostMs = (fault === 'drain' ? 0 : LEASE_MS) + HAND_OVER_MS + SLACK_MS;
      assert.ok(ms <= atMostMs, `handed over ${Math.round(ms)} ms after "${fault}"`);
    }
  });
});
