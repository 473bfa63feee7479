/**
 * `kill -9` at seeded random moments while channels are collected, resumed each time: no message is
 * lost or there twice, no picture is missing. KILLS=30 for a long run.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startTelegram, type Telegram } from '../../sandbox/telegram/start-telegram.ts';
import { seededRandom } from '../../src/base/random.ts';
import { jobIdOf, jsonLines, scratch, start } from './sluice-process.ts';
import { readRecords, TelegramRig } from './telegram-rig.ts';

const SEED = Number(process.env.KILL_SEED ?? 20_261_122);
const KILLS = Number(process.env.KILLS ?? 3);

const directory = scratch();
let telegram: Telegram;
let rig: TelegramRig;

before(async () => {
  telegram = await startTelegram({
    channels: 4,
    closed: 0,
    posts: 15 + KILLS * 12,
    latencyScale: 0.3,
    directory: join(directory.path, 'telegram'),
  });
  rig = new TelegramRig(telegram, directory.path);
});
after(async () => {
  await telegram.close();
  directory[Symbol.dispose]();
});

describe('kill -9 amid channels', () => {
  it(`${KILLS} times (seed ${SEED}) loses and doubles nothing`, async () => {
    const random = seededRandom(SEED);
    const more = ['--opt', 'rereadMessages=0'];
    let running = rig.start('killed', telegram.csvFile as string, more);
    const jobId = await jobIdOf(running);
    const resume = ['jobs', 'resume', jobId, '--data', 'killed', '--json'];
    let killed = 0;
    for (; killed < KILLS; killed += 1) {
      // Some way into the work: after it has begun to fetch.
      const before = telegram.stats().files.served;
      const more = Math.floor(random.next() * 12);
      while (telegram.stats().files.served <= before + more && running.child.exitCode === null) {
        await new Promise((go) => setTimeout(go, 10));
      }
      running.child.kill('SIGKILL');
      const { signal } = await running.ended;
      if (signal !== 'SIGKILL') break;
      running = start(resume, rig.options);
    }
    assert.ok(killed > 0);
    const last = await running.ended;
    assert.equal(last.code, 3, last.stderr);
    const summary = jsonLines(last.stdout).at(-1);
    assert.deepEqual([summary?.completed, summary?.failed, summary?.open], [4, 1, 0]);
    const download = ['jobs', 'download', jobId, '--data', 'killed', '--records'];
    const { stdout } = await rig.sluice(...download, '--format', 'jsonl');
    const records = readRecords(stdout);
    rig.checkTruth(records, { images: true, exact: false });
    assert.ok(rig.checkFiles(records, 'killed') > 20);
    assert.equal(summary?.records, records.length);
  });
});
