/** Schedules outlive their process: no tick is run twice, and of those missed one is made up for. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import { parseCron } from '../../src/engine/cron.ts';
import type { OverlapPolicy } from '../../src/model/schedule.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { draft, type Made, ScheduleRig, TENANT } from '../fakes/schedule-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const dueOf = ({ key }: Made) => Number(key.split(':').at(-1));

async function hourly(options: ConstructorParameters<typeof ScheduleRig>[0], more = {}) {
  const rig = new ScheduleRig({ jobMs: 0, ...options });
  await rig.schedules.open();
  const { schedule } = await rig.schedules.create(TENANT, draft(more));
  const from = rig.clock.wallMs();
  const hours = async () =>
    (await rig.history(schedule.id)).map(({ dueMs, outcome, late }) => [
      (dueMs - from) / HOUR,
      late ? `${outcome} late` : outcome,
    ]);
  return { rig, id: schedule.id, from, hours };
}

async function down(rig: ScheduleRig, ms: number): Promise<void> {
  rig.process.kill();
  await rig.pass(ms);
  await rig.restart();
  await rig.pass(0);
}

describe('a process that was down', () => {
  it('runs once for all the ticks that passed, and then goes on', async () => {
    const { rig, id, from, hours } = await hourly({});
    await rig.pass(HOUR);
    await down(rig, 10 * HOUR + MINUTE);
    assert.deepEqual(await hours(), [
      [1, 'started'],
      [11, 'started late'],
    ]);
    const since = new Date(from + 2 * HOUR).toISOString();
    const why = (await rig.history(id))[1]?.why;
    assert.equal(why, `It stands for all ticks missed since ${since}.`);
    await rig.pass(HOUR);
    assert.deepEqual((await hours()).slice(2), [[12, 'started']]);
  });

  it('runs nothing where no tick passed', async () => {
    const { rig, hours } = await hourly({});
    await rig.pass(HOUR);
    await down(rig, HOUR - 1);
    assert.deepEqual(await hours(), [[1, 'started']]);
    await rig.pass(1);
    assert.deepEqual((await hours()).slice(1), [[2, 'started']]);
  });

  it('runs nothing where the newest tick passed too long ago, and says so', async () => {
    const daily = { cron: '0 1 * * *' };
    for (const [catchUpMs, outcome] of [
      [3 * HOUR, 'started late'],
      [3 * HOUR - 1, 'skipped late'],
    ] as const) {
      const { rig, id, hours } = await hourly({ catchUpMs }, daily);
      await down(rig, 2 * DAY + 4 * HOUR);
      assert.deepEqual(await hours(), [[49, outcome]]);
      if (outcome === 'skipped late') {
        assert.match((await rig.history(id))[0]?.why ?? '', /missed 3 h ago; .* within 3 h/);
      }
      await rig.pass(DAY);
      assert.deepEqual((await hours()).slice(1), [[73, 'started']]);
    }
  });

  it('keeps the start that was drawn within the jitter', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { rig, from, hours } = await hourly({ seed }, { jitterMs: 50 * MINUTE });
      await rig.pass(HOUR);
      if (rig.made.length > 0) continue;
      await down(rig, 1);
      await rig.pass(50 * MINUTE);
      assert.deepEqual(await hours(), [[1, 'started']]);
      assert.ok((rig.made[0]?.atMs ?? 0) > from + HOUR);
    }
  });

  it('keeps to the overlap policy with a job that is still running', async () => {
    const { rig, hours } = await hourly({ jobMs: undefined });
    await rig.pass(HOUR);
    await down(rig, 3 * HOUR);
    assert.deepEqual(await hours(), [
      [1, 'started'],
      [4, 'skipped late'],
    ]);
  });

  it('notes the end of a job that was running, whenever it ends', async () => {
    for (const ended of ['while it is down', 'after it']) {
      const { rig, id } = await hourly({ jobMs: undefined });
      await rig.pass(HOUR);
      rig.process.kill();
      if (ended === 'while it is down') await rig.endJob('j1', 'fail');
      await rig.restart();
      if (ended === 'after it') await rig.endJob('j1', 'fail');
      await rig.pass(0);
      await rig.store.deleteJob('j1');
      assert.equal((await rig.history(id))[0]?.jobState, 'failed', ended);
    }
  });

  it('finds everything again in SQLite', async () => {
    const path = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
    try {
      const store = await openSqliteStore({ path, mode: 'owner' });
      const { rig, id, hours } = await hourly({ store }, { cron: '0 * * * *' });
      await rig.pass(2 * HOUR);
      await down(rig, 2 * HOUR);
      await rig.pass(HOUR);
      const expected = [
        [1, 'started'],
        [2, 'started'],
        [4, 'started late'],
        [5, 'started'],
      ];
      assert.deepEqual(await hours(), expected);
      assert.equal((await rig.schedules.get(TENANT, id)).schedule.cron, '0 * * * *');
      await rig.schedules.remove(TENANT, id);
      assert.deepEqual(await store.documents({ kind: 'schedule-run', limit: 10 }), []);
      await rig.schedules.close();
      await store.close();
    } finally {
      await rm(path, { recursive: true });
    }
  });
});

describe('a process that dies', () => {
  for (const overlap of ['skip', 'queue', 'replace'] as const) {
    it(`between any two steps of a tick runs it once (${overlap})`, async () => {
      let deaths = 0;
      for (let halves = 1; halves <= 40; halves += 1) {
        // The second tick meets the job of the first.
        const { rig, id, from } = await hourly({ jobMs: 70 * MINUTE }, { overlap });
        await rig.pass(2 * HOUR - 1);
        rig.process.stepsLeft = halves / 2;
        await rig.pass(MINUTE);
        if (rig.process.alive) continue;
        deaths += 1;
        await rig.restart();
        await rig.pass(HOUR - MINUTE);
        const dues = rig.made.map((made) => (dueOf(made) - from) / HOUR);
        const what = `dead after ${halves} half steps`;
        assert.deepEqual(dues, overlap === 'skip' ? [1] : [1, 2], what);
        const history = await rig.history(id);
        const outcomes = history.map(({ outcome }) => outcome);
        const second = overlap === 'skip' ? 'skipped' : 'started';
        assert.deepEqual(outcomes, ['started', second], what);
        assert.deepEqual(
          history.map(({ jobId }) => jobId).filter((jobId) => jobId !== undefined),
          rig.made.map(({ jobId }) => jobId),
          what,
        );
      }
      assert.ok(deaths >= (overlap === 'skip' ? 8 : 12), `${deaths} places to die`);
    });
  }

  it('between any two steps after the end of a job starts the run that waited, once', async () => {
    let deaths = 0;
    for (let halves = 1; halves <= 40; halves += 1) {
      const { rig, id } = await hourly({ jobMs: undefined }, { overlap: 'queue' });
      await rig.pass(2 * HOUR);
      rig.process.stepsLeft = halves / 2;
      await rig.endJob('j1');
      await rig.pass(MINUTE);
      if (rig.process.alive) continue;
      deaths += 1;
      await rig.restart();
      await rig.pass(MINUTE);
      assert.deepEqual(
        (await rig.history(id)).map(({ jobId, jobState }) => [jobId, jobState]),
        [
          ['j1', 'completed'],
          ['j2', 'running'],
        ],
        `dead after ${halves} half steps`,
      );
    }
    assert.ok(deaths >= 12, `${deaths} places to die`);
  });

  it('with a run by hand begun runs it late, and the tick that was missed as well', async () => {
    const { rig, id, from } = await hourly({});
    await rig.pass(HOUR / 2);
    rig.dieAtSubmit = rig.process;
    rig.schedules.runNow(TENANT, id);
    await rig.pass(0);
    await down(rig, 4 * HOUR);
    const byHand = from + HOUR / 2 + 1;
    assert.deepEqual(rig.made.map(dueOf), [byHand, from + 4 * HOUR]);
    assert.ok((await rig.history(id)).every(({ late }) => late));
  });

  it('with a run begun long ago does not begin it again', async () => {
    const { rig, hours } = await hourly({ catchUpMs: HOUR }, { cron: '0 12 * * *' });
    await rig.pass(12 * HOUR - 1);
    rig.dieAtSubmit = rig.process;
    await rig.pass(1);
    assert.equal(rig.submits.length, 1);
    await down(rig, 2 * HOUR);
    assert.deepEqual(await hours(), [[12, 'skipped late']]);
    assert.equal(rig.made.length, 0);
  });

  it('with a run begun stands for the ticks missed since, where that run starts only now', async () => {
    const { rig, hours } = await hourly({});
    await rig.pass(HOUR - 1);
    rig.dieAtSubmit = rig.process;
    await rig.pass(1);
    await down(rig, 5 * HOUR);
    assert.deepEqual(await hours(), [[1, 'started late']]);
    await rig.pass(HOUR);
    assert.deepEqual((await hours()).slice(1), [[7, 'started']]);
  });
});

describe('deaths at random', () => {
  const seeds = process.env.SIM_SEED
    ? [Number(process.env.SIM_SEED)]
    : Array.from({ length: 40 }, (_, i) => i + 1);

  it('give each tick once, or once late for all that passed', async () => {
    let outages = 0;
    let midway = 0;
    for (const seed of seeds) {
      const found = await simulate(seed);
      outages += found.outages;
      midway += found.midway;
    }
    assert.ok(seeds.length < 40 || (outages > 250 && midway > 40), `${outages}, ${midway}`);
  });
});

/** Days of the year 2026 with a change of the clocks. */
const CHANGES: Readonly<Record<string, readonly [number, number]>> = {
  UTC: [1, 40],
  'Europe/Paris': [87, 297],
  'America/New_York': [66, 304],
};

/**
 * Two days, around a change of the clocks, of a schedule whose process dies now and then: at any
 * moment, or between two steps of a tick.
 */
async function simulate(seed: number): Promise<{ outages: number; midway: number }> {
  const random = seededRandom(seed);
  const cron = ['*/20 * * * *', '@hourly', '5 */3 * * *', '0 1,2,3 * * *'][
    (seed >> 1) % 4
  ] as string;
  const timeZone = ['UTC', 'Europe/Paris', 'America/New_York'][seed % 3] as string;
  const overlap = (['skip', 'queue', 'replace'] as const)[seed % 3] as OverlapPolicy;
  // Jobs end at once, so that every tick is to start one.
  const rig = new ScheduleRig({ seed, jobMs: 0 });
  await rig.pass((CHANGES[timeZone]?.[seed % 2] ?? 0) * DAY - 12 * HOUR);
  await rig.restart();
  const { schedule } = await rig.schedules.create(TENANT, draft({ cron, timeZone, overlap }));
  const from = rig.clock.wallMs();
  const ticks = parseCron(cron, timeZone);
  const what = `SIM_SEED=${seed}`;
  /** Every tick up to here has been accounted for. */
  let doneMs = from;
  let outages = 0;
  let midway = 0;

  const between = (fromMs: number, toMs: number) => {
    const found: number[] = [];
    for (let at = ticks.after(fromMs); at !== undefined && at <= toMs; at = ticks.after(at)) {
      found.push(at);
    }
    return found;
  };
  const started = (fromMs: number, toMs: number) =>
    rig.made.map(dueOf).filter((dueMs) => dueMs > fromMs && dueMs <= toMs);

  while (rig.clock.wallMs() < from + 2 * DAY) {
    if (random.next() < 0.5) rig.process.stepsLeft = randomInt(random, 1, 30) / 2;
    await rig.pass(randomInt(random, 1, 6 * HOUR));
    if (rig.process.alive) {
      const nowMs = rig.clock.wallMs();
      assert.deepEqual(started(doneMs, nowMs), between(doneMs, nowMs), what);
      doneMs = nowMs;
    } else midway += 1;
    outages += 1;
    rig.process.kill();
    await rig.pass(randomInt(random, 1, 4 * HOUR));
    // What the dead process has started, in order and without a gap.
    const before = started(doneMs, Number.POSITIVE_INFINITY);
    assert.deepEqual(before, between(doneMs, before.at(-1) ?? doneMs), what);
    doneMs = before.at(-1) ?? doneMs;
    const missed = between(doneMs, rig.clock.wallMs());
    await rig.restart();
    await rig.pass(0);
    const made = started(doneMs, rig.clock.wallMs());
    assert.equal(made.length, missed.length > 0 ? 1 : 0, what);
    assert.ok(
      made.every((dueMs) => missed.includes(dueMs)),
      what,
    );
    doneMs = rig.clock.wallMs();
  }
  const keys = rig.made.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, what);
  const history = await rig.history(schedule.id);
  assert.deepEqual(
    history.map(({ dueMs }) => dueMs),
    rig.made.map(dueOf).slice(-100),
    what,
  );
  assert.ok(
    history.every((run) => run.outcome === 'started' && run.jobState === 'completed'),
    what,
  );
  return { outages, midway };
}
