/** Schedules as a user meets them: made, changed, run by hand, refused, with their history. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import { SCHEDULES_PER_TENANT_MAX } from '../../src/engine/schedules.ts';
import type { ScheduleDraft, SchedulePatch } from '../../src/model/schedule.ts';
import { draft, ORDER, ScheduleRig, TENANT } from '../fakes/schedule-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function opened(...options: ConstructorParameters<typeof ScheduleRig>): Promise<ScheduleRig> {
  const rig = new ScheduleRig(...options);
  await rig.schedules.open();
  return rig;
}

const rejects = (promise: Promise<unknown>, code: string, words = /./) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof SluiceError, String(error));
    assert.equal(error.code, code);
    assert.match(`${error.message} ${error.hint}`, words);
    return true;
  });

describe('a schedule', () => {
  it('answers with what it is and its next three ticks', async () => {
    const { schedules, clock } = await opened();
    const { schedule, ticks } = await schedules.create(TENANT, draft({ name: ' Leads ' }));
    const now = clock.wallMs();
    const { id, ...rest } = schedule;
    assert.match(id, /^s_[0-9a-z]{18}$/);
    assert.deepEqual(rest, {
      name: 'Leads',
      tenant: TENANT,
      cron: '@hourly',
      timeZone: 'UTC',
      overlap: 'skip',
      jitterMs: 0,
      paused: false,
      order: ORDER,
      createdMs: now,
      updatedMs: now,
      nextMs: now + HOUR,
      last: undefined,
    });
    assert.deepEqual(ticks, [now + HOUR, now + 2 * HOUR, now + 3 * HOUR]);
    assert.deepEqual(schedules.preview('@hourly', 'UTC', 3), ticks);
    assert.deepEqual(await schedules.get(TENANT, id), { schedule, ticks });
  });

  it('starts a job at each tick of a month, under the key of the tick', async () => {
    const rig = await opened({ jobMs: MINUTE });
    const from = rig.clock.wallMs();
    const { schedule } = await rig.schedules.create(TENANT, draft({ cron: '0 */6 * * *' }));
    await rig.pass(30 * DAY);
    const expected = Array.from({ length: 120 }, (_, i) => from + (i + 1) * 6 * HOUR);
    assert.deepEqual(
      rig.made.map(({ atMs }) => atMs),
      expected,
    );
    assert.deepEqual(
      rig.made.map(({ key }) => key),
      expected.map((dueMs) => `schedule:${schedule.id}:${dueMs}`),
    );
    const history = await rig.history(schedule.id);
    assert.equal(history.length, 100);
    assert.deepEqual(
      history.map(({ dueMs }) => dueMs),
      expected.slice(-100),
    );
    assert.ok(history.slice(0, -1).every(({ jobState }) => jobState === 'completed'));
    assert.deepEqual(history.at(-1), {
      scheduleId: schedule.id,
      dueMs: expected.at(-1),
      startedMs: expected.at(-1),
      jobId: 'j120',
      outcome: 'started',
      manual: false,
      late: false,
      jobState: 'running',
    });
    assert.deepEqual((await rig.schedules.get(TENANT, schedule.id)).schedule.last, history.at(-1));
  });

  it('starts within its jitter, in the order of its ticks', async () => {
    const rig = await opened({ jobMs: 0 });
    const from = rig.clock.wallMs();
    await rig.schedules.create(TENANT, draft({ cron: '* * * * *', jitterMs: 20_000 }));
    await rig.pass(5 * HOUR + MINUTE);
    const delays = rig.made.map(({ atMs }, i) => atMs - from - (i + 1) * MINUTE);
    assert.ok(delays.length >= 300);
    assert.ok(delays.every((delayMs) => delayMs >= 0 && delayMs <= 20_000));
    assert.ok(Math.max(...delays) > 19_000 && Math.min(...delays) < 1_000);
  });

  it('is one of a thousand at most, which cost one timer', async () => {
    const rig = await opened({ jobMs: 0 });
    const { clock } = rig;
    const asked = Array.from({ length: SCHEDULES_PER_TENANT_MAX + 5 }, (_, n) =>
      rig.schedules.create(TENANT, draft({ cron: `${n % 60} 0 * * *` })),
    );
    const settled = await Promise.allSettled(asked);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1_000);
    await rejects(rig.schedules.create(TENANT, draft()), 'schedule.limit');
    assert.equal(clock.pending, 1);
    await rig.restart();
    await rejects(rig.schedules.create(TENANT, draft()), 'schedule.limit');
    await rig.schedules.create('other', draft({ paused: true }));
    const first = (await rig.schedules.list(TENANT, { limit: 1 }))[0]?.id as string;
    await rig.schedules.remove(TENANT, first);
    await rig.schedules.create(TENANT, draft({ cron: '0 0 * * *' }));
    await rig.pass(DAY + HOUR);
    assert.equal(new Set(rig.made.map(({ key }) => key.split(':')[1])).size, 1_000);
    await rig.schedules.close();
    assert.equal(clock.pending, 0);
  });

  it('keeps to the calendar: a machine that slept makes up for it once, soon', async () => {
    const rig = await opened({ jobMs: 0 });
    const { schedule } = await rig.schedules.create(TENANT, draft());
    const from = rig.wallMs();
    await rig.pass(20 * MINUTE);
    rig.wallShiftMs = 8 * HOUR;
    await rig.pass(10 * MINUTE);
    const hours = async () =>
      (await rig.history(schedule.id)).map(({ dueMs, late }) => [(dueMs - from) / HOUR, late]);
    assert.deepEqual(await hours(), [[8, true]]);
    await rig.pass(30 * MINUTE);
    assert.deepEqual((await hours()).slice(1), [[9, false]]);
  });

  it('runs no tick again where the calendar is set back', async () => {
    const rig = await opened({ jobMs: 0 });
    await rig.schedules.create(TENANT, draft());
    await rig.pass(2 * HOUR);
    rig.wallShiftMs = -90 * MINUTE;
    await rig.pass(150 * MINUTE - 1);
    assert.equal(rig.made.length, 2);
    await rig.pass(1);
    assert.equal(rig.made.length, 3);
  });

  it('waits for a tick that is months ahead', async () => {
    const rig = await opened({ jobMs: 0 });
    await rig.schedules.create(TENANT, draft({ cron: '0 0 1 3 *' }));
    await rig.pass(59 * DAY - 1);
    assert.equal(rig.made.length, 0);
    await rig.pass(1);
    assert.equal(rig.made.length, 1);
  });

  it('rests while it is paused and goes on with the next tick', async () => {
    const rig = await opened({ jobMs: 0 });
    const { schedule } = await rig.schedules.create(TENANT, draft());
    const { id } = schedule;
    await rig.pass(HOUR);
    const paused = await rig.schedules.pause(TENANT, id);
    assert.equal(paused.schedule.paused, true);
    assert.equal(paused.schedule.nextMs, undefined);
    assert.equal(paused.ticks.length, 3);
    assert.equal(rig.clock.pending, 0);
    await rig.pass(10 * HOUR);
    await rig.restart();
    await rig.pass(10 * HOUR);
    assert.equal(rig.made.length, 1);
    const resumed = await rig.schedules.resume(TENANT, id);
    assert.equal(resumed.schedule.nextMs, rig.clock.wallMs() + HOUR);
    await rig.pass(2 * HOUR);
    assert.equal(rig.made.length, 3);
    assert.ok((await rig.history(id)).every(({ late }) => !late));
  });

  it('follows its new times once it is changed, and keeps what is not named', async () => {
    const rig = await opened({ jobMs: 0 });
    const { schedule } = await rig.schedules.create(TENANT, draft({ timeZone: 'Asia/Tokyo' }));
    await rig.pass(30 * MINUTE);
    const patch: SchedulePatch = { cron: '*/10 * * * *', overlap: 'queue' };
    const changed = await rig.schedules.update(TENANT, schedule.id, patch);
    const now = rig.clock.wallMs();
    assert.deepEqual(changed.schedule, {
      ...schedule,
      cron: '*/10 * * * *',
      overlap: 'queue',
      updatedMs: now,
      nextMs: now + 10 * MINUTE,
    });
    await rig.pass(HOUR);
    assert.equal(rig.made.length, 6);
    await rejects(
      rig.schedules.update(TENANT, schedule.id, { cron: 'x' }),
      'schedule.cron_invalid',
    );
    await rig.pass(HOUR);
    assert.equal(rig.made.length, 12);
  });

  it('runs by hand, paused or not, without moving its ticks', async () => {
    const rig = await opened({ jobMs: 0 });
    const { schedule } = await rig.schedules.create(TENANT, draft({ paused: true }));
    const runs = await Promise.all([1, 2, 3].map(() => rig.schedules.runNow(TENANT, schedule.id)));
    assert.deepEqual(
      runs.map(({ outcome, manual, late }) => [outcome, manual, late]),
      Array(3).fill(['started', true, false]),
    );
    assert.equal(new Set(runs.map(({ dueMs }) => dueMs)).size, 3);
    assert.equal(new Set(runs.map(({ jobId }) => jobId)).size, 3);
    assert.equal(rig.made.length, 3);
    assert.equal((await rig.schedules.get(TENANT, schedule.id)).schedule.nextMs, undefined);
  });

  it('is gone with its history once it is removed, and no other is', async () => {
    const rig = await opened({ jobMs: 0 });
    const one = (await rig.schedules.create(TENANT, draft())).schedule;
    const two = (await rig.schedules.create(TENANT, draft())).schedule;
    await rig.pass(3 * HOUR);
    await rig.schedules.remove(TENANT, one.id);
    await rejects(rig.schedules.get(TENANT, one.id), 'schedule.not_found');
    await rig.pass(3 * HOUR);
    const runs = await rig.store.documents({ kind: 'schedule-run', limit: 1_000 });
    assert.equal(runs.length, 6);
    assert.ok(runs.every(({ id }) => id.startsWith(two.id)));
    assert.equal(rig.made.length, 9);
  });

  it('is listed page by page, to its tenant alone', async () => {
    const rig = await opened();
    const ids: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      await rig.schedules.create('other', draft());
      ids.push((await rig.schedules.create(TENANT, draft())).schedule.id);
    }
    const seen: string[] = [];
    for (;;) {
      const page = await rig.schedules.list(TENANT, { after: seen.at(-1), limit: 25 });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
    }
    assert.deepEqual(seen.toSorted(), ids.toSorted());
    const foreign = (await rig.schedules.list('other', { limit: 1 }))[0]?.id as string;
    for (const ask of [
      rig.schedules.get(TENANT, foreign),
      rig.schedules.update(TENANT, foreign, { name: 'mine' }),
      rig.schedules.pause(TENANT, foreign),
      rig.schedules.resume(TENANT, foreign),
      rig.schedules.remove(TENANT, foreign),
      rig.schedules.runNow(TENANT, foreign),
      rig.schedules.history(TENANT, foreign),
    ]) {
      await rejects(ask, 'schedule.not_found');
    }
    assert.equal((await rig.schedules.get('other', foreign)).schedule.name, 'Nightly');
  });
});

describe('a schedule that cannot be', () => {
  const cases: readonly [string, Partial<Record<keyof ScheduleDraft, unknown>>, string, RegExp][] =
    [
      ['cron', { cron: '0 25 * * *' }, 'schedule.cron_invalid', /hour "25"/],
      ['a cron that never comes', { cron: '0 0 31 4 *' }, 'schedule.cron_invalid', /no date/],
      ['zone', { timeZone: 'berlin' }, 'schedule.zone_invalid', /Europe\/Berlin/],
      ['policy', { overlap: 'skp' }, 'schedule.overlap_invalid', /Did you mean skip\?/],
      ['jitter', { jitterMs: -1 }, 'schedule.invalid', /jitter/],
      ['jitter', { jitterMs: 0.5 }, 'schedule.invalid', /whole number/],
      ['jitter', { jitterMs: 'long' }, 'schedule.invalid', /whole number/],
      ['name', { name: '  ' }, 'schedule.invalid', /name/],
      ['name', { name: 'n'.repeat(201) }, 'schedule.invalid', /200 characters/],
      ['order', { order: null }, 'schedule.invalid', /names a collector/],
      ['order', { order: { options: {} } }, 'schedule.invalid', /names a collector/],
      [
        'a large order',
        { order: { ...ORDER, input: { rows: ['x'.repeat(2 ** 20)] } } },
        'schedule.invalid',
        /1 MiB/,
      ],
    ];
  for (const [name, wrong, code, words] of cases) {
    it(`is refused: ${name} ${JSON.stringify(wrong).slice(0, 40)}`, async () => {
      const rig = await opened();
      const bad = draft(wrong as Partial<ScheduleDraft>);
      await rejects(rig.schedules.create(TENANT, bad), code, words);
      assert.deepEqual(await rig.schedules.list(TENANT), []);
      const { schedule } = await rig.schedules.create(TENANT, draft());
      const patch = wrong as SchedulePatch;
      await rejects(rig.schedules.update(TENANT, schedule.id, patch), code, words);
      assert.deepEqual((await rig.schedules.get(TENANT, schedule.id)).schedule, schedule);
    });
  }
});

describe('trouble', () => {
  it('of a submit is an entry of the history, and the next tick is tried', async () => {
    const rig = await opened({ jobMs: 0 });
    const { schedule } = await rig.schedules.create(TENANT, draft());
    rig.refusal = new SluiceError('job.not_found', { id: 'j_1' });
    await rig.pass(2 * HOUR);
    const byHand = await rig.schedules.runNow(TENANT, schedule.id);
    rig.refusal = undefined;
    await rig.pass(HOUR);
    const history = await rig.history(schedule.id);
    assert.deepEqual(
      history.map(({ outcome, why, code }) => [outcome, why, code]),
      [
        ['failed', 'There is no job j_1.', 'job.not_found'],
        ['failed', 'There is no job j_1.', 'job.not_found'],
        ['failed', 'There is no job j_1.', 'job.not_found'],
        ['started', undefined, undefined],
      ],
    );
    assert.deepEqual(byHand, history[2]);
  });

  it('of the store is got over: the tick runs late, once', async () => {
    const rig = await opened({ jobMs: 0 });
    const { schedule } = await rig.schedules.create(TENANT, draft());
    await rig.pass(30 * MINUTE);
    rig.writeFault = new SluiceError('store.full', { path: '/data' });
    await rig.pass(40 * MINUTE);
    assert.equal(rig.made.length, 0);
    rig.writeFault = undefined;
    await rig.pass(HOUR);
    const history = await rig.history(schedule.id);
    assert.deepEqual(
      history.map(({ late }) => late),
      [true, false],
    );
    assert.equal(rig.made.length, 2);
  });

  it('of the note after a submit does not start the job again', async () => {
    const rig = await opened({ jobMs: undefined });
    const { schedule } = await rig.schedules.create(TENANT, draft());
    const { store } = rig;
    const createJob = store.createJob.bind(store);
    store.createJob = (spec) => {
      rig.writeFault = new SluiceError('store.full', { path: '/data' });
      return createJob(spec);
    };
    await rig.pass(HOUR + MINUTE);
    assert.equal(rig.made.length, 1);
    store.createJob = createJob;
    rig.writeFault = undefined;
    await rig.pass(MINUTE);
    const [run, ...others] = await rig.history(schedule.id);
    assert.deepEqual(others, []);
    assert.equal(run?.jobId, 'j1');
    assert.equal(run?.late, false);
    assert.equal(run?.startedMs, run?.dueMs);
    assert.equal(rig.made.length, 1);
  });

  it('of the note of a run by hand is told, and got over whatever is changed then', async () => {
    const rig = await opened();
    const { schedule } = await rig.schedules.create(TENANT, draft({ cron: '@yearly' }));
    const { store } = rig;
    const createJob = store.createJob.bind(store);
    store.createJob = (spec) => {
      rig.writeFault = new SluiceError('store.full', { path: '/data' });
      return createJob(spec);
    };
    await rejects(rig.schedules.runNow(TENANT, schedule.id), 'store.full');
    store.createJob = createJob;
    rig.writeFault = undefined;
    await rig.schedules.update(TENANT, schedule.id, { name: 'Yearly' });
    assert.deepEqual(await rig.history(schedule.id), []);
    await rig.pass(MINUTE);
    const [run] = await rig.history(schedule.id);
    assert.deepEqual([run?.jobId, run?.manual, run?.late], ['j1', true, false]);
  });

  it('of an order is told when the schedule is made', async () => {
    const rig = new ScheduleRig();
    await rig.schedules.open();
    rig.orderFault = new SluiceError('collector.not_found', { name: 'x', suggestion: '' });
    await rejects(rig.schedules.create(TENANT, draft()), 'collector.not_found');
    rig.orderFault = undefined;
    const { schedule } = await rig.schedules.create(TENANT, draft());
    rig.orderFault = new SluiceError('collector.not_found', { name: 'x', suggestion: '' });
    await rejects(
      rig.schedules.update(TENANT, schedule.id, { order: ORDER }),
      'collector.not_found',
    );
    await rig.schedules.update(TENANT, schedule.id, { name: 'Weekly' });
  });
});
