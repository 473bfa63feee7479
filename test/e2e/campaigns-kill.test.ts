/**
 * `kill -9` amid campaigns: of the program, resumed each time, and of the campaigns' own processes.
 * Nothing is lost or there twice. KILLS=30 for a long run.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startVicidial, type VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import { seededRandom } from '../../src/base/random.ts';
import { CampaignRig, childrenOf, isThere } from './campaign-rig.ts';
import { jobIdOf, scratch, start } from './sluice-process.ts';

const SEED = Number(process.env.KILL_SEED ?? 20_261_122);
const KILLS = Number(process.env.KILLS ?? 2);

const directory = scratch();
let vicidial: VicidialStandIn;

before(async () => {
  mkdirSync(join(directory.path, 'tmp'));
  const sandbox = join(directory.path, 'sandbox');
  vicidial = await startVicidial({ calls: 15, clients: 2, latencyMs: 80, directory: sandbox });
});
after(async () => {
  await vicidial.close();
  directory[Symbol.dispose]();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('kill -9 amid campaigns', () => {
  it(`${KILLS} times (seed ${SEED}) loses and doubles nothing`, async () => {
    const random = seededRandom(SEED);
    const rig = rigOf('killed');
    let running = rig.collect(['--single', '--json']);
    const jobId = await jobIdOf(running);
    let killed = 0;
    for (; killed < KILLS; killed += 1) {
      const before = vicidial.stats().exports;
      const some = Math.floor(random.next() * 4);
      while (vicidial.stats().exports <= before + some && running.child.exitCode === null) {
        await pause(5);
      }
      running.child.kill('SIGKILL');
      const { signal } = await running.ended;
      if (signal !== 'SIGKILL') break;
      running = start(['jobs', 'resume', jobId, '--json'], rig.options);
    }
    assert.ok(killed > 0);
    const last = await running.ended;
    assert.equal(last.code, 0, last.stderr);
    await rig.checkTruth();
    assert.deepEqual(temporary(), []);
  });

  it('of campaigns’ processes costs an attempt at most', async () => {
    const rig = rigOf('shot');
    const running = rig.collect(['--single']);
    let shot = 0;
    while (running.child.exitCode === null && running.child.signalCode === null && shot < 4) {
      for (const pid of processesOf(running.child.pid as number)) {
        // One of two is ended, the other stopped for a moment.
        process.kill(pid, shot % 2 === 0 ? 'SIGKILL' : 'SIGSTOP');
        if (shot % 2 === 1) setTimeout(() => signal(pid, 'SIGCONT'), 60);
        shot += 1;
        break;
      }
      await pause(40);
    }
    const ended = await running.ended;
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    assert.ok(shot > 0);
    await rig.checkTruth();
  });

  it('is not needed: SIGTERM amid a cycle ends what runs, and the next run brings the rest', async () => {
    const rig = rigOf('told');
    const before = vicidial.stats().exports;
    const running = rig.collect(['--every', '1']);
    while (vicidial.stats().exports <= before && running.child.exitCode === null) await pause(5);
    const children = processesOf(running.child.pid as number);
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    assert.equal(ended.code, 143, ended.stderr);
    // Whoever takes care of orphans here may not have asked yet how they ended.
    while (children.some(isThere)) await pause(20);
    assert.deepEqual(temporary(), []);
    const last = await rig.collect(['--single']).ended;
    assert.equal(last.code, 0, last.stderr);
    await rig.checkTruth();
    assert.deepEqual(temporary(), []);
  });

  it('is not needed: a second Ctrl-C ends it at once, and the next run brings the rest', async () => {
    const rig = rigOf('pressed');
    const before = vicidial.stats().exports;
    const running = rig.collect(['--single']);
    while (vicidial.stats().exports <= before && running.child.exitCode === null) await pause(5);
    const children = processesOf(running.child.pid as number);
    // As a terminal does: to the program and to what it has started.
    for (const pid of [...children, running.child.pid as number]) signal(pid, 'SIGINT');
    for (const pid of children) signal(pid, 'SIGTERM');
    await running.said(/Draining/);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    // They hear of it by themselves, which takes as long as it takes to start one.
    while (children.some(isThere)) await pause(20);
    const last = await rig.collect(['--single']).ended;
    assert.equal(last.code, 0, last.stderr);
    await rig.checkTruth();
    assert.deepEqual(temporary(), []);
  });
});

function rigOf(data: string): CampaignRig {
  const own = { SLUICE_DATA_DIR: data, TMPDIR: join(directory.path, 'tmp') };
  return new CampaignRig(vicidial, directory.path, own);
}

/** Files that were left behind, but for code that Node has compiled. */
function temporary(): readonly string[] {
  const names = readdirSync(join(directory.path, 'tmp'));
  return names.filter((name) => name !== 'node-compile-cache');
}

function processesOf(pid: number): readonly number[] {
  try {
    return childrenOf(pid);
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
