/** What happens at a tick while the job of the run before is not over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobAction } from '../../src/model/lifecycle.ts';
import type { OverlapPolicy, ScheduleRun } from '../../src/model/schedule.ts';
import { draft, ScheduleRig, TENANT } from '../fakes/schedule-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function hourly(overlap: OverlapPolicy, jobMs?: number) {
  const rig = new ScheduleRig({ jobMs });
  await rig.schedules.open();
  const { schedule } = await rig.schedules.create(TENANT, draft({ overlap }));
  const from = rig.clock.wallMs();
  /** Hours of the ticks, outcomes, jobs and their states. */
  const told = async () =>
    (await rig.history(schedule.id)).map((run: ScheduleRun) =>
      [(run.dueMs - from) / HOUR, run.outcome, run.jobId, run.jobState].filter(
        (part) => part !== undefined,
      ),
    );
  return { rig, id: schedule.id, told };
}

describe('overlap: skip', () => {
  it('leaves out the ticks during a run, and says which job it was', async () => {
    const { rig, id, told } = await hourly('skip', 150 * MINUTE);
    await rig.pass(5 * HOUR);
    assert.deepEqual(await told(), [
      [1, 'started', 'j1', 'completed'],
      [2, 'skipped'],
      [3, 'skipped'],
      [4, 'started', 'j2', 'running'],
      [5, 'skipped'],
    ]);
    const why = (await rig.history(id))[1]?.why;
    assert.equal(why, 'Job j1 of an earlier run is still running.');
  });

  it('counts a paused job, and one that failed and is tried again', async () => {
    const { rig, told } = await hourly('skip');
    await rig.pass(HOUR);
    await rig.store.moveJob('j1', 'pause', { nowMs: rig.clock.wallMs() });
    await rig.pass(HOUR);
    await rig.endJob('j1', 'fail');
    await rig.pass(MINUTE);
    await rig.store.moveJob('j1', 'resume', { nowMs: rig.clock.wallMs() });
    await rig.pass(HOUR);
    await rig.endJob('j1');
    await rig.pass(HOUR);
    assert.deepEqual(await told(), [
      [1, 'started', 'j1', 'completed'],
      [2, 'skipped'],
      [3, 'skipped'],
      [4, 'started', 'j2', 'running'],
    ]);
  });

  it('does not count a job that was removed', async () => {
    const { rig, told } = await hourly('skip');
    await rig.pass(HOUR);
    await rig.store.deleteJob('j1');
    await rig.pass(HOUR);
    assert.deepEqual(await told(), [
      [1, 'started', 'j1'],
      [2, 'started', 'j2', 'running'],
    ]);
  });

  it('holds for a run by hand', async () => {
    const { rig, id } = await hourly('skip');
    await rig.pass(HOUR);
    const { outcome, manual } = await rig.schedules.runNow(TENANT, id);
    assert.deepEqual([outcome, manual], ['skipped', true]);
  });
});

describe('overlap: queue', () => {
  it('lets one run wait, and starts it when the job ends', async () => {
    const { rig, id, told } = await hourly('queue');
    await rig.pass(4 * HOUR);
    assert.deepEqual(await told(), [
      [1, 'started', 'j1', 'running'],
      [2, 'queued'],
      [3, 'skipped'],
      [4, 'skipped'],
    ]);
    const [, queued, skipped] = await rig.history(id);
    assert.equal(queued?.why, 'It waits for job j1 to end.');
    assert.equal(skipped?.why, 'Another run is queued already.');
    await rig.pass(10 * MINUTE);
    await rig.endJob('j1', 'fail');
    await rig.pass(10 * MINUTE);
    assert.deepEqual((await told()).slice(0, 2), [
      [1, 'started', 'j1', 'failed'],
      [2, 'started', 'j2', 'running'],
    ]);
    const started = (await rig.history(id))[1] as ScheduleRun;
    assert.equal(started.startedMs - started.dueMs, 130 * MINUTE);
    const { last } = (await rig.schedules.get(TENANT, id)).schedule;
    assert.deepEqual(last, (await rig.history(id))[3]);
    assert.equal(rig.made[1]?.key, `schedule:${id}:${started.dueMs}`);
  });

  it('starts the run that waits before the tick that comes with the end', async () => {
    const { rig, told } = await hourly('queue', 90 * MINUTE);
    await rig.pass(6 * HOUR);
    const ended = (await told()).filter(([, outcome]) => outcome === 'started');
    assert.deepEqual(
      ended.map(([hour, , job]) => [hour, job]),
      [
        [1, 'j1'],
        [2, 'j2'],
        [3, 'j3'],
        [4, 'j4'],
      ],
    );
  });

  for (const how of ['paused', 'changed to skip'] as const) {
    it(`takes back the waiting run of a schedule that is ${how}`, async () => {
      const { rig, id, told } = await hourly('queue');
      await rig.pass(2 * HOUR);
      if (how === 'paused') await rig.schedules.pause(TENANT, id);
      else await rig.schedules.update(TENANT, id, { overlap: 'skip' });
      await rig.endJob('j1');
      await rig.pass(MINUTE);
      assert.deepEqual(await told(), [
        [1, 'started', 'j1', 'completed'],
        [2, 'skipped'],
      ]);
      assert.equal(rig.made.length, 1);
    });
  }

  it('survives a restart while the run waits, whenever the job ends', async () => {
    for (const ended of ['while it is down', 'after it']) {
      const { rig, told } = await hourly('queue');
      await rig.pass(2 * HOUR);
      rig.process.kill();
      if (ended === 'while it is down') await rig.endJob('j1');
      await rig.pass(MINUTE);
      await rig.restart();
      await rig.pass(MINUTE);
      if (ended === 'after it') await rig.endJob('j1');
      await rig.pass(MINUTE);
      assert.deepEqual(
        await told(),
        [
          [1, 'started', 'j1', 'completed'],
          [2, 'started', 'j2', 'running'],
        ],
        ended,
      );
    }
  });

  it('waits for a job that failed and was taken up again', async () => {
    const { rig, told } = await hourly('queue');
    await rig.pass(HOUR);
    await rig.endJob('j1', 'fail');
    await rig.pass(MINUTE);
    await rig.store.moveJob('j1', 'resume', { nowMs: rig.clock.wallMs() });
    await rig.pass(HOUR);
    assert.deepEqual((await told())[1], [2, 'queued']);
    await rig.endJob('j1');
    await rig.pass(MINUTE);
    assert.deepEqual((await told())[1], [2, 'started', 'j2', 'running']);
  });
});

describe('overlap: replace', () => {
  it('cancels the job of the run before', async () => {
    const { rig, id, told } = await hourly('replace', 150 * MINUTE);
    await rig.pass(3 * HOUR);
    assert.deepEqual(rig.cancelled, ['j1', 'j2']);
    assert.deepEqual(await told(), [
      [1, 'started', 'j1', 'cancelled'],
      [2, 'started', 'j2', 'cancelled'],
      [3, 'started', 'j3', 'running'],
    ]);
    await rig.schedules.runNow(TENANT, id);
    assert.deepEqual(rig.cancelled, ['j1', 'j2', 'j3']);
  });

  it('goes on where the job ended in the moment of its cancelling', async () => {
    const { rig, told } = await hourly('replace');
    await rig.pass(HOUR);
    const moveJob = rig.store.moveJob.bind(rig.store);
    rig.store.moveJob = async (id, action: JobAction, at) => {
      rig.store.moveJob = moveJob;
      await rig.endJob(id, 'complete');
      return moveJob(id, action, at);
    };
    await rig.pass(HOUR);
    assert.deepEqual(await told(), [
      [1, 'started', 'j1', 'completed'],
      [2, 'started', 'j2', 'running'],
    ]);
  });
});

describe('a job that ends before its submit has answered', () => {
  it('is known to have ended', async () => {
    for (const overlap of ['skip', 'queue', 'replace'] as const) {
      const { rig, told } = await hourly(overlap, 0);
      await rig.pass(2 * HOUR);
      assert.deepEqual(await told(), [
        [1, 'started', 'j1', 'completed'],
        [2, 'started', 'j2', 'completed'],
      ]);
      await rig.store.deleteJob('j1');
      assert.deepEqual((await told())[0], [1, 'started', 'j1', 'completed']);
    }
  });
});
