/** What has happened in a job: attempts of all kinds, its log, its events, marks in its chart. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Feed } from '../../src/engine/feed.ts';
import type { AttemptSeen, RequestSeen } from '../../src/engine/observer.ts';
import type { LaneKey } from '../../src/model/lane.ts';
import { JobLog, LINES_KEPT } from '../../src/server/job-log.ts';
import { JobMarks, type JobMarksParts } from '../../src/server/job-marks.ts';
import { JobWindow, LATEST_KEPT } from '../../src/server/job-window.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { startServer } from './server-rig.ts';

const TALKER = fileURLToPath(new URL('../fixtures/talker.ts', import.meta.url));
/** Beside rows that get through: one that is throttled once, one that is not there. */
const ROWS = ['fine/0', 'fine/1', 'fine/2', 'busy/3', 'missing/4'];
const KEY = 'a-key-that-nobody-is-to-see-0001';

async function talkedJob(test: TestContext) {
  let busy = 1;
  const site = createServer((request, response) => {
    const { url = '' } = request;
    if (url.startsWith('/busy') && (busy -= 1) >= 0) {
      response.writeHead(429, {
        'retry-after': '31',
        'set-cookie': `a=${KEY}`,
        server: 'stand-in',
      });
    } else response.writeHead(url.startsWith('/missing') ? 404 : 200);
    response.end('x'.repeat(1_000));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  test.after(() => site.close());
  const host = `127.0.0.1:${(site.address() as AddressInfo).port}`;
  const rig = await startServer(test, { allowHosts: [host], collectors: [TALKER] });
  const rows = ROWS.map((path) => `http://${host}/${path}?key=${KEY}`);
  const order = { collector: 'talker', input: { rows } };
  const { job } = (await rig.call('POST', '/v1/jobs', { key: 'run', json: order })).json;
  const get = async (path: string) => {
    const answer = await rig.call('GET', `/v1/jobs/${job.id}${path}`, { key: 'read' });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  // The busy one waits for its rest, in the store.
  for (;;) {
    const { counters } = (await get('')).json;
    if (counters.completed + counters.discarded === 4 && counters.waiting === 1) break;
    await delay(10);
  }
  return { ...rig, get, host, job };
}

describe('what has happened in a job', () => {
  it('is told by its attempts, its log, its events and its chart, and holds no secret', async (test) => {
    const { get, call, host, job } = await talkedJob(test);
    const answers: string[] = [];
    const ask = async (path: string) => {
      const answer = await get(path);
      answers.push(answer.text);
      return answer.json;
    };
    const latest = await ask('/attempts/latest');
    assert.deepEqual([latest.count, latest.newest], [5, 5]);
    const ends = latest.attempts.map(({ seq, end }: { seq: number; end: string }) => [seq, end]);
    assert.deepEqual(ends.sort(), [
      [0, 'completed'],
      [1, 'completed'],
      [2, 'completed'],
      [3, 'wait'],
      [4, 'discarded'],
    ]);
    for (const { queuedMs, tookMs, waitedMs } of latest.attempts) {
      assert.ok(queuedMs >= 0 && tookMs >= 0 && waitedMs >= 0);
    }
    // Pages by place, and what is new since.
    const first = await ask('/attempts/latest?limit=2&end=completed');
    assert.deepEqual([first.attempts.length, first.count], [2, 3]);
    const rest = await ask(`/attempts/latest?limit=2&end=completed&before=${first.next}`);
    assert.deepEqual([rest.attempts.length, rest.next], [1, undefined]);
    assert.equal((await ask('/attempts/latest?after=4')).attempts.length, 1);
    // Whoever has looked before the server was started anew knows a number that is not there yet.
    assert.equal((await ask('/attempts/latest?after=999&limit=1')).count, 5);
    assert.equal((await ask('/log?after=99999&limit=1')).count, (await ask('/log')).count);

    const kept = await ask('/attempts');
    assert.deepEqual(
      kept.attempts.map(({ seq, end }: { seq: number; end: string }) => [seq, end]).sort(),
      [
        [3, 'wait'],
        [4, 'discarded'],
      ],
    );
    const busy = kept.attempts.find(({ seq }: { seq: number }) => seq === 3);
    assert.equal(busy.requests, 1);
    assert.ok(busy.receivedBytes >= 1_000, String(busy.receivedBytes));
    const [exchange] = busy.exchanges;
    assert.equal(exchange.url, `http://${host}/busy/3?key=•••`);
    assert.equal(exchange.headers['retry-after'], '31');
    assert.equal(exchange.headers['set-cookie'], undefined);
    const one = await ask('/attempts?limit=1');
    const other = await ask(`/attempts?limit=1&before=${one.next}`);
    assert.deepEqual(
      [one.attempts[0].seq, other.attempts[0].seq],
      kept.attempts.map(({ seq }: { seq: number }) => seq),
    );
    assert.equal(other.next, undefined);
    assert.deepEqual(
      (await ask('/attempts?end=discarded')).attempts.map(({ seq }: { seq: number }) => seq),
      [4],
    );

    const log = await ask('/log');
    const texts = log.lines.map(({ level, text }: { level: string; text: string }) => [
      level,
      text,
    ]);
    assert.deepEqual(texts.at(-1), ['info', 'The job is running']);
    assert.ok(
      texts.some(([, text]: string[]) => text === 'about to look (row=1)'),
      log,
    );
    assert.ok(texts.some(([level]: string[]) => level === 'error'));
    const loud = await ask('/log?level=error');
    assert.equal(loud.lines.length, 1);
    assert.equal(loud.lines[0].seq, 4);
    assert.ok(log.newest >= loud.lines[0].no);

    const events = await ask('/events/past?limit=200');
    const types = events.events.map(({ type }: { type: string }) => type);
    assert.equal(types.at(-1), 'job.state');
    assert.ok(types.includes('task.failed'));
    const ids = events.events.map(({ id }: { id: number }) => id);
    assert.deepEqual(
      ids.toSorted((a: number, b: number) => b - a),
      ids,
    );
    const states = await ask('/events/past?type=job.state');
    assert.equal(states.events[0].data.state, 'running');

    const lane = encodeURIComponent(`host:${host}`);
    const json = { perSecond: 3 };
    const limited = await call('PUT', `/v1/lanes/${lane}/limit`, { json });
    assert.ok(limited.status < 300, limited.text);
    const history = await ask('/history');
    const ended = history.ended.reduce((all: number, step: number) => all + step, 0);
    assert.deepEqual([ended, history.others], [5, 0]);
    assert.ok(history.runMs.p95.some((ms: number | null) => ms !== null && ms > 0));
    const marks = history.marks.map(({ kind, text }: { kind: string; text: string }) => [
      kind,
      text,
    ]);
    assert.deepEqual(
      marks.map(([kind]: string[]) => kind),
      ['start', 'throttled', 'limit'],
    );
    assert.match(marks[0][1], /^The server was started, version \d/);
    assert.equal(marks[1][1], `host ${host} asked for patience`);
    // Whose key it was is for those who run the server.
    const set = `The limit of host ${host} was set to 3.0/s`;
    assert.equal(marks[2][1], set);
    const inFull = (await call('GET', `/v1/jobs/${job.id}/history`)).json.marks.at(-1).text;
    assert.ok(inFull.startsWith(`${set} by k_`), inFull);

    for (const text of answers) assert.ok(!text.includes(KEY) || text.includes('"input"'), text);
  });
});

const SEEN: AttemptSeen = {
  ...{ jobId: 'a', tenant: 't', collector: 'c', seq: 0, attemptNo: 1, outcome: 'complete' },
  ...{ failure: '', why: undefined, startedMs: 0, endedMs: 5, activeMs: 5, queuedMs: 1 },
  accounts: [],
};

describe('what is kept in memory of jobs', () => {
  it('is a bounded number of attempts, the last ones', () => {
    const window = new JobWindow(new VirtualClock());
    for (let seq = 0; seq < LATEST_KEPT + 50; seq += 1) window.attemptEnded({ ...SEEN, seq });
    for (let i = 0; i < 5_000; i += 1) window.attemptEnded({ ...SEEN, jobId: `j${i % 50}` });
    const latest = window.latest('a');
    assert.equal(latest.length, LATEST_KEPT);
    assert.deepEqual([latest[0]?.seq, latest[0]?.place], [LATEST_KEPT + 49, LATEST_KEPT + 50]);
    assert.equal(latest.at(-1)?.seq, 50);
    assert.equal(window.latency('a').run.at(-1)?.count, LATEST_KEPT + 50);
    for (let i = 0; i < 1_000; i += 1) window.attemptEnded({ ...SEEN, jobId: `k${i}` });
    assert.deepEqual(window.latest('a'), [], 'forgotten for those that move');
  });

  it('is a bounded number of lines, and no flood washes away what was said before', async () => {
    const clock = new VirtualClock();
    const feed = new Feed(clock, 1, () => {});
    const log = new JobLog({ feed }, clock);
    const say = (message: string) => log.logged({ jobId: 'a', seq: 1, level: 'info', message });
    say('the first');
    for (let i = 0; i < 100_000; i += 1) say('flood');
    await clock.sleep(1_000, AbortSignal.abort()).catch(() => {});
    const pass = async (ms: number) => {
      const untilMs = clock.monoMs() + ms;
      clock.after(ms, () => {});
      await clock.run(() => clock.monoMs() >= untilMs);
    };
    await pass(1_000);
    const lines = log.lines('a');
    assert.equal(lines.at(-1)?.text, 'the first');
    assert.match(lines[0]?.text ?? '', /^999\d\d lines more in that second/);
    assert.ok(lines.length <= 60);
    for (let i = 0; i < 100; i += 1) {
      await pass(1_000);
      for (let j = 0; j < 60; j += 1) say('x'.repeat(5_000));
    }
    assert.equal(log.lines('a').length, LINES_KEPT);
    assert.ok(log.lines('a').every(({ text }) => text.length <= 1_000));
    log.close();
  });

  it('is of the jobs that move, however many came after them', async () => {
    const clock = new VirtualClock();
    const log = new JobLog({ feed: new Feed(clock, 1, () => {}) }, clock);
    const limits = { onChange: () => {}, find: () => undefined };
    const parts = { limits, store: new MemoryStore(), clock, log: { warn: assert.fail } };
    const marks = new JobMarks({ ...parts, version: '1.0', node: undefined });
    await marks.ready;
    const asked: RequestSeen = {
      ...{ jobId: 'a', tenant: 't', seq: 0, method: 'GET', host: 'one', status: 429 },
      ...{ throttled: true, startedMs: 0, endedMs: 1, waitedMs: 0 },
    };
    log.logged({ jobId: 'a', seq: 1, level: 'info', message: 'the first' });
    marks.requestEnded(asked);
    for (let i = 0; i < 2_000; i += 1) {
      log.logged({ jobId: `j${i}`, seq: 1, level: 'info', message: 'of another' });
      marks.requestEnded({ ...asked, jobId: `j${i}` });
      if (i % 50 > 0) continue;
      log.logged({ jobId: 'a', seq: 1, level: 'info', message: 'and on' });
      marks.waits('a', ['host:one']);
    }
    const lines = log.lines('a');
    assert.deepEqual([lines[0]?.no, lines.at(-1)?.text], [41, 'the first']);
    assert.deepEqual(
      marks.of('a', 0, true).map(({ kind }) => kind),
      ['start', 'throttled'],
    );
    log.close();
  });

  it('is when a rate was changed for good, the version before, and no lane of others', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore();
    const limits = { onChange: () => {}, find: () => undefined };
    const made = (version: string) =>
      new JobMarks({ limits, store, clock, log: { warn: assert.fail }, version, node: undefined });
    await made('1.0').ready;
    const marks = made('2.0');
    await marks.ready;
    const lane = (name: string, perSecond: number) => ({
      ...{ lane: `host:${name}` as LaneKey, inUse: 0, waiting: 0, slots: 1, perSecond },
      ...{ blocked: undefined, wakeAtMs: undefined, memory: undefined },
    });
    marks.waits('a', ['host:one']);
    for (const perSecond of [10, 11, 9, 10, 2, 2, 2.1, 8]) {
      marks.look([lane('one', perSecond), lane('two', perSecond)]);
    }
    assert.deepEqual(
      marks.of('a', 0, true).map(({ text }) => text),
      [
        'The server was started, version 2.0 instead of 1.0',
        'host one slowed to 2.0/s, from 10/s',
        'host one sped up to 8.0/s, from 2.0/s',
      ],
    );
    assert.deepEqual(marks.of('a', clock.wallMs() + 1, true), []);
    assert.equal(marks.of('b', 0, true).length, 1);
  });

  it('tells nobody but operators of nodes, and of whose key set a limit', async () => {
    const clock = new VirtualClock();
    let change = (_: LaneKey) => {};
    const limits = {
      onChange: (listener: (lane: LaneKey) => void) => {
        change = listener;
      },
      find: () => ({ perSecond: 3, by: 'k_of-operator' }),
    };
    const parts = { limits, store: new MemoryStore(), clock, log: { warn: assert.fail } };
    const marks = new JobMarks({
      ...parts,
      version: '1.0',
      node: 'db-7',
    } as unknown as JobMarksParts);
    await marks.ready;
    marks.waits('a', ['host:one']);
    change('host:one');
    const texts = (inFull: boolean) => marks.of('a', 0, inFull).map(({ text }) => text);
    assert.deepEqual(texts(true), [
      'Node db-7 was started, version 1.0',
      'The limit of host one was set to 3.0/s by k_of-operator',
    ]);
    assert.deepEqual(texts(false), [
      'A node was started, version 1.0',
      'The limit of host one was set to 3.0/s',
    ]);
    assert.doesNotMatch(JSON.stringify(marks.of('a', 0, false)), /db-7|k_of/);
  });
});
